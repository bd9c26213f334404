"""Reports in any order, early, late and unknown (delivery contract 2, orders contract 8)."""

from datetime import datetime, timedelta

import pytest

from notifications_platform.core import clock
from notifications_platform.delivery import receipts
from notifications_platform.delivery.channels.base import Sent
from notifications_platform.delivery.channels.reports import Outcome, Report
from notifications_platform.delivery.claiming import claim
from notifications_platform.delivery.models import Message, Receipt
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import Channel, Reason, State
from tests.factories import make_messages

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def report(reference: str, outcome: Outcome, *, now: datetime) -> None:
    reason = Reason.BOUNCED if outcome == State.FAILED else None
    one = Report(provider="fake", reference=reference, outcome=outcome, reason=reason)
    receipts.receive([one], now=now)


def send(*, now: datetime) -> None:
    """The one message in line is taken by the provider, under the reference `ref`."""
    taken = claim(Channel.EMAIL, limit=1, now=now)
    record(
        taken.token,
        [Tried(message=one, verdict=Sent("ref"), duration=timedelta(0)) for one in taken.messages],
        channel=Channel.EMAIL,
        provider="fake",
        reports=True,
        now=now,
    )


def test_of_two_reports_the_one_that_came_before_our_own_record_counts() -> None:
    now = clock.now()
    make_messages(now=now)
    report("ref", State.DELIVERED, now=now)
    send(now=now)
    report("ref", State.FAILED, now=now)

    assert Message.objects.get().state == State.DELIVERED
    assert list(Receipt.objects.order_by("id").values_list("changed_message", flat=True)) == [
        True,
        False,
    ]
    assert not Receipt.objects.filter(settled_at__isnull=True).exists()


def test_a_report_that_came_in_time_counts_even_if_its_message_is_known_only_after_the_expiry() -> (
    None
):
    now = clock.now()
    make_messages(now=now, expires_at=now + HOUR, grace=HOUR)
    report("ref", State.DELIVERED, now=now + HOUR)
    send(now=now)

    receipts.settle(now=now + HOUR + timedelta(seconds=2))

    assert Message.objects.get().state == State.DELIVERED


def test_a_report_after_the_expiry_changes_nothing_and_is_kept() -> None:
    now = clock.now()
    make_messages(now=now, expires_at=now + HOUR, grace=HOUR)
    send(now=now)

    report("ref", State.DELIVERED, now=now + HOUR + timedelta(seconds=1))

    assert Message.objects.get().state == State.SENT
    receipt = Receipt.objects.get()
    assert (receipt.changed_message, receipt.message_id) == (False, Message.objects.get().id)
