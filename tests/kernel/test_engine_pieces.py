"""How a claim is cut into pieces, and when what left is written down (delivery contract 1)."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from django.db import connection

from notifications_platform.core import clock
from notifications_platform.delivery import draining, sweeping
from notifications_platform.delivery.channels.base import (
    Parcel,
    ProviderUnavailable,
    Sent,
    Verdict,
)
from notifications_platform.delivery.models import Message, Provider
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_messages
from tests.kernel.sinks import eventually
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_left_is_written_down_while_the_same_connection_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    goes_on = threading.Event()
    in_time: list[bool] = []

    def answer(parcel: Parcel) -> Verdict:
        if len(transport.sent) == 20:
            in_time.append(goes_on.wait(5))
        return Sent(f"ref-{parcel.id}")

    transport = FakeTransport(answer=answer)
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    monkeypatch.setattr(draining._drains[Channel.EMAIL], "pace", Pace())
    make_messages(30)
    worker = threading.Thread(target=_drain_elsewhere, args=[Channel.EMAIL])
    worker.start()

    eventually(lambda: Message.objects.filter(state=State.SENT).count() == 20)
    goes_on.set()
    worker.join()

    assert in_time == [True]
    assert transport.calls == 1
    assert Message.objects.filter(state=State.SENT).count() == 30


def test_a_slow_gateway_still_gets_full_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    transport = FakeTransport()
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    transport.one_by_one = False
    monkeypatch.setattr(draining._drains[Channel.EMAIL], "pace", Pace(seconds=0.1))
    make_messages(250)

    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 250
    assert transport.calls == 3


def test_a_message_that_spoils_every_call_it_is_in_holds_its_neighbours_up_for_a_few_tries_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = _SpoiltBy("bad")
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    make_messages(8)
    make_messages(address="bad")
    make_messages(8)

    for _ in range(8):
        draining.drain(Channel.EMAIL)
        # Hours later: all are due again, at once.
        Provider.objects.update(paused_until=None)
        Message.objects.filter(state=State.QUEUED).update(not_before=clock.now())
        sweeping.line_up(now=clock.now(), real=clock.real())

    waiting = Message.objects.exclude(state=State.SENT)
    assert [message.address for message in waiting] == ["bad"]
    assert sorted(len(call) for call in transport.spoilt)[0] == 1


def test_what_failed_before_goes_in_smaller_calls_after_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    transport = _SpoiltBy("nobody")
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    monkeypatch.setattr(draining._drains[Channel.EMAIL], "pace", Pace(seconds=0.1))
    failed = make_messages(30)
    Message.objects.update(attempts=1)
    make_messages(120)
    monkeypatch.setattr(Pace, "connections", lambda _self, _pieces: 1)

    draining.drain(Channel.EMAIL)

    assert [len(call) for call in transport.taken] == [100, 20, 25, 5]
    assert {parcel.id for call in transport.taken[2:] for parcel in call} == {
        message.id for message in failed
    }


class _SpoiltBy(FakeTransport):
    """One call for all, which fails as a whole if it carries the one address."""

    one_by_one = False

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.taken: list[Sequence[Parcel]] = []
        self.spoilt: list[Sequence[Parcel]] = []

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        spoilt = any(parcel.address == self.address for parcel in parcels)
        (self.spoilt if spoilt else self.taken).append(parcels)
        if spoilt:
            raise ProviderUnavailable("unreadable answer")
        return super().send(parcels)


def test_one_that_takes_long_does_not_hold_up_what_comes_after_it(use: Use) -> None:
    goes_on, hangs = threading.Event(), threading.Event()

    def answer(parcel: Parcel) -> Verdict:
        if parcel.id == slow.id:
            hangs.set()
            goes_on.wait(10)
        return Sent()

    use(FakeTransport(answer=answer))
    (slow,) = make_messages()
    worker = threading.Thread(target=_drain_elsewhere, args=[Channel.EMAIL])
    worker.start()
    assert hangs.wait(5)
    (later,) = make_messages(client="another")

    # The wake-up of whoever wrote it: this process' drain is at work, and takes it on.
    draining.drain(Channel.EMAIL)
    try:
        eventually(lambda: Message.objects.filter(pk=later.pk, state=State.SENT).exists())
        assert Message.objects.get(pk=slow.pk).state == State.CLAIMED
    finally:
        goes_on.set()
        worker.join()


def test_while_a_provider_is_tried_out_a_wake_up_adds_nothing(use: Use) -> None:
    goes_on, hangs = threading.Event(), threading.Event()

    def hang() -> None:
        hangs.set()
        goes_on.wait(10)

    transport = use(FakeTransport(before=hang))
    Provider.objects.create(channel=Channel.EMAIL, name="fake", failures=1)
    make_messages(draining.PROBE_CLAIM + 1)
    worker = threading.Thread(target=_drain_elsewhere, args=[Channel.EMAIL])
    worker.start()
    assert hangs.wait(5)

    draining.drain(Channel.EMAIL)
    time.sleep(3 * draining.RECORD_EVERY)
    waiting = Message.objects.filter(state=State.QUEUED).count()
    goes_on.set()
    worker.join()

    assert waiting == 1
    assert len(transport.sent) == draining.PROBE_CLAIM + 1


def _drain_elsewhere(channel: Channel) -> None:
    try:
        draining.drain(channel)
    finally:
        connection.close()
