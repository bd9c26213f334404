"""The due-date job: what should have been read or confirmed (correspondence contract 7.4)."""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from correspondence import events, letters
from correspondence.events import Happened
from correspondence.models import Correspondence
from correspondence.states import PURGED, CorrespondenceStatus

BATCH = 500
_S = CorrespondenceStatus


def look_at_due(*, now: datetime) -> int:
    """Tell of up to a batch of letters whose due date has come; how many were handled."""
    with transaction.atomic():
        due = list(
            Correspondence.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(due_at__lte=now)
            .select_related("letter")
            .order_by("due_at")[:BATCH]
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
