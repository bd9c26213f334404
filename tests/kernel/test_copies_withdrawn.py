"""What staff sent again is taken back with the message that it is a copy of."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.delivery import (
    correcting,
    draining,
    message_page,
    resending,
    withdrawal,
)
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason, State
from tests.factories import make_messages
from tests.kernel.sinks import eventually
from tests.kernel.test_withdrawal import BOTH, TakeBack
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)


def sent_again(first: Message) -> Message:
    return resending.resend(first.id, user="olga", reason="asked", now=clock.now())


def course(*messages: Message) -> list[tuple[str, str]]:
    known = {one.pk: one for one in Message.objects.all()}
    return [(known[one.pk].state, known[one.pk].reason) for one in messages]


def not_sent_again(*messages: Message) -> None:
    before = Message.objects.count()
    for one in messages:
        with pytest.raises(resending.NotResendable):
            sent_again(one)
        with pytest.raises(resending.NotResendable):
            resending.resend_corrected(
                one.id, "kari@new.example", user="olga", reason="she rang", now=clock.now()
            )
    assert Message.objects.count() == before


@BOTH
def test_a_copy_of_a_copy_goes_with_the_first_one(
    use: Use, take_back: TakeBack, becomes: tuple[State, str]
) -> None:
    transport = use(FakeTransport(answer=lambda _parcel: Permanent(Reason.BOUNCED, "550")))
    (first,), (others,) = make_messages(), make_messages(failed=Reason.BOUNCED)
    draining.drain(Channel.EMAIL)
    copy = sent_again(first)
    draining.drain(Channel.EMAIL)
    last = correcting.correct_and_resend(
        copy.id,
        "kari@new.example",
        in_register=False,
        user="olga",
        reason="she rang",
        now=clock.now(),
    )
    kept = sent_again(others)
    transport.sent.clear()

    assert take_back("test", [first.owner_id], now=clock.now()) == []

    failed = (State.FAILED, Reason.BOUNCED)
    assert course(first, copy, last, kept) == [failed, failed, becomes, (State.QUEUED, "")]
    draining.drain(Channel.EMAIL)
    assert [parcel.id for parcel in transport.sent] == [kept.id]
    not_sent_again(first, copy, last)
    first.refresh_from_db()
    said = message_page.headlines([first], now=clock.now(), real=clock.real())[first.id]
    assert "but its cause was withdrawn before that left" in said.text
    assert said.step == ""


def test_of_an_owner_that_is_settled_only_copies_are_taken_back() -> None:
    owner: UUID
    (waiting,), (bounced,) = make_messages(), make_messages(failed=Reason.BOUNCED)
    (beside,) = make_messages(owner_id=bounced.owner_id)[1:]
    copy, owner = sent_again(bounced), bounced.owner_id

    taken = withdrawal.cancel_queued(
        "test", [waiting.owner_id], settled_ids=[owner], now=clock.now()
    )

    assert taken == [waiting.owner_id]
    assert course(waiting, copy, beside) == [("cancelled", ""), ("cancelled", ""), ("queued", "")]


def test_one_that_was_sent_and_bounces_afterwards_is_not_sent_again(use: Use) -> None:
    use(FakeTransport(reports=True))
    (first,) = make_messages()
    draining.drain(Channel.EMAIL)

    withdrawal.cancel_queued("test", [first.owner_id], now=clock.now())

    assert course(first) == [("sent", "")]
    Message.objects.update(state=State.FAILED, reason=Reason.BOUNCED, final_at=clock.now())
    not_sent_again(first)
    first.refresh_from_db()
    said = message_page.headlines([first], now=clock.now(), real=clock.real())[first.id]
    assert said.step == "Its cause has been withdrawn since: it is not sent again."


def test_a_copy_made_while_its_cause_is_being_withdrawn_is_taken_back() -> None:
    (first,) = make_messages(failed=Reason.BOUNCED)

    def withdraw() -> None:
        try:
            withdrawal.cancel_queued("test", [first.owner_id], now=clock.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            copy = sent_again(first)
            withdrawn = pool.submit(withdraw)
            with psycopg.connect(**parameters("tests") | {"autocommit": True}) as other:
                waits = "SELECT 1 FROM pg_locks WHERE NOT granted"
                eventually(lambda: other.execute(waits).fetchone())
        withdrawn.result(10)

    assert course(first, copy) == [("failed", "bounced"), ("cancelled", "")]
    not_sent_again(first, copy)
