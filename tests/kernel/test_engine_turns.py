"""Receivers that share nothing, one of which does not answer (delivery contract 1, 5)."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from notifications_platform.core import clock
from notifications_platform.delivery import claiming, dispatching, draining, sweeping
from notifications_platform.delivery.channels.base import Parcel, Sent, Verdict
from notifications_platform.delivery.models import Attempt, Message
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_messages
from tests.kernel.sinks import eventually
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

DEAD, ALIVE = "dead", "alive"
to_dead = partial(make_messages, address=DEAD)


class Endpoints(FakeTransport):
    """Takes one parcel a call; `DEAD` says nothing before `let_go`."""

    batch = 1

    def __init__(self) -> None:
        super().__init__(answer=self._answer)
        self.let_go = threading.Event()
        self.hung: list[Parcel] = []

    def _answer(self, parcel: Parcel) -> Verdict:
        if parcel.address == DEAD:
            self.hung.append(parcel)
            self.let_go.wait(20)
        return Sent(answer="HTTP 204")


@pytest.fixture
def endpoints(monkeypatch: pytest.MonkeyPatch) -> Endpoints:
    transport = Endpoints()
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    monkeypatch.setattr(draining._drains[Channel.EMAIL], "pace", Pace())
    return transport


def alive(state: State = State.SENT) -> bool:
    return Message.objects.filter(address=ALIVE, state=state).exists()


def while_hanging(endpoints: Endpoints, then: Callable[[], None]) -> None:
    """Does `then` as soon as a worker hangs at the dead endpoint, and lets it go afterwards."""

    def work() -> None:
        try:
            draining.drain(Channel.EMAIL)
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        eventually(lambda: bool(endpoints.hung))
        then()
    finally:
        endpoints.let_go.set()
        worker.join()


def test_many_that_hang_hold_up_nobody_who_comes_later(
    endpoints: Endpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "_TURN_SECONDS", 0.2)
    to_dead(150)

    def somebody_comes() -> None:
        make_messages(client="other", address=ALIVE)
        draining.drain(Channel.EMAIL)
        eventually(alive)

    while_hanging(endpoints, somebody_comes)

    back = Message.objects.filter(state=State.QUEUED)
    assert 0 < len(endpoints.hung) == 150 - back.count() < 150
    # Behind whoever waits, without an attempt that counts.
    assert {(one.fair_at, one.attempts) for one in back} == {(None, 0)}
    assert set(Attempt.objects.values_list("result", flat=True)) == {"sent", "not_tried"}

    sweeping.line_up(now=clock.now(), real=clock.real())
    draining.drain(Channel.EMAIL)

    assert Message.objects.filter(state=State.SENT, attempts=1).count() == 151
    assert len(endpoints.hung) == 150


def test_within_a_claim_each_address_has_its_turn(endpoints: Endpoints) -> None:
    to_dead(150)
    make_messages(address=ALIVE)

    while_hanging(endpoints, lambda: eventually(alive))

    assert Message.objects.filter(state=State.SENT).count() == 151


def test_turns_go_round_by_address_in_the_order_of_the_line() -> None:
    for address in "aab":
        make_messages(2, address=address)
    messages = claiming.claim(Channel.EMAIL, limit=50, now=clock.now()).messages

    pieces = list(Pace().pieces(messages, Endpoints()))

    addresses = [message.parcel.address for (message,) in pieces]
    assert addresses == list("ababaa")
    assert [message for (message,) in pieces if message.parcel.address == "a"] == [
        message for message in messages if message.parcel.address == "a"
    ]
