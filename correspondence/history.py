"""One more status for a letter: its history, its set of bits, its current status, at once.

The caller holds the row's lock. Written here and nowhere else (correspondence contract 7.1).
"""

from collections.abc import Sequence
from datetime import datetime

from correspondence.models import Correspondence, StatusEntry
from correspondence.states import CorrespondenceStatus, current

_WRITTEN = ["status", "status_text", "status_changed", "ever"]


def add(  # noqa: PLR0913 each says one thing about the line
    correspondences: Sequence[Correspondence],
    status: CorrespondenceStatus,
    *,
    now: datetime,
    text: str = "",
    party: str = "",
    also: Sequence[str] = (),
) -> None:
    """With the fields in `also`, which the caller has set on the (locked) rows."""
    for one in correspondences:
        grow(one, status, now=now, text=text)
    Correspondence.objects.bulk_update(correspondences, [*_WRITTEN, *also])
    StatusEntry.objects.bulk_create(
        StatusEntry(
            correspondence=one, status=status.value, text=text or status.name, at=now, party=party
        )
        for one in correspondences
    )


def grow(
    one: Correspondence, status: CorrespondenceStatus, *, now: datetime, text: str = ""
) -> None:
    """On the object only. A status that does not become the current one leaves it as it is."""
    one.ever |= status.bit
    if current(one.ever) is status:
        one.status, one.status_text, one.status_changed = status.value, text or status.name, now
