"""Messages are counted once for each state they reach (delivery/tallying.py)."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Literal

import pytest
from django.db import connection, transaction

from notifications_platform.core import clock
from notifications_platform.delivery import (
    claiming,
    draining,
    owners,
    receipts,
    recording,
    sweeping,
    tallying,
    withdrawal,
)
from notifications_platform.delivery.channels.base import Permanent, Sent, Transient, Verdict
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Message, Stroke, Tally
from notifications_platform.delivery.recording import Tried
from notifications_platform.delivery.states import Channel, Reason, State
from notifications_platform.delivery.tallying import Reached
from tests.factories import make_content, make_messages
from tests.plans import plan_of, pretend_much
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
NOON = datetime(2031, 3, 4, 12, 0, 42, tzinfo=UTC)


def counted(client: str = "") -> Counter[tuple[str, str]]:
    """What has been counted, whether added up already or not, by state and reason."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in Tally.objects.filter(length="minute", client=client):
        sums[row.state, row.reason] += row.number
    strokes = Stroke.objects.filter(client=client) if client else Stroke.objects.all()
    for stroke in strokes:
        sums[stroke.state, stroke.reason] += stroke.number
    return sums


def reached() -> Counter[tuple[str, str]]:
    """What the messages themselves say, as far as their last state tells."""
    final = Message.objects.exclude(state__in=[State.QUEUED, State.CLAIMED])
    return Counter(final.values_list("state", "reason"))


Outcome = Literal[State.DELIVERED, State.FAILED]


def report(message: Message, outcome: Outcome, reason: Reason | None = None) -> None:
    one = Report(
        provider="fake",
        reference=f"ref-{message.pk}",
        outcome=outcome,
        reason=reason,
        raw="<r/>",
    )
    receipts.receive([one], now=clock.now())


def test_each_state_that_messages_reach_counts_once(use: Use) -> None:
    answers: dict[str, Verdict] = {
        "nr1@demo.example": Permanent(Reason.BOUNCED, "550"),
        "nr2@demo.example": Transient("451"),
    }
    transport = use(FakeTransport(reports=True))
    usual = transport.answer
    transport.answer = lambda parcel: answers.get(parcel.address) or usual(parcel)
    messages = make_messages(5)
    make_messages(1, client="digdir", failed=Reason.RESERVED)

    draining.drain(Channel.EMAIL)
    report(messages[0], State.DELIVERED)
    report(messages[0], State.FAILED, Reason.REJECTED)
    report(messages[3], State.FAILED, Reason.REJECTED)
    withdrawal.cancel_queued("test", [messages[2].owner_id], now=clock.now())

    assert counted("ttd") == {
        ("sent", ""): 3,
        ("delivered", ""): 1,
        ("failed", "bounced"): 1,
        ("failed", "rejected"): 1,
        ("cancelled", ""): 1,
    }
    assert counted("digdir") == {("failed", "reserved"): 1}
    tallying.add_up()
    assert not Stroke.objects.exists()
    assert counted() == counted("ttd") + counted("digdir")


def test_expiry_and_what_a_dead_worker_leaves_count_too(use: Use) -> None:
    now = clock.now()
    make_messages(2, expires_at=now + HOUR)
    dying = make_content(retry_after=[], retry_last_repeats=False)
    make_messages(1, content=dying)
    Message.objects.filter(content_id=dying.id).update(attempts=10)
    claiming.claim(Channel.EMAIL, limit=10, now=clock.now())

    sweeping.reclaim(real=clock.real() + HOUR, now=now)
    sweeping.expire(now=now + 2 * HOUR)
    assert counted("ttd") == {("failed", "expired"): 2, ("failed", "gave_up"): 1}
    assert counted("ttd") == reached()


def test_an_owner_that_lets_a_claimed_message_not_leave_has_it_counted() -> None:
    owners.register("fussy", lambda _batch, _now: None, on_claims=lambda ids, _now: set(ids))
    make_messages(2, owner_kind="fussy")
    claiming.claim(Channel.EMAIL, limit=10, now=clock.now())
    owners.register("fussy", lambda _batch, _now: None)
    assert counted("ttd") == {("cancelled", ""): 2}


def test_what_is_not_written_down_is_not_counted(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies before its commit, and one that comes too late: neither adds a stroke."""
    use(FakeTransport())
    (message,) = make_messages()
    claim = claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    tried = [Tried(claim.messages[0], Sent())]

    def record() -> None:
        recording.record(
            claim, tried, channel=Channel.EMAIL, provider="fake", reports=False, now=clock.now()
        )

    def die() -> None:
        with transaction.atomic():
            record()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert not Stroke.objects.exists()
    record()
    record()
    assert counted("ttd") == {("sent", ""): 1}
    assert Message.objects.get(pk=message.pk).state == State.SENT


def test_a_defect_of_an_owner_costs_no_count(use: Use) -> None:
    def broken(batch: object, _now: datetime) -> None:
        raise ZeroDivisionError

    use(FakeTransport())
    owners.register("broken", broken)
    make_messages(3, owner_kind="broken")
    draining.drain(Channel.EMAIL)
    owners.register("broken", lambda _batch, _now: None)
    assert counted("ttd") == {("sent", ""): 3}


def test_sums_of_minutes_and_hours_are_right_however_many_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tallying, "BATCH", 7)
    for number in range(50):
        one = Reached(f"client-{number % 3}", "sms", "sent", "")
        tallying.note({one: number}, now=NOON + timedelta(minutes=number))

    def sweep() -> None:
        sweeping.repeat(tallying.add_up, 1)
        connection.close()

    threads = [Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for length in Tally.Length:
        rows = Tally.objects.filter(length=length)
        assert sum(row.number for row in rows if not row.client) == sum(range(50))
        assert sum(row.number for row in rows if row.client) == sum(range(50))
    hour = Tally.objects.get(length="hour", client="client-0")
    assert (hour.at, hour.number) == (NOON.replace(second=0), sum(range(0, 50, 3)))


def test_minutes_are_forgotten_after_two_days_and_hours_after_thirteen_months() -> None:
    one = Reached("ttd", "sms", "sent", "")
    tallying.note({one: 1}, now=NOON)
    tallying.add_up()

    def left(after: timedelta) -> set[str]:
        tallying.forget(now=NOON + after)
        return set(Tally.objects.values_list("length", flat=True))

    assert left(timedelta(days=2) - HOUR) == {"minute", "hour"}
    assert left(timedelta(days=3)) == {"hour"}
    assert left(timedelta(days=395)) == {"hour"}
    assert left(timedelta(days=397)) == set()


def test_sums_go_by_their_indexes() -> None:
    one = Reached("ttd", "sms", "sent", "")
    tallying.note({one: 1}, now=NOON)
    tallying.add_up()
    with transaction.atomic():
        pretend_much("seqscan", "bitmapscan")
        plan = plan_of(
            "DELETE FROM delivery_tally WHERE id IN (SELECT id FROM delivery_tally"
            " WHERE length = 'minute' AND at < now() ORDER BY at LIMIT 5000)"
        )
        transaction.set_rollback(True)
    assert "tally_by_age" in plan
