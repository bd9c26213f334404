"""The README's letter, by the very lines of the page, in a shell with curl."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from tests.docs.demo_platform import Reader, let_workers_run, manage
from tests.docs.examples import Token, steps

PAGE = settings.BASE_DIR / "README.md"
Shell = Callable[..., str]


def blocks() -> list[str]:
    """The shell's part of the section."""
    section = PAGE.read_text().partition("\n## A letter\n")[2].partition("\n## ")[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


@pytest.fixture
def shell(reader: Reader, live_server: LiveServer) -> Shell:
    """Runs lines of the page against the platform here; what they print."""
    if not shutil.which("curl"):
        pytest.skip("there is no curl here")
    tokens = {step.name: manage(*step.arguments) for step in steps(PAGE) if isinstance(step, Token)}

    def run(lines: str, **names: str) -> str:
        lines = lines.replace("http://127.0.0.1:8000", live_server.url)
        lines = re.sub(r"^\w+=\$\(\S+ manage\.py .+\)$", "", lines, flags=re.MULTILINE)
        return subprocess.run(
            ["bash", "-euc", lines],  # noqa: S607 the page's own words
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ["PATH"], **tokens, **names},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout

    return run


@pytest.mark.django_db(transaction=True)
def test_a_letter_is_sent_by_the_lines_of_the_page(shell: Shell) -> None:
    upload, send, look = blocks()

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
