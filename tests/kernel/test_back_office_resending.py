"""Sending a failed message again (delivery/resending.py)."""

from datetime import timedelta

import pytest

from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import draining, owners, resending
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, Reason, State
from orders import processing
from orders.models import Order
from tests.factories import make_content, make_messages, make_order
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport(answer=lambda _parcel: Permanent(Reason.BOUNCED, "550 no such user"))
    monkeypatch.setattr(draining, "transports", lambda _channel: [only])
    return only


def resend(message: Message) -> Message:
    return resending.resend(message.id, user="olga", reason="The mailbox is back.", now=clock.now())


def test_a_bounced_message_is_sent_again_as_a_new_one(transport: FakeTransport) -> None:
    now = clock.now()
    content = make_content(placeholders=["$recipientName$"], body="Hello $recipientName$")
    (first,) = make_messages(
        content=content,
        now=now,
        values={"$recipientName$": "Kari"},
        expires_at=now + timedelta(hours=48),
        grace=timedelta(minutes=5),
        correlation_id="case-1",
    )
    draining.drain(Channel.EMAIL)

    copy = resend(first)

    assert (copy.owner_kind, copy.owner_id) == ("back_office", first.id)
    assert (copy.client, copy.address, copy.correlation_id) == ("ttd", first.address, "case-1")
    texts = Content.objects.order_by("id").values_list("channel", "subject", "body", "placeholders")
    assert texts[0] == texts[1]
    assert copy.expires_at is not None
    assert copy.expires_at - copy.not_before == timedelta(hours=48)
    draining.drain(Channel.EMAIL)
    assert [parcel.values for parcel in transport.sent] == [{"$recipientName$": "Kari"}] * 2


def test_the_first_message_and_its_order_stay_as_they_were(transport: FakeTransport) -> None:
    order = make_order()
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    (first,) = Message.objects.filter(owner_id=order.id)
    before = rows(first, order)
    transport.answer = FakeTransport().answer

    resend(first)
    draining.drain(Channel.EMAIL)

    assert rows(first, order) == before
    assert Message.objects.filter(state=State.SENT).count() == 1


def rows(message: Message, order: Order) -> tuple[object, object]:
    return (
        Message.objects.filter(pk=message.pk).values().get(),
        Order.objects.filter(pk=order.pk).values().get(),
    )


def test_a_resend_stands_in_the_trail(transport: FakeTransport) -> None:
    (first,) = make_messages()
    draining.drain(Channel.EMAIL)

    copy = resend(first)

    entry = Entry.objects.get(action="delivery.resend")
    assert (entry.subject_kind, entry.subject_id) == ("message", str(first.id))
    assert (entry.actor_kind, entry.actor) == ("staff", "olga")
    assert (entry.reason, entry.detail) == (
        "The mailbox is back.",
        {"new_message": str(copy.id)},
    )


def test_it_is_not_sent_twice_by_two_clicks(transport: FakeTransport) -> None:
    (first,) = make_messages()
    draining.drain(Channel.EMAIL)
    resend(first)

    with pytest.raises(resending.NotResendable):
        resend(first)

    assert Message.objects.count() == 2
    assert Entry.objects.count() == 1


def test_a_resend_that_failed_too_may_be_tried_again(transport: FakeTransport) -> None:
    (first,) = make_messages()
    draining.drain(Channel.EMAIL)
    resend(first)
    draining.drain(Channel.EMAIL)

    resend(first)

    assert Message.objects.count() == 3


@pytest.mark.parametrize("reason", [Reason.NOT_IDENTIFIED, Reason.RESERVED])
def test_nobody_is_sent_what_had_no_address(reason: Reason) -> None:
    (first,) = make_messages(address="", failed=reason)
    assert_refused(first)


def test_a_message_still_under_way_is_not_sent_again() -> None:
    (first,) = make_messages()
    assert_refused(first)


def test_a_withdrawn_message_is_not_sent_after_all() -> None:
    (first,) = make_messages()
    Message.objects.filter(pk=first.pk).update(
        state=State.FAILED, reason=Reason.WITHDRAWN, final_at=clock.now()
    )
    assert_refused(first)


def test_an_owner_may_say_that_its_messages_are_sent_again_elsewhere() -> None:
    (first,) = make_messages(owner_kind="own way", failed=Reason.GAVE_UP)
    owners.register("own way", lambda _batch, _now: None, sent_again="From its own page.")
    with pytest.raises(resending.NotResendable, match=r"From its own page\."):
        resend(first)
    assert Message.objects.count() == 1


def test_a_webhook_call_is_left_to_its_own_system() -> None:
    (first,) = make_messages(content=make_content(Channel.WEBHOOK), failed=Reason.GAVE_UP)
    assert_refused(first)


def test_an_unknown_message_cannot_be_sent_again() -> None:
    with pytest.raises(resending.MessageNotFound):
        resending.resend(uuid7(), user="olga", reason="", now=clock.now())


def assert_refused(message: Message) -> None:
    with pytest.raises(resending.NotResendable):
        resend(message)
    assert Message.objects.count() == 1
    assert not Entry.objects.exists()
