"""What a worker does that has lost its lease, and what becomes of its late word (delivery
contract 1).
"""

import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from notifications_platform.core import clock
from notifications_platform.delivery import (
    claiming,
    dispatching,
    draining,
    owners,
    providers,
    sweeping,
    withdrawal,
)
from notifications_platform.delivery.channels.base import (
    NotTried,
    Parcel,
    Permanent,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.models import Attempt, Message
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import Channel, Reason, State
from tests.factories import make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)


def reclaim_late() -> None:
    sweeping.reclaim(real=clock.real() + timedelta(minutes=5), now=clock.now())


def test_a_worker_paused_for_longer_than_its_lease_hands_over_nothing_afterwards(
    use: Use, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=0.3)
    # The whole process stands still: nobody prolongs anything.
    monkeypatch.setattr(dispatching.Dispatch, "_prolong", lambda _dispatch: None)
    elsewhere: set[UUID] = set()
    first = threading.Lock()

    def stand_still() -> None:
        with first:
            if elsewhere:
                return
            time.sleep(0.4)
            settings.DELIVERY_LEASE = timedelta(minutes=1)
            reclaim_late()
            claim = claiming.claim(Channel.EMAIL, limit=1000, now=clock.now())
            elsewhere.update(one.parcel.id for one in claim.messages)
            connection.close()

    def answer(parcel: Parcel) -> Verdict:
        if is_too_late(parcel):
            return TOO_LATE
        handed_over.append(parcel.id)
        return Sent()

    handed_over: list[UUID] = []
    use(FakeTransport(before=stand_still, answer=answer)).batch = 1
    make_messages(50)

    draining.drain(Channel.EMAIL)

    assert len(elsewhere) == 50
    assert handed_over == []
    assert Message.objects.filter(state=State.CLAIMED).count() == 50


def test_a_worker_that_finds_its_lease_lost_begins_nothing_more(
    use: Use, settings: Settings
) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=0.03)
    transport = use(FakeTransport())
    make_messages(50)
    claim = claiming.claim(Channel.EMAIL, limit=50, now=clock.now())
    choice = [providers.Usable(transport, recovering=False)]
    dispatch = dispatching.Dispatch(Channel.EMAIL, claim, choice, Pace(), lambda: None)
    reclaim_late()
    time.sleep(0.02)
    settings.DELIVERY_LEASE = timedelta(minutes=1)

    dispatch.tend()
    dispatch.start()
    while not dispatch.over:
        dispatch.tend()

    assert transport.sent == []
    assert Message.objects.filter(state=State.QUEUED, attempts=1).count() == 50


def record_of(claim: claiming.Claim, verdict: Verdict) -> None:
    record(
        claim,
        [Tried(one, verdict) for one in claim.messages],
        channel=Channel.EMAIL,
        provider="fake",
        reports=False,
        now=clock.now(),
    )


def results() -> list[str]:
    return list(Attempt.objects.order_by("number").values_list("result", flat=True))


@pytest.mark.parametrize(
    ("verdict", "state"),
    [(Sent("ref"), State.SENT), (Permanent(Reason.BOUNCED, "550"), State.FAILED)],
)
def test_a_late_word_settles_a_message_that_nobody_has_claimed_again(
    use: Use, told: list[owners.Outcome], verdict: Verdict, state: State
) -> None:
    transport = use(FakeTransport())
    (message,) = make_messages()
    late = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    reclaim_late()

    record_of(late, verdict)
    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert (transport.sent, message.state, message.attempts) == ([], state, 1)
    assert [(one.was, one.state, one.final) for one in told] == [("claimed", state, True)]
    assert results() == [verdict_name(verdict)]


def test_a_repeated_record_leaves_the_attempt_alone_that_has_its_number_now() -> None:
    make_messages()
    first = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    record_of(first, NotTried("held back"))
    again = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    record_of(again, Sent("ref"))

    # Its commit went through, the answer to it did not.
    record_of(first, NotTried("held back"))

    assert results() == ["sent"]
    assert Message.objects.get().state == State.SENT


def verdict_name(verdict: Verdict) -> str:
    return type(verdict).__name__.lower()


def test_a_late_word_that_it_failed_for_now_leaves_the_message_in_its_place() -> None:
    (message,) = make_messages()
    late = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    reclaim_late()
    record_of(late, Transient("451"))

    again = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())

    assert [one.parcel.id for one in again.messages] == [message.id]
    assert results() == ["transient"]


def test_a_late_word_about_an_earlier_attempt_counts_as_long_as_nobody_is_at_it() -> None:
    (message,) = make_messages()
    late = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    reclaim_late()
    claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    reclaim_late()

    record_of(late, Sent("ref"))

    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.SENT, 2)
    assert results() == ["sent", "unknown"]


def test_a_late_word_changes_nothing_that_is_final() -> None:
    (message,) = make_messages()
    late = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    reclaim_late()
    withdrawal.cancel_queued("test", [message.owner_id], now=clock.now())

    record_of(late, Sent("ref"))

    message.refresh_from_db()
    assert message.state == State.CANCELLED
    assert results() == ["sent"]
