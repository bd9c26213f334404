"""What happens to one or several correspondences at once: events about them, their orders
(correspondence contract 8.5, 9).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from correspondence.events import Happened
from correspondence.models import Correspondence, LetterNotification
from correspondence.notifications import REMINDER_AFTER
from correspondence.states import SYSTEM
from orders import in_house


def to_sender(type: str, one: Correspondence) -> Happened:
    """An event that is addressed to the sender; `one.letter` is loaded."""
    return _happened(type, one, one.sender)


def to_recipient(type: str, one: Correspondence) -> Happened:
    return _happened(type, one, one.recipient)


def _happened(type: str, one: Correspondence, subject: str) -> Happened:
    return Happened(
        type=type,
        about="correspondence",
        instance=one.id,
        resource_id=one.resource_id,
        subject=subject,
        service_owner=one.letter.service_owner,
    )


def order_ids(
    correspondences: Iterable[Correspondence], *, reminder: bool | None = None
) -> list[UUID]:
    """Of their notifications, or of the main or reminder ones only."""
    rows = LetterNotification.objects.filter(
        correspondence__in=[one.id for one in correspondences], order_id__isnull=False
    )
    if reminder is not None:
        rows = rows.filter(is_reminder=reminder)
    return [id for id in rows.values_list("order_id", flat=True) if id]


def release_orders(published: Sequence[Correspondence], *, now: datetime) -> None:
    """Published letters are told of: not before now, reminders a week later."""
    for reminder, delay in ((False, timedelta(0)), (True, REMINDER_AFTER)):
        if ids := order_ids(published, reminder=reminder):
            in_house.release(ids, system=SYSTEM, send_time=now + delay)


def withdraw_orders(
    gone: Sequence[Correspondence], *, now: datetime, erase_texts: bool = False
) -> None:
    """What has not left is not sent any more; with `erase_texts` it also forgets what it was to
    say, which may be the letter's title.
    """
    if ids := order_ids(gone):
        in_house.withdraw(ids, system=SYSTEM, now=now, erase_texts=erase_texts)
