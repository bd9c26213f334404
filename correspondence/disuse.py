"""Attachments that no letter needs any more (correspondence contract 7.3)."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Subquery

from correspondence import history, lifetimes
from correspondence.models import (
    Attachment,
    Correspondence,
    Letter,
    LetterAttachment,
)
from correspondence.states import AttachmentStatus
from notifications_platform.core.jobs import wake_on_commit

_S = AttachmentStatus
_PURGEABLE = [_S.Initialized.value, _S.Published.value, _S.Failed.value]


def purge_unused(letter: Letter, *, now: datetime) -> None:
    """Those of the (locked) letter that no unpurged correspondence uses, in the caller's
    transaction. Their bytes are removed by the job, after the commit.
    """
    live = Correspondence.objects.filter(letter=OuterRef("letter"), erased_at__isnull=True)
    # The first one will do, of any number.
    needed = LetterAttachment.objects.filter(Exists(live), attachment=OuterRef("pk"))
    used = LetterAttachment.objects.filter(letter=letter).values("attachment")
    locked = Attachment.objects.select_for_update(no_key=True).filter(pk__in=used)
    ids = list(locked.order_by("id").values_list("id", flat=True))
    unused = Attachment.objects.filter(pk__in=ids, status__in=_PURGEABLE).alias(
        needed_by=Subquery(needed.values("letter")[:1])
    )
    purge(list(unused.filter(needed_by__isnull=True)), now=now)
    lifetimes.shorten(ids, without=letter)


def purge(attachments: list[Attachment], *, now: datetime) -> None:
    """These (locked) attachments are Purged; what is known about them stays readable."""
    history.add_to_attachments(
        attachments, _S.Purged, now=now, remove_at=now, scan_at=None, expires_at=None
    )
    wake_on_commit("correspondence.remove")
