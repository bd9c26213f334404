"""What became of a letter's notifications, told as events (correspondence contract 7.4, 9).

`orders` says in its own transaction that an order has come to its end; what to tell is worked
out by the job, which asks `orders` how it went.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from correspondence import batches, events
from correspondence.events import Happened
from correspondence.models import LetterNotification
from correspondence.states import PURGED, CorrespondenceStatus
from notifications_platform.core.jobs import wake_on_commit
from orders import in_house
from orders.in_house import Tally

BATCH = 500
_TRY_AGAIN_AFTER = timedelta(minutes=1)
_WITHDRAWN = {*PURGED, CorrespondenceStatus.Failed}
# By whether it is a reminder.
_DELIVERED = ("correspondencenotificationdelivered", "correspondencenotificationreminderdelivered")


def on_finished(order_ids: Sequence[UUID], now: datetime) -> None:
    """Registered with `orders`; touches rows of this app only."""
    rows = LetterNotification.objects.filter(order_id__in=order_ids)
    if rows.order_by("pk").update(check_at=now):
        wake_on_commit("correspondence.check_deliveries")


def check(*, now: datetime) -> int:
    """Tell of up to a batch of orders that have come to their end; how many. Whatever the clock
    says by now: it may have been set back since.
    """
    ended = LetterNotification.objects.filter(check_at__isnull=False).order_by("check_at")
    return batches.handle(
        list(ended.values_list("pk", flat=True)[:BATCH]),
        lambda keys: _check(keys, now),
        put_off=lambda pk: ended.filter(pk=pk).update(check_at=now + _TRY_AGAIN_AFTER),
    )


def _check(keys: Sequence[int], now: datetime) -> int:
    with transaction.atomic():
        ended = list(
            LetterNotification.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=keys, check_at__isnull=False)
            .select_related("correspondence__letter")
            .defer("correspondence__own_body", "correspondence__letter__body")
            .order_by("pk")
        )
        LetterNotification.objects.filter(pk__in=[one.pk for one in ended]).update(check_at=None)
        tallies = in_house.tallies([one.order_id for one in ended if one.order_id])
        events.store((event for one in ended for event in _told(one, tallies)), now=now)
    return len(ended)


def _told(one: LetterNotification, tallies: dict[UUID, Tally]) -> Iterator[Happened]:
    """An order that its condition stopped is nothing to tell of; nor is what has not gone out
    because the letter was purged, or failed, before.
    """
    tally = tallies.get(one.order_id) if one.order_id else None
    if tally is None or not tally.is_completed:
        return
    if tally.succeeded:
        yield _event(one, _DELIVERED[one.is_reminder])
    if one.correspondence.status in _WITHDRAWN:
        return
    if tally.succeeded == 0 and not one.is_reminder and not one.is_custom:
        yield _event(one, "correspondencenotificationallfailed")
    elif tally.failed:
        yield _event(one, "correspondencenotificationfailed")


def _event(one: LetterNotification, type: str) -> Happened:
    letter = one.correspondence.letter
    return Happened(
        type=type,
        about="notification",
        instance=one.order_id or one.correspondence_id,
        resource_id=letter.resource_id,
        subject=letter.sender,
        service_owner=letter.service_owner,
    )
