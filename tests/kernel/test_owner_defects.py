"""A defect in one owner's outcome function is nobody else's trouble (delivery contract 1)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import draining, owners, receipts, sweeping, tasks
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
