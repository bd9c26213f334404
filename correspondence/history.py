"""One more status for letters or attachments: the history, the current status, and of letters
the set of bits, at once and with the same statements however many they are.

The caller holds the locks of the rows. A letter's statuses are written here and nowhere else
(correspondence contract 7.1).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from correspondence.models import (
    Attachment,
    AttachmentStatusEntry,
    Correspondence,
    StatusEntry,
)
from correspondence.states import AttachmentStatus, CorrespondenceStatus, current

_STATUS = ["status", "status_text", "status_changed"]


def add(  # noqa: PLR0913 each says one thing about the line
    correspondences: Sequence[Correspondence],
    status: CorrespondenceStatus,
    *,
    now: datetime,
    text: str | Mapping[UUID, str] = "",
    party: str = "",
    also: Sequence[str] = (),
) -> None:
    """`text`: one for all, or by id; the status's name if empty. With the fields in `also`, which
    the caller has set on the (locked) rows.
    """
    lines = []
    for one in correspondences:
        said = (text if isinstance(text, str) else text[one.id]) or status.name
        grow(one, status, now=now, text=said)
        lines.append(
            StatusEntry(correspondence=one, status=status.value, text=said, at=now, party=party)
        )
    Correspondence.objects.bulk_update(correspondences, [*_STATUS, "ever", *also])
    StatusEntry.objects.bulk_create(lines)


def grow(
    one: Correspondence, status: CorrespondenceStatus, *, now: datetime, text: str = ""
) -> None:
    """On the object only. A status that does not become the current one leaves it as it is."""
    one.ever |= status.bit
    if current(one.ever) is status:
        one.status, one.status_text, one.status_changed = status.value, text or status.name, now


def add_to_attachments(
    attachments: Sequence[Attachment],
    status: AttachmentStatus,
    *,
    now: datetime,
    text: str = "",
    **fields: Any,
) -> None:
    """With `fields` on all of them."""
    text = text or status.name
    for one in attachments:
        one.status, one.status_text, one.status_changed = status.value, text, now
        for name, value in fields.items():
            setattr(one, name, value)
    Attachment.objects.bulk_update(attachments, [*_STATUS, *fields])
    AttachmentStatusEntry.objects.bulk_create(
        AttachmentStatusEntry(attachment=one, status=status.value, text=text, at=now)
        for one in attachments
    )
