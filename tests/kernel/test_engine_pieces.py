"""How a claim is cut into pieces, and when what left is written down (delivery contract 1)."""

import threading

import pytest
from django.db import connection

from notifications_platform.delivery import draining
from notifications_platform.delivery.channels.base import Parcel, Sent, Verdict
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_messages
from tests.kernel.sinks import eventually
from tests.transports import FakeTransport

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


def _drain_elsewhere(channel: Channel) -> None:
    try:
        draining.drain(channel)
    finally:
        connection.close()
