"""Reports in any order, early, late and unknown (delivery contract 2, orders contract 8)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import TextField
from django.db.models.functions import Cast

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
BURST = 3000


def report(reference: str, outcome: Outcome, *, now: datetime) -> None:
    reason = Reason.BOUNCED if outcome == State.FAILED else None
    one = Report(provider="fake", reference=reference, outcome=outcome, reason=reason)
    receipts.receive([one], now=now)


def send(*, now: datetime) -> None:
    """The one message in line is taken by the provider, under the reference `ref`."""
    taken = claim(Channel.EMAIL, limit=1, now=now)
    record(
        taken,
        [Tried(message=one, verdict=Sent("ref")) for one in taken.messages],
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


def test_a_burst_of_early_reports_is_applied_soon_whatever_the_statistics_say() -> None:
    now = clock.now()
    with connection.cursor() as cursor:
        # Its statistics know of no report that waits, as on any quiet day.
        cursor.execute("ANALYZE delivery_receipt; ANALYZE delivery_message")
    messages = make_messages(BURST, now=now)
    early = [
        Report(provider="fake", reference=str(one.id), outcome=State.DELIVERED, reason=None)
        for one in messages
    ]
    receipts.receive(early, now=now)
    own_record = {"state": State.SENT, "provider": "fake", "attempts": 1}
    Message.objects.update(**own_record, provider_reference=Cast("id", TextField()))
    with transaction.atomic(), connection.cursor() as cursor:
        # Compared each with each they would take minutes on a busy machine, else a second.
        cursor.execute("SET LOCAL statement_timeout = '30s'")
        assert receipts.settle(now=now) == BURST
    assert Message.objects.filter(state=State.DELIVERED).count() == BURST
    assert Receipt.objects.filter(changed_message=True).count() == BURST


def test_a_report_that_finds_no_message_for_a_day_is_kept_without_its_wording() -> None:
    now = clock.now()
    numbers = "<RCV>4799999999</RCV>"
    one = Report(provider="pswin", reference="never-learnt", outcome=State.DELIVERED, raw=numbers)
    receipts.receive([one], now=now)

    receipts.lay_aside(now=now + receipts.PATIENCE)
    assert Receipt.objects.get().raw == numbers
    receipts.lay_aside(now=now + receipts.PATIENCE + timedelta(seconds=1))

    receipt = Receipt.objects.get()
    assert (receipt.raw, receipt.message_id) == ("", None)
    assert receipt.settled_at is not None
