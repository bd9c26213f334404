"""Erasing an owner's messages (delivery contract 2)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from notifications_platform.audit.trail import By
from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import (
    claiming,
    draining,
    erasing,
    receipts,
    resending,
    sweeping,
)
from notifications_platform.delivery.channels.base import Transient
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Attempt, Content, Message, Receipt
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import Channel, Erasure, Reason, State
from tests.factories import make_content, make_messages
from tests.kernel.sinks import eventually
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = ("kari@demo.example", "05909803219", "Kari Nordmann", "Your test result", "Hush")


@pytest.fixture(autouse=True)
def _transport(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "transports", lambda _channel: [FakeTransport(reports=True)])


def letter(**fields: Any) -> Message:
    content = make_content(Channel.EMAIL, body="Your test result: $name$", placeholders=["$name$"])
    (message,) = make_messages(
        content=content,
        address="kari@demo.example",
        recipient="person:05909803219",
        values={"$name$": "Kari Nordmann"},
        **fields,
    )
    return message


def deliver(message: Message) -> None:
    draining.drain(Channel.EMAIL)
    report(message)


def report(message: Message) -> None:
    receipts.receive(
        [
            Report(
                provider="fake", reference=f"ref-{message.id}", outcome=State.DELIVERED, raw="Hush"
            )
        ],
        now=clock.now(),
    )


def finish(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(state=State.SENT, final_at=clock.now())


def bodies() -> set[str]:
    return set(Content.objects.values_list("body", flat=True))


def in_thread(step: Callable[[], int]) -> int:
    try:
        return step()
    finally:
        connection.close()


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


def test_a_message_that_was_accepted_and_has_no_expiry_does_not_wait_for_its_report() -> None:
    message = letter()
    draining.drain(Channel.EMAIL)
    erase(message)
    assert traces() == set()

    report(message)

    assert traces() == set()
    message.refresh_from_db()
    assert message.state == State.DELIVERED
    assert Receipt.objects.get().changed_message


def test_a_message_with_an_expiry_waits_for_its_report() -> None:
    message = letter(expires_at=clock.now() + timedelta(hours=48))
    draining.drain(Channel.EMAIL)
    erase(message)
    assert "kari@demo.example" in traces()

    report(message)
    assert erasing.erase_what_became_final() == 1
    assert traces() == set()


def test_a_report_about_what_was_erased_is_kept_without_its_wording() -> None:
    message = letter()
    deliver(message)
    erase(message)
    report(message)
    assert traces() == set()
    assert Receipt.objects.count() == 2


def test_each_text_of_an_owner_goes_with_the_last_message_that_has_it() -> None:
    owner = uuid7()
    email = make_content(Channel.EMAIL, body="Your test result: negative")
    sms = make_content(Channel.SMS, body="Your test result is there")
    first, second = make_messages(2, content=email, owner_id=owner)
    third = make_messages(content=sms, owner_id=owner, address="+4740000001")[-1]
    finish(first)
    erase(first)
    assert bodies() == {"Your test result: negative", "Your test result is there"}

    finish(third)
    erasing.erase_what_became_final()
    assert bodies() == {"Your test result: negative", ""}

    finish(second)
    erasing.erase_what_became_final()
    assert bodies() == {""}


def test_two_that_empty_the_last_messages_of_a_text_at_once_empty_the_text() -> None:
    first, second = make_messages(2, content=make_content(body="Your test result: negative"))
    finish(first)
    finish(second)
    Message.objects.update(erasure=Erasure.ASKED)

    with psycopg.connect(**parameters("tests") | {"autocommit": False}) as other:
        other.execute("SELECT FROM delivery_message WHERE id = %s FOR UPDATE", [first.id])
        other.execute("SELECT FROM delivery_content FOR UPDATE")
        with ThreadPoolExecutor(1) as pool:
            sweep = pool.submit(in_thread, erasing.erase_what_became_final)
            time.sleep(0.3)
            assert not sweep.done()
            other.execute(
                "UPDATE delivery_message SET erasure = 'done', address = '' WHERE id = %s",
                [first.id],
            )
            other.commit()
            assert sweep.result(10) == 1
    assert bodies() == {""}


def test_what_staff_sent_again_is_erased_with_the_first() -> None:
    message = letter()
    Message.objects.update(state=State.FAILED, reason=Reason.BOUNCED, final_at=clock.now())
    copy = resending.resend(message.id, user="olga", reason="again", now=clock.now())
    erase(message)
    assert "Your test result" in traces()

    draining.drain(Channel.EMAIL)
    erasing.erase_what_became_final()

    copy.refresh_from_db()
    assert (copy.state, copy.address) == (State.SENT, "")
    assert traces() == set()


def test_what_is_to_be_erased_is_not_sent_again() -> None:
    message = letter()
    erase(message)
    Message.objects.update(state=State.FAILED, reason=Reason.BOUNCED, final_at=clock.now())
    with pytest.raises(resending.NotResendable):
        resending.resend(message.id, user="olga", reason="again", now=clock.now())
    assert Message.objects.count() == 1


def test_another_owners_messages_stay() -> None:
    gone, kept = letter(), letter()
    deliver(gone)
    deliver(kept)
    erase(gone)
    kept.refresh_from_db()
    assert kept.address == "kari@demo.example"
    assert traces() == set(SECRETS)


def test_a_late_word_about_what_was_erased_is_kept_without_its_wording() -> None:
    message = letter(expires_at=clock.now() + timedelta(seconds=30))
    now = clock.now()
    claim = claiming.claim(Channel.EMAIL, limit=1, now=now)
    sweeping.expire(now=now + timedelta(minutes=1))
    erase(message)
    late = [Tried(one, Transient("451 Kari Nordmann is away")) for one in claim.messages]

    record(claim, late, channel=Channel.EMAIL, provider="fake", reports=False, now=now)

    assert traces() == set()
    assert Attempt.objects.get().result == "transient"


def test_a_copy_made_while_the_erasure_waits_for_it_is_erased_too() -> None:
    message = letter()
    Message.objects.update(state=State.FAILED, reason=Reason.BOUNCED, final_at=clock.now())

    def erase_it() -> int:
        erase(message)
        return 1

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            copy = resending.resend(message.id, user="olga", reason="again", now=clock.now())
            erasure = pool.submit(in_thread, erase_it)
            until_somebody_waits()
        erasure.result(10)

    message.refresh_from_db()
    copy.refresh_from_db()
    assert (message.erasure, copy.erasure) == (Erasure.DONE, Erasure.ASKED)


def until_somebody_waits() -> None:
    with psycopg.connect(**parameters("tests") | {"autocommit": True}) as other:
        eventually(lambda: other.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())
