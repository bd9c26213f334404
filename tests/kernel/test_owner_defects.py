"""What owners are told, and that a defect of one is nobody else's trouble (delivery contract 2)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import claiming, draining, owners, receipts, sweeping, tasks
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)


class Owner:
    """Raises as soon as it hears of `bad`; `told` is what it was told, without failing."""

    def __init__(self) -> None:
        self.bad = uuid7()
        self.told: list[UUID] = []

    def on_outcomes(self, outcomes: Sequence[owners.Outcome], _now: datetime) -> None:
        if any(one.owner_id == self.bad for one in outcomes):
            raise ValueError("a defect")
        self.told += [one.message_id for one in outcomes]


@pytest.fixture
def owner() -> Iterator[Owner]:
    one = Owner()
    owners.register("test", one.on_outcomes)
    yield one
    owners.register("test", lambda _batch, _now: None)


def test_what_left_is_written_down_and_told_around_the_one_that_fails(
    use: Use, owner: Owner
) -> None:
    transport = use(FakeTransport())
    good = make_messages(20)
    (bad,) = make_messages(owner_id=owner.bad)

    with capture_logs() as logs:
        draining.drain(Channel.EMAIL)
    sweeping.reclaim(real=clock.real() + timedelta(hours=1), now=clock.now())
    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 21
    assert Message.objects.filter(state=State.SENT).count() == 21
    assert sorted(owner.told) == [one.id for one in good]
    untold = [line for line in logs if line["event"] == "delivery.owner_not_told"]
    assert [line["message"] for line in untold] == [str(bad.id)]


def test_a_sweep_does_all_that_is_due_though_an_owner_fails(owner: Owner) -> None:
    now = clock.now()
    lapsed = [
        make_messages(
            owner_id=owner_id,
            now=now - timedelta(hours=1),
            expires_at=now - timedelta(minutes=1),
        )[0]
        for owner_id in (uuid7(), owner.bad)
    ]
    (due,) = make_messages()
    Message.objects.filter(pk=due.pk).update(fair_at=None)

    tasks.sweep()

    due.refresh_from_db()
    assert due.fair_at is not None
    assert Message.objects.filter(state=State.FAILED).count() == 2
    assert owner.told == [lapsed[0].id]


def test_a_step_of_the_sweep_that_fails_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*, now: datetime) -> int:
        raise ValueError("a defect")

    monkeypatch.setattr(sweeping, "expire", fail)
    (due,) = make_messages()
    Message.objects.update(fair_at=None)

    with pytest.raises(ValueError, match="a defect"):
        tasks.sweep()

    due.refresh_from_db()
    assert due.fair_at is not None


def test_a_report_is_applied_though_its_owner_fails(use: Use, owner: Owner) -> None:
    use(FakeTransport(reports=True))
    (message,) = make_messages(owner_id=owner.bad)
    draining.drain(Channel.EMAIL)

    receipts.receive(
        [Report(provider="fake", reference=f"ref-{message.id}", outcome=State.DELIVERED)],
        now=clock.now(),
    )

    message.refresh_from_db()
    assert message.state == State.DELIVERED


class Asking(Owner):
    """Told of claims; refuses `unwanted`, raises at `bad`."""

    def __init__(self) -> None:
        super().__init__()
        self.unwanted = uuid7()
        self.claimed: list[UUID] = []

    def on_claims(self, claimed: Sequence[UUID], _now: datetime) -> list[UUID]:
        if self.bad in claimed:
            raise ValueError("a defect")
        self.claimed += claimed
        return [one for one in claimed if one == self.unwanted]


@pytest.fixture
def asking() -> Iterator[Asking]:
    one = Asking()
    owners.register("test", one.on_outcomes, on_claims=one.on_claims)
    yield one
    owners.register("test", lambda _batch, _now: None)


def test_who_asks_is_told_of_what_is_about_to_leave(use: Use, asking: Asking) -> None:
    transport = use(FakeTransport())
    going = make_messages(3, owner_id=uuid7())
    (early,) = make_messages(owner_id=uuid7())
    Message.objects.filter(pk=early.pk).update(not_before=clock.now() + timedelta(hours=1))
    make_messages(owner_id=uuid7(), owner_kind="others")

    draining.drain(Channel.EMAIL)

    assert asking.claimed == [going[0].owner_id]
    assert len(transport.sent) == 4
    assert asking.told == [one.id for one in going]


def test_one_that_its_owner_does_not_want_sent_is_cancelled(use: Use, asking: Asking) -> None:
    transport = use(FakeTransport())
    (unwanted,) = make_messages(owner_id=asking.unwanted)
    (going,) = make_messages(owner_id=uuid7())

    draining.drain(Channel.EMAIL)

    unwanted.refresh_from_db()
    assert (unwanted.state, unwanted.attempts, unwanted.lease_token) == (State.CANCELLED, 0, None)
    assert unwanted.final_at is not None
    assert [one.id for one in transport.sent] == [going.id]
    assert asking.told == [going.id]


def test_a_defect_about_one_claim_holds_back_nothing(use: Use, asking: Asking) -> None:
    transport = use(FakeTransport())
    good = [make_messages(owner_id=uuid7())[0].owner_id for _ in range(5)]
    make_messages(owner_id=asking.unwanted)
    make_messages(owner_id=asking.bad)

    with capture_logs() as logs:
        draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 6
    assert sorted(asking.claimed) == sorted([*good, asking.unwanted])
    untold = [one for one in logs if one["event"] == "delivery.owner_not_told_of_claim"]
    assert [one["owner"] for one in untold] == [str(asking.bad)]


def test_where_nobody_asks_a_claim_takes_no_statement_more(asking: Asking) -> None:
    def statements() -> int:
        make_messages(3, owner_kind="others")
        with CaptureQueriesContext(connection) as captured:
            claiming.claim(Channel.EMAIL, limit=100, now=clock.now())
        return len(captured)

    among_those_who_ask = statements()
    owners.register("test", asking.on_outcomes)
    assert statements() == among_those_who_ask
