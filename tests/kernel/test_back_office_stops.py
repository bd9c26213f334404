"""Stopping a client, and letting it go again (delivery/stopping.py)."""

from datetime import timedelta

import pytest

from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from notifications_platform.delivery import draining, stopping, sweeping
from notifications_platform.delivery.models import Attempt, Message, Stop
from notifications_platform.delivery.states import Channel, Lane, State
from tests.factories import make_messages
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

BECAUSE = "Sent the same text to everyone."


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport()
    monkeypatch.setattr(draining, "transports", lambda _channel: [only])
    return only


def stop(client: str = "ttd") -> None:
    stopping.stop(client, because=BECAUSE, user="olga", now=clock.now())


def lift(client: str = "ttd") -> None:
    stopping.lift(client, because="Mended.", user="olga", now=clock.now())


def sweep() -> None:
    sweeping.repeat(stopping.bring_back)
    sweeping.line_up(now=clock.now(), real=clock.real())


def lanes(client: str = "ttd") -> set[int]:
    return set(Message.objects.filter(client=client).values_list("lane", flat=True))


def test_nothing_of_a_stopped_client_leaves_and_others_go_on(transport: FakeTransport) -> None:
    make_messages(3)
    stop()
    make_messages(2)
    make_messages(1, client="digdir")

    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 1
    assert lanes() == {Lane.STOPPED}
    assert not Attempt.objects.filter(message__client="ttd").exists()
    assert set(Message.objects.filter(client="ttd").values_list("state", "attempts")) == {
        (State.QUEUED, 0)
    }


def test_what_was_set_aside_is_not_claimed_again(transport: FakeTransport) -> None:
    make_messages(3)
    stop()
    draining.drain(Channel.EMAIL)
    before = list(Message.objects.values_list("id", "state_at"))

    assert draining.drain(Channel.EMAIL) == 0
    assert list(Message.objects.values_list("id", "state_at")) == before


def test_a_lifted_stop_lets_everything_go_in_a_new_place_in_line(
    transport: FakeTransport,
) -> None:
    make_messages(3)
    stop()
    draining.drain(Channel.EMAIL)
    lift()
    (other,) = make_messages(1, client="digdir")

    sweep()
    line = Message.objects.order_by("fair_at").values_list("client", flat=True)
    assert line[0] == other.client
    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 4
    sweep()
    assert not Stop.objects.exists()


def test_a_lift_is_forgotten_only_when_the_last_message_is_back(
    transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stopping, "BATCH", 2)
    make_messages(5)
    stop()
    draining.drain(Channel.EMAIL)
    lift()

    assert [stopping.bring_back() for _ in range(3)] == [2, 2, 1]
    assert Stop.objects.exists()
    assert stopping.bring_back() == 0
    assert not Stop.objects.exists()
    assert lanes() == {Lane.NORMAL}


def test_a_client_stopped_again_while_being_let_go_stays_stopped(
    transport: FakeTransport,
) -> None:
    make_messages(2)
    stop()
    draining.drain(Channel.EMAIL)
    lift()
    stop()

    sweep()
    draining.drain(Channel.EMAIL)

    assert transport.sent == []
    assert lanes() == {Lane.STOPPED}


def test_a_stopped_message_expires_like_any_other(transport: FakeTransport) -> None:
    now = clock.now()
    (message,) = make_messages(expires_at=now + timedelta(hours=1))
    stop()
    draining.drain(Channel.EMAIL)

    sweeping.expire(now=now + timedelta(hours=2))

    message.refresh_from_db()
    assert (message.state, message.reason) == (State.FAILED, "expired")


def test_a_stopped_client_cannot_be_stopped_twice() -> None:
    stop()
    with pytest.raises(stopping.AlreadyStopped):
        stop()
    assert Entry.objects.count() == 1


def test_only_a_stopped_client_can_be_let_go() -> None:
    with pytest.raises(stopping.NotStopped):
        lift()
    assert not Entry.objects.exists()


def test_stop_and_lift_stand_in_the_trail_with_their_reasons() -> None:
    stop()
    lift()
    trail = Entry.objects.order_by("id").values_list("action", "actor", "subject_id", "reason")
    assert list(trail) == [
        ("delivery.stop_client", "olga", "ttd", BECAUSE),
        ("delivery.lift_stop", "olga", "ttd", "Mended."),
    ]
