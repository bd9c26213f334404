"""Attachments whose time is over, and bytes that nobody needs (correspondence contract 5.4).

Every job here may run any number of times at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog
from django.db import transaction

from correspondence import attachments, batches, events, history
from correspondence.models import Attachment
from correspondence.states import AttachmentStatus
from correspondence.storage.base import StorageUnavailable
from correspondence.storage.configured import storage
from notifications_platform.core import clock
from notifications_platform.core.jobs import wake_on_commit

log = structlog.get_logger(__name__)

BATCH = 200
_S = AttachmentStatus
_TRY_AGAIN_AFTER = timedelta(minutes=1)
# Bytes are stored before the row that names them is.
_ORPHANED_AFTER = timedelta(days=1)


def expire(*, now: datetime) -> int:
    """Up to a batch of those whose time is over; how many were handled. One that waits for its
    scan expires after that.
    """
    due = Attachment.objects.filter(expires_at__lte=now, status=_S.Published.value)
    return batches.handle(
        list(due.order_by("expires_at").values_list("id", flat=True)[:BATCH]),
        lambda ids: _expire(ids, now),
        put_off=lambda id: due.filter(pk=id).update(expires_at=now + _TRY_AGAIN_AFTER),
    )


def _expire(ids: Sequence[UUID], now: datetime) -> int:
    with transaction.atomic():
        over = list(
            Attachment.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in=ids, expires_at__lte=now, status=_S.Published.value)
            .order_by("id")
        )
        history.add_to_attachments(
            over, _S.Expired, now=now, text="expired", expires_at=None, remove_at=now
        )
        wake_on_commit("correspondence.remove")
        events.store((attachments.happened("attachmentexpired", one) for one in over), now=now)
    return len(over)


def give_up_uploads(*, now: datetime) -> int:
    """Those whose process died are Failed: bytes come once."""
    with transaction.atomic():
        dead = list(
            Attachment.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(arriving_until__lte=clock.real(), status=_S.UploadProcessing.value)
            .order_by("arriving_until")[:BATCH]
        )
        history.add_to_attachments(
            dead,
            _S.Failed,
            now=now,
            text="The upload broke off",
            arriving_until=None,
            remove_at=now,
        )
        if dead:
            wake_on_commit("correspondence.remove")
    return len(dead)


def remove_bytes(*, now: datetime) -> int:
    """Of up to a batch of attachments that are purged, expired or failed; how many were
    removed. The oldest first, whatever the clock says: it may have been set back since.
    """
    due = Attachment.objects.filter(remove_at__isnull=False).order_by("remove_at")
    return sum(_remove(one, now) for one in due[:BATCH])


def _remove(one: Attachment, now: datetime) -> bool:
    mine = Attachment.objects.filter(pk=one.pk, storage_key=one.storage_key)
    try:
        if one.storage_key:
            storage().remove(one.storage_key)
    except StorageUnavailable as error:
        log.warning("correspondence.removal_put_off", attachment=str(one.pk), error=error.detail)
        mine.update(remove_at=max(now, one.remove_at or now) + _TRY_AGAIN_AFTER)
        return False
    mine.update(storage_key="", remove_at=None)
    return True


def remove_orphans() -> int:
    """Bytes that no row names, and what died while it was being stored; how many there were."""
    before = clock.real() - _ORPHANED_AFTER
    removed = storage().discard_unfinished(before=before)
    everything = storage().keys(before=before)
    while keys := list(islice(everything, BATCH)):
        named = Attachment.objects.filter(storage_key__in=keys)
        for key in set(keys) - set(named.values_list("storage_key", flat=True)):
            storage().remove(key)
            removed += 1
    return removed
