"""How long a message is tried that has no expiry (delivery contract 2, cases contract 10)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from notifications_platform.core import clock
from notifications_platform.core.windows import Window
from notifications_platform.delivery import claiming, draining, owners, sweeping, withdrawal
from notifications_platform.delivery.channels.base import (
    NotTried,
    ProviderUnavailable,
    Transient,
    Verdict,
)
from notifications_platform.delivery.models import Attempt, Message, Provider
from notifications_platform.delivery.outbox import NewContent
from notifications_platform.delivery.states import Channel, Reason, State
from tests.factories import make_content, make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(hours=24)
FRIDAY_NOON = datetime(2031, 3, 7, 11, tzinfo=UTC)


class MovableClock:
    """Business time runs on from wherever it is set."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        clock.follow(lambda: self.offset)

    def set(self, at: datetime) -> None:
        self.offset = at - clock.real()


@pytest.fixture
def moved() -> Iterator[MovableClock]:
    yield MovableClock()
    clock.follow(None)


def patient(**fields: Any) -> NewContent:
    minutes = [timedelta(minutes=pause) for pause in (1, 5, 15, 60)]
    return make_content(retry_after=minutes, retry_for=DAY, least_attempts=3, **fields)


def failing() -> FakeTransport:
    return FakeTransport(answer=lambda _parcel: Transient("503"))


def try_until_final(message: Message, moved: MovableClock) -> list[datetime]:
    """Move the clock from one planned attempt to the next; when each was made."""
    for _ in range(100):
        sweeping.line_up(now=clock.now(), real=clock.real())
        draining.drain(Channel.EMAIL)
        message.refresh_from_db()
        if message.final_at:
            break
        moved.set(message.not_before)
    attempts = Attempt.objects.filter(message_id=message.id).order_by("number")
    return list(attempts.values_list("at", flat=True))


def in_minutes(attempts: list[datetime]) -> list[int]:
    return [round((at - attempts[0]).total_seconds() / 60) for at in attempts]


def test_it_is_tried_with_growing_pauses_for_a_day_then_given_up(
    use: Use, moved: MovableClock, told: list[owners.Outcome]
) -> None:
    use(failing())
    (message,) = make_messages(content=patient())

    minutes = in_minutes(try_until_final(message, moved))

    assert minutes == [0, 1, 6, 21, *range(81, 24 * 60, 60), 24 * 60]
    assert (message.state, message.reason) == (State.FAILED, Reason.GAVE_UP)
    assert told[-1].final


def test_it_is_not_given_up_before_three_attempts_in_its_window(
    use: Use, moved: MovableClock
) -> None:
    use(failing())
    window = Window.parse("mon-fri 11:59-12:00")
    moved.set(FRIDAY_NOON)
    (message,) = make_messages(content=patient(window=window))

    attempts = try_until_final(message, moved)

    assert len(attempts) == 3
    assert all(window.is_open(at) for at in attempts)
    assert attempts[-1] - attempts[0] > DAY
    assert message.state == State.FAILED


def test_a_day_counts_from_the_first_attempt_however_long_a_stop_lasted(
    use: Use, moved: MovableClock
) -> None:
    use(failing())
    (message,) = make_messages(content=patient())
    moved.set(clock.now() + timedelta(days=30))

    minutes = in_minutes(try_until_final(message, moved))

    assert minutes[:4] == [0, 1, 6, 21]
    assert minutes[-1] == 24 * 60


def test_what_was_not_handed_over_is_no_attempt(use: Use, moved: MovableClock) -> None:
    (message,) = make_messages(content=patient())
    answers: Iterator[Verdict] = iter([NotTried("later"), NotTried("later"), Transient("503")])
    use(FakeTransport(answer=lambda _parcel: next(answers)))

    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    (attempt,) = Attempt.objects.filter(message_id=message.id)
    assert (message.attempts, attempt.number, attempt.result) == (1, 1, "transient")
    pause = message.not_before - attempt.at
    assert timedelta(seconds=59) < pause < timedelta(seconds=70)


@pytest.mark.parametrize(
    ("asked", "pause"),
    [(timedelta(0), timedelta(minutes=1)), (timedelta(minutes=7), timedelta(minutes=7))],
)
def test_a_receiver_may_ask_for_a_longer_pause_than_the_schedule_not_for_a_shorter_one(
    use: Use, moved: MovableClock, asked: timedelta, pause: timedelta
) -> None:
    use(FakeTransport(answer=lambda _parcel: Transient("429", asked)))
    (message,) = make_messages(content=patient())

    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    waits = message.not_before - Attempt.objects.get(message_id=message.id).at
    assert pause <= waits < pause + timedelta(seconds=10)


