"""Erasing an owner's messages (delivery contract 2)."""

import pytest
from django.db import connection

from notifications_platform.audit.trail import By
from notifications_platform.core import clock
from notifications_platform.delivery import claiming, draining, erasing, receipts
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_content, make_messages
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = ("kari@demo.example", "05909803219", "Kari Nordmann", "Your test result", "Hush")


@pytest.fixture(autouse=True)
def _transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "transports", lambda _channel: [FakeTransport(reports=True)])


def letter() -> Message:
    content = make_content(Channel.EMAIL, body="Your test result: $name$", placeholders=["$name$"])
    (message,) = make_messages(
        content=content,
        address="kari@demo.example",
        recipient="person:05909803219",
        values={"$name$": "Kari Nordmann"},
    )
    return message


def deliver(message: Message) -> None:
    draining.drain(Channel.EMAIL)
    report = Report(
        provider="fake", reference=f"ref-{message.id}", outcome=State.DELIVERED, raw="Hush"
    )
    receipts.receive([report], now=clock.now())


def erase(message: Message) -> None:
    erasing.erase("test", [message.owner_id], by=By.system("test"), now=clock.now())


def traces() -> set[str]:
    """Which of the secrets any table of the engine still holds."""
    found = set()
    with connection.cursor() as cursor:
        for table in ("message", "content", "attempt", "receipt"):
            cursor.execute(f"SELECT t::text FROM delivery_{table} AS t")  # noqa: S608 no input
            rows = " ".join(row[0] for row in cursor.fetchall())
            found |= {secret for secret in SECRETS if secret in rows}
    return found


def test_of_a_final_message_nothing_is_left_but_its_course() -> None:
    message = letter()
    deliver(message)
    assert traces() == set(SECRETS)

    erase(message)

    assert traces() == set()
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.DELIVERED, 1)


def test_a_message_on_its_way_is_emptied_once_it_is_final() -> None:
    message = letter()
    claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    erase(message)
    assert erasing.erase_what_became_final() == 0
    assert "kari@demo.example" in traces()

    Message.objects.update(state=State.QUEUED, lease_token=None, lease_until=None)
    deliver(message)
    assert erasing.erase_what_became_final() == 1
    assert traces() == set()


def test_another_owners_messages_stay() -> None:
    gone, kept = letter(), letter()
    deliver(gone)
    deliver(kept)
    erase(gone)
    kept.refresh_from_db()
    assert kept.address == "kari@demo.example"
    assert traces() == set(SECRETS)
