"""Stopping a whole channel and letting it go again (delivery/switching.py, claiming.py)."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from notifications_platform.delivery import claiming, draining, sweeping, switching
from notifications_platform.delivery.circumstances import explain_all
from notifications_platform.delivery.models import Attempt, ChannelSwitch, Message
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_content, make_messages
from tests.plans import plan_of, pretend_much
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

BECAUSE = "The gateway bills twice."


@pytest.fixture
def transport(use: Use) -> FakeTransport:
    return use(FakeTransport())


def stop(channel: str = "email") -> None:
    switching.stop_channel(channel, because=BECAUSE, user="olga", now=clock.now())


def resume(channel: str = "email") -> None:
    switching.resume_channel(channel, because="Mended.", user="olga", now=clock.now())


def rows() -> list[tuple[object, ...]]:
    return list(Message.objects.order_by("id").values_list("id", "state", "fair_at", "attempts"))


def test_nothing_leaves_on_a_stopped_channel_and_all_of_it_once_it_is_resumed(
    transport: FakeTransport,
) -> None:
    make_messages(3)
    stop()
    make_messages(2, client="digdir")
    before = rows()
    assert draining.drain(Channel.EMAIL) == 0
    assert rows() == before
    assert not Attempt.objects.exists()

    resume()
    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 5
    assert set(Message.objects.values_list("state", flat=True)) == {State.SENT}


def test_other_channels_notice_nothing(transport: FakeTransport) -> None:
    make_messages(2, content=make_content(Channel.SMS))
    stop()
    draining.drain(Channel.SMS)
    assert len(transport.sent) == 2


def test_what_stands_still_expires_when_its_own_time_is_over(transport: FakeTransport) -> None:
    now = clock.now()
    (message,) = make_messages(expires_at=now + timedelta(hours=1))
    stop()
    sweeping.expire(now=now + timedelta(hours=2))
    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, "expired")


def test_a_message_that_waits_names_who_stopped_its_channel_and_why() -> None:
    (message,) = make_messages()
    stop()
    sentence, *_ = explain_all([message], now=clock.now(), real=clock.real())[message.id]
    assert sentence.code == "channel_stopped"
    assert "“E-mail” has been stopped by olga since" in sentence.text
    assert sentence.text.endswith(BECAUSE)


def test_a_channel_is_stopped_once_and_resumed_once() -> None:
    with pytest.raises(switching.ChannelUnchanged):
        resume()
    stop()
    with pytest.raises(switching.ChannelUnchanged):
        stop()
    held = ChannelSwitch.objects.get(stopped=True)
    assert (held.channel, held.stopped_by, held.stopped_because) == ("email", "olga", BECAUSE)
    resume()
    assert not ChannelSwitch.objects.filter(stopped=True).exists()
    assert list(Entry.objects.order_by("id").values_list("action", "subject_id", "reason")) == [
        ("delivery.stop_channel", "email", BECAUSE),
        ("delivery.resume_channel", "email", "Mended."),
    ]


def test_a_channel_that_does_not_exist_cannot_be_stopped() -> None:
    with pytest.raises(switching.ChannelNotFound):
        stop("fax")
    assert not Entry.objects.exists()


def test_a_claim_heeds_the_switch_without_a_statement_of_its_own() -> None:
    """Asked once by each statement that takes messages, not once a message."""
    make_messages(3)
    spent = []
    for is_stopped in (False, True):
        if is_stopped:
            stop()
        with CaptureQueriesContext(connection) as queries, transaction.atomic():
            assert bool(claiming.claim(Channel.EMAIL, limit=1, now=clock.now()).took) != is_stopped
        taking = [query["sql"] for query in queries if "WITH next AS" in query["sql"]]
        spent.append(taking)
    assert all("channelswitch" in sql for taking in spent for sql in taking)
    with transaction.atomic():
        pretend_much("seqscan", "bitmapscan")
        plan = plan_of(spent[1][0])
        transaction.set_rollback(True)
    assert "One-Time Filter" in plan
    assert "message_ready" in plan
