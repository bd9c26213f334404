"""The malware scan, and what follows from it (correspondence contract 5.4, 7.4)."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from correspondence import attachments, disuse, events, publishing
from correspondence.events import Happened
from correspondence.models import Attachment, Correspondence, Letter
from correspondence.scanning.base import ScannerUnavailable
from correspondence.scanning.configured import scanner
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from correspondence.storage.base import NotStored, StorageUnavailable, pieces_of
from correspondence.storage.configured import storage
from notifications_platform.core import clock
from notifications_platform.core.jobs import wake_on_commit

log = structlog.get_logger(__name__)

_S = AttachmentStatus
# It has taken all of the file by then, and may unpack it before it says a word.
_ANSWERS_WITHIN = timedelta(minutes=6)
_TRY_AGAIN_AFTER = timedelta(seconds=15)
_WAITING = [CorrespondenceStatus.Initialized.value, CorrespondenceStatus.ReadyForPublish.value]
_LOST = "The file was lost before it was looked through"


def scan_next(*, now: datetime) -> int:
    """Scan one attachment whose turn it is; 1, or 0 when there is none or no scanner."""
    one = _claimed()
    if one is None:
        return 0
    began = clock.real()
    try:
        with closing(storage().open(one.storage_key)) as stored:
            cause = scanner().scan(_kept_claimed(one, pieces_of(stored)))
    except NotStored:
        cause = _LOST
    except (ScannerUnavailable, StorageUnavailable) as error:
        log.warning("correspondence.scan_put_off", attachment=str(one.id), error=error.detail)
        _mine(one).update(scan_at=clock.real() + _TRY_AGAIN_AFTER)
        return 0
    # A large file takes its time, and other things happen meanwhile.
    record(one, cause, now=now + (clock.real() - began))
    return 1


def _claimed() -> Attachment | None:
    real = clock.real()
    with transaction.atomic():
        due = Attachment.objects.select_for_update(skip_locked=True, no_key=True)
        one = due.filter(scan_at__lte=real).order_by("scan_at").first()
        if one:
            one.scan_at = real + settings.DELIVERY_LEASE
            one.save(update_fields=["scan_at"])
    return one


def _kept_claimed(one: Attachment, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The claim moves on while the scanner takes pieces. A worker that says nothing more has
    died: then the scan is another's.
    """
    renewed = clock.real()
    for piece in pieces:
        real = clock.real()
        if real - renewed > settings.DELIVERY_LEASE / 3:
            _mine(one).update(scan_at=real + settings.DELIVERY_LEASE)
            renewed = real
        yield piece
    _mine(one).update(scan_at=clock.real() + max(_ANSWERS_WITHIN, settings.DELIVERY_LEASE))


def _mine(one: Attachment) -> "QuerySet[Attachment]":
    return Attachment.objects.filter(pk=one.pk, scan_at__isnull=False)


def record(one: Attachment, cause: str, *, now: datetime) -> None:
    """The verdict: Published where `cause` is empty, else Failed with all that wait for it. A
    second verdict on the same attachment changes nothing.
    """
    with transaction.atomic():
        # As a purge locks them: letters, correspondences, attachments.
        letters = list(
            Letter.objects.select_for_update(no_key=True)
            .filter(attachments__attachment=one)
            .order_by("id")
        )
        waiting = list(
            Correspondence.objects.select_for_update(no_key=True, of=("self",))
            .filter(letter__in=letters, status__in=_WAITING)
            .select_related("letter")
            .order_by("id")
        )
        happened = _failed(one, waiting, cause, now) if cause else _published(one, now)
        # Its letter may have been purged meanwhile.
        for letter in letters if happened else ():
            disuse.purge_unused(letter, now=now)
        events.store(happened, now=now)


def publish(one: Attachment, *, now: datetime) -> None:
    """One that need not be looked through, as the last thing in the caller's transaction."""
    events.store(_published(one, now), now=now)


def _published(one: Attachment, now: datetime) -> list[Happened]:
    if not attachments.change(one, _S.Published, now=now, scan_at=None):
        return []
    publishing.make_ready(list(one.uses.values_list("letter_id", flat=True)))
    wake_on_commit("correspondence.publish")
    return [attachments.happened("attachmentpublished", one)]


def _failed(
    one: Attachment, waiting: Sequence[Correspondence], cause: str, now: datetime
) -> list[Happened]:
    if not attachments.change(one, _S.Failed, now=now, text=cause, scan_at=None, remove_at=now):
        return []
    failed = publishing.fail(waiting, f"Attachment {one.id}: {cause}", now=now)
    return [attachments.happened("attachmentuploadfailed", one), *failed]