def test_messages_behind_an_unusable_provider_have_made_no_attempt(
    use: Use, moved: MovableClock
) -> None:
    gone = FakeTransport(unavailable=ProviderUnavailable("no route", timedelta(hours=1)))
    use(gone)
    make_messages(5, content=patient())
    draining.drain(Channel.EMAIL)
    assert Provider.objects.get().paused_until is not None

    # One found it out, the others kept their place.
    waiting = Message.objects.exclude(attempts=1)
    assert all(message.attempts == 0 and message.fair_at for message in waiting)


def test_a_message_that_ends_every_worker_is_given_up(told: list[owners.Outcome]) -> None:
    now = clock.now()
    (message,) = make_messages(content=patient(), now=now)
    for hours in (0, 1, 23, 24):
        at, real = now + timedelta(hours=hours), clock.real() + timedelta(minutes=5)
        assert claiming.claim(Channel.EMAIL, limit=1, now=at).took == 1
        assert sweeping.reclaim(real=real, now=at) == 1
        message.refresh_from_db()
        assert message.state == (State.FAILED if hours == 24 else State.QUEUED)
    assert message.reason == Reason.GAVE_UP
    assert [(one.was, one.state, one.final) for one in told] == [("claimed", "failed", True)]
    assert set(Attempt.objects.values_list("result", flat=True)) == {"unknown"}


def test_a_schedule_without_patience_is_taken_back_for_as_long_as_it_takes() -> None:
    now = clock.now()
    (message,) = make_messages(now=now)
    for days in range(5):
        at = now + timedelta(days=days)
        claiming.claim(Channel.EMAIL, limit=1, now=at)
        sweeping.reclaim(real=clock.real() + timedelta(minutes=5), now=at)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (State.QUEUED, 5)


def test_an_attempt_lost_after_one_not_made_is_noted() -> None:
    now = clock.now()
    (message,) = make_messages(now=now)
    Attempt.objects.create(
        message_id=message.id, number=1, at=now, worker="w", result="not_tried", answer="no"
    )
    claiming.claim(Channel.EMAIL, limit=1, now=now + timedelta(minutes=1))
    sweeping.reclaim(real=clock.real() + timedelta(minutes=5), now=now)
    attempt = Attempt.objects.get(message_id=message.id)
    assert (attempt.result, attempt.answer) == ("unknown", "")
    assert attempt.at == now + timedelta(minutes=1)


def test_pauses_vary_around_those_of_the_schedule(use: Use) -> None:
    use(failing())
    steady = make_messages(20, content=patient())
    varied = make_messages(60, content=patient(retry_spread=10))
    draining.drain(Channel.EMAIL)

    def pauses(messages: Sequence[Message]) -> list[float]:
        rows = Message.objects.filter(pk__in=[one.pk for one in messages])
        return [(one.not_before - one.state_at).total_seconds() for one in rows]

    assert set(pauses(steady)) == {60}
    assert all(54 <= pause <= 66 for pause in pauses(varied))
    assert min(pauses(varied)) < 59
    assert max(pauses(varied)) > 61


def cancel(message: Message) -> int:
    return len(withdrawal.cancel_queued("test", [message.owner_id], now=clock.now()))


def test_a_message_withdrawn_while_a_worker_has_it_makes_no_further_attempt(
    use: Use, told: list[owners.Outcome]
) -> None:
    (message,) = make_messages(content=patient())
    cancelled: list[int] = []
    transport = use(failing())
    transport.before = lambda: cancelled.append(in_thread(lambda: cancel(message)))

    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert cancelled == [0]
    assert (message.state, message.attempts) == (State.CANCELLED, 1)
    assert [(one.was, one.state, one.final) for one in told] == [("claimed", "cancelled", True)]


def test_a_message_withdrawn_while_a_worker_has_it_may_still_be_accepted(
    use: Use, told: list[owners.Outcome]
) -> None:
    (message,) = make_messages(content=patient())
    cancelled: list[int] = []
    transport = use(FakeTransport())
    transport.before = lambda: cancelled.append(in_thread(lambda: cancel(message)))

    draining.drain(Channel.EMAIL)

    message.refresh_from_db()
    assert (cancelled, message.state) == ([0], State.SENT)
    assert [one.state for one in told] == ["sent"]


def test_a_message_withdrawn_from_a_worker_that_died_is_cancelled(
    told: list[owners.Outcome],
) -> None:
    (message,) = make_messages(content=patient())
    claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    assert cancel(message) == 0
    sweeping.reclaim(real=clock.real() + timedelta(minutes=5), now=clock.now())
    message.refresh_from_db()
    assert message.state == State.CANCELLED
    assert [(one.state, one.final) for one in told] == [("cancelled", True)]


def test_a_message_withdrawn_while_it_waits_is_cancelled_at_once(
    told: list[owners.Outcome],
) -> None:
    (message,) = make_messages(content=patient())
    assert cancel(message) == 1
    message.refresh_from_db()
    assert message.state == State.CANCELLED
    assert cancel(message) == 0


def in_thread(step: Callable[[], int]) -> int:
    try:
        return step()
    finally:
        connection.close()
