"""The README's letter, by the very lines of the page, in a shell with curl."""

import json

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from tests.docs.demo_platform import Reader, let_workers_run
from tests.docs.pasting import Shell, blocks, shell_of

PAGE = settings.BASE_DIR / "README.md"


@pytest.fixture
def shell(reader: Reader, live_server: LiveServer) -> Shell:
    return shell_of(PAGE, live_server)


@pytest.mark.django_db(transaction=True)
def test_a_letter_is_sent_by_the_lines_of_the_page(shell: Shell) -> None:
    upload, send, look = blocks(PAGE, "A letter")

    attachment = json.loads(shell(upload))
    assert (attachment["fileName"], attachment["status"]) == ("terms.txt", "UploadProcessing")
    let_workers_run()
    sent = json.loads(shell(send, ATTACHMENT=attachment["attachmentId"]))
    (letter,) = sent["correspondences"]
    assert [one["status"] for one in letter["notifications"]] == ["Success"]
    let_workers_run()

    read, details = shell(look, LETTER=letter["correspondenceId"]).split("{", 1)
    assert read == "**Granted**"
    history = json.loads("{" + details)["statusHistory"]
    assert [entry["status"] for entry in history][-3:] == ["Published", "Fetched", "Read"]
