"""The database goes away while messages leave: what was handed over is written down (delivery
contract 1).
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import OperationalError, connection

from notifications_platform.core.connections import parameters
from notifications_platform.delivery import dispatching, draining, providers
from notifications_platform.delivery.channels.base import (
    Parcel,
    ProviderUnavailable,
    Sent,
    Verdict,
)
from notifications_platform.delivery.dispatching import Dispatch
from notifications_platform.delivery.models import Message, Provider
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

# A claim takes so many from a provider as slow as this.
SLOW, CLAIM = 10.0, 50


@pytest.fixture(autouse=True)
def _small_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining._drains[Channel.EMAIL], "pace", Pace(seconds=SLOW))


class Countdown:
    """Answers the first claim at once, but for its last message, and the second one late."""

    def __init__(self, last: Verdict | ProviderUnavailable) -> None:
        self._last = last
        self._lock = threading.Lock()
        self._asked = 0

    def __call__(self, _parcel: Parcel) -> Verdict:
        with self._lock:
            self._asked += 1
            number = self._asked
        if number == CLAIM:
            time.sleep(0.3)
            if isinstance(self._last, ProviderUnavailable):
                raise self._last
        if number > CLAIM:
            time.sleep(0.6)
        return Sent()


def away(*_args: object, **_options: object) -> None:
    raise OperationalError("the connection is lost")


@pytest.mark.parametrize(
    ("step", "last"),
    [("pause", ProviderUnavailable("HTTP 500")), ("recovered", Sent())],
)
def test_a_provider_whose_state_cannot_be_noted_costs_no_record(
    use: Use, monkeypatch: pytest.MonkeyPatch, step: str, last: Verdict | ProviderUnavailable
) -> None:
    transport = use(FakeTransport(answer=Countdown(last)))
    transport.batch = 1
    monkeypatch.setattr(draining, "PROBE_CLAIM", CLAIM)
    Provider.objects.create(channel=Channel.EMAIL, name="fake", failures=int(step == "recovered"))
    monkeypatch.setattr(providers, step, away)
    make_messages(CLAIM + 16)

    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == len({parcel.id for parcel in transport.sent})
    assert Message.objects.filter(state=State.SENT).count() == len(transport.sent)
    assert Message.objects.filter(state=State.CLAIMED).count() == 0


def test_a_run_that_fails_writes_down_what_its_other_claims_hand_over(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_dispatch: Dispatch) -> None:
        monkeypatch.undo()
        raise ValueError("a defect")

    transport = use(FakeTransport(answer=Countdown(Sent())))
    transport.batch = 1
    monkeypatch.setattr(Dispatch, "finish", fail)
    make_messages(CLAIM + 16)

    with pytest.raises(ValueError, match="a defect"):
        draining.drain(Channel.EMAIL)

    assert Message.objects.filter(state=State.SENT).count() == len(transport.sent)
    assert Message.objects.filter(state=State.CLAIMED).count() == 0


def test_what_owners_read_on_a_sending_thread_is_read_again_after_an_outage(
    use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_thread = ThreadPoolExecutor(1)
    monkeypatch.setitem(dispatching._pools, Channel.EMAIL, one_thread)
    pids: list[int] = []

    def answer(_parcel: Parcel) -> Verdict:
        # As the owner of webhooks looks up where they lead.
        Message.objects.count()
        pids.append(connection.connection.info.backend_pid)
        return Sent()

    use(FakeTransport(answer=answer))
    for _ in range(3):
        (message,) = make_messages()
        draining.drain(Channel.EMAIL)
        message.refresh_from_db()
        assert message.state == State.SENT
        cut(pids[-1])
    one_thread.shutdown()


def cut(pid: int) -> None:
    with psycopg.connect(**parameters("test")) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
