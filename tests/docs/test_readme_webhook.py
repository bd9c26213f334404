"""The README's webhook, by the very lines of the page, in a shell with curl."""

import io
import json

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from notifications_platform.runtime.demo_enrollment import CLIENTS_TOKEN, EnrollmentDemo
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient
from tests.docs.demo_platform import Reader, let_workers_run, manage
from tests.docs.pasting import blocks, shell_of

PAGE = settings.BASE_DIR / "README.md"


@pytest.mark.django_db(transaction=True)
def test_one_that_failed_is_resent_and_cancelled_by_the_lines_of_the_page(
    reader: Reader, live_server: LiveServer
) -> None:
    web = WebClient((live_server.thread.host, live_server.thread.port), live_server.url)
    demo = EnrollmentDemo(
        web, Output(io.StringIO()), live_server.url, wait=lambda _seconds: let_workers_run()
    )
    id = demo.show(manage(*CLIENTS_TOKEN))
    shell = shell_of(PAGE, live_server)
    find, resend, cancel = blocks(PAGE, "A webhook")
    again, history = resend.strip().splitlines()

    (failed,) = json.loads(shell(find))["items"]
    assert failed["id"] == id
    assert json.loads(shell(again, FAILED=str(id)))["status"] == "Ready"
    let_workers_run()
    told = [one["action"] for one in json.loads(shell(history, FAILED=str(id)))["items"]]
    assert told == ["created", "claimed", "failed", "resent", "claimed", "failed"]
    assert json.loads(shell(cancel, FAILED=str(id)))["status"] == "Cancelled"
