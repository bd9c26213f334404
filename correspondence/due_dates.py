"""The due-date job: what should have been read or confirmed (correspondence contract 7.4)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from correspondence import batches, events, letters
from correspondence.events import Happened
from correspondence.models import Correspondence
from correspondence.states import PURGED, CorrespondenceStatus

BATCH = 500
_TRY_AGAIN_AFTER = timedelta(minutes=1)
_S = CorrespondenceStatus


def look_at_due(*, now: datetime) -> int:
    """Tell of up to a batch of letters whose due date has come; how many were handled. One that
    is not published yet is looked at again when it is.
    """
    due = Correspondence.objects.filter(due_at__lte=now).order_by("due_at")
    return batches.handle(
        list(due.values_list("id", flat=True)[:BATCH]),
        lambda ids: _look_at(ids, now),
        put_off=lambda id: due.filter(pk=id).update(due_at=now + _TRY_AGAIN_AFTER),
    )


def _look_at(ids: Sequence[UUID], now: datetime) -> int:
    with transaction.atomic():
        due = list(
            Correspondence.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(pk__in=ids, due_at__lte=now)
            .select_related("letter")
            .defer("own_body", "letter__body")
            .order_by("id")
        )
        Correspondence.objects.filter(pk__in=[one.id for one in due]).update(due_at=None)
        events.store((event for one in due for event in _neglected(one)), now=now)
    return len(due)


def _neglected(one: Correspondence) -> Iterator[Happened]:
    if not one.has_been(_S.Published) or one.status in PURGED:
        return
    if not one.has_been(_S.Read):
        yield letters.to_recipient("correspondencereceiverneverread", one)
    if one.letter.is_confirmation_needed and not one.has_been(_S.Confirmed):
        yield letters.to_recipient("correspondencereceiverneverconfirmed", one)
