"""The letter of `make run`, sent through the real door and told of by real sinks."""

import io
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from correspondence.models import (
    Attachment,
    Correspondence,
    IdempotencyKey,
    Letter,
    LetterNotification,
    StatusEntry,
)
from correspondence.states import AttachmentStatus
from notifications_platform.registers.models import Organization, Resource
from notifications_platform.runtime import demo_letter
from notifications_platform.runtime.demo import DemoStopped
from notifications_platform.runtime.demo_letter import (
    RECIPIENTS_TOKEN,
    SENDERS_TOKEN,
    LetterDemo,
)
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient
from tests.docs.demo_platform import Reader, let_workers_run, manage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def demo(reader: Reader, live_server: LiveServer, shown: io.StringIO) -> LetterDemo:
    """While it waits, the workers work."""
    address = (live_server.thread.host, live_server.thread.port)
    web = WebClient(address, live_server.url)
    return LetterDemo(web, Output(shown), wait=lambda _seconds: let_workers_run())


@pytest.fixture
def tokens(reader: Reader) -> list[str]:
    return [manage(*SENDERS_TOKEN), manage(*RECIPIENTS_TOKEN)]


def stored() -> list[Any]:
    rows = (Letter, Correspondence, LetterNotification, StatusEntry, IdempotencyKey)
    return [list(model.objects.order_by("pk").values()) for model in rows]


def test_a_letter_is_sent_told_of_and_read(
    demo: LetterDemo, tokens: list[str], shown: io.StringIO
) -> None:
    id = demo.show(*tokens)

    told = shown.getvalue()
    assert f"200  letter {id}" in told
    history = ("Initialized", "ReadyForPublish", "Published", "Fetched", "Read")
    assert " > ".join(history) in told
    assert "permit.txt: 23 bytes downloaded" in told
    assert "email  Succeeded to post@alt.demo.example" in told
    path = "/sandbox/api/v1/outbox?channel=email&to=post@alt.demo.example"
    (mail,) = demo.web.request("GET", path).json()
    assert mail["subject"] == "New letter for Demo Alt AS"


def test_another_start_finds_it_again(demo: LetterDemo, tokens: list[str]) -> None:
    first = demo.show(*tokens)
    before = stored()
    assert demo.show(*tokens) == first
    assert stored() == before


def test_one_that_its_recipient_deleted_has_a_successor(
    demo: LetterDemo, tokens: list[str]
) -> None:
    first = demo.show(*tokens)
    path = f"{demo_letter.BASE}/correspondence/{first}/purge"
    assert demo.web.request("DELETE", path, token=tokens[1]).status == 200
    assert demo.show(*tokens) != first
    assert IdempotencyKey.objects.count() == 2


@pytest.mark.parametrize("missing", [Resource, Organization])
def test_with_other_registers_the_step_is_skipped(
    demo: LetterDemo, tokens: list[str], missing: Any
) -> None:
    missing.objects.all().delete()
    with pytest.raises(DemoStopped, match="is not in these registers: step skipped"):
        demo.show(*tokens)
    assert stored() == [[], [], [], [], []]
    assert not Attachment.objects.exclude(status=AttachmentStatus.Purged.value).exists()


def test_what_the_api_refuses_is_told(demo: LetterDemo) -> None:
    with pytest.raises(DemoStopped, match="answered 401"):
        demo.show("no token", "no token")
