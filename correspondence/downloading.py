"""The bytes of attachments on their way out (correspondence contract 5.3, 7.2)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from correspondence import access, attachments
from correspondence.callers import Party
from correspondence.errors import BusinessError
from correspondence.models import Attachment, Correspondence, LetterAttachment
from correspondence.states import AttachmentStatus
from correspondence.storage.base import NotStored, StorageUnavailable, Stored
from correspondence.storage.configured import storage

log = structlog.get_logger(__name__)

_S = AttachmentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """`stored` is to be read to its end and closed; `size` in bytes."""

    attachment: Attachment
    stored: Stored
    size: int


def open_for_sender(id: UUID, *, caller: Party) -> Download:
    """Raises BusinessError: 2001 (also before there are bytes, and when they were refused),
    2019, 2020, 2016, 2002 (502).
    """
    one = attachments.own(id, caller)
    _check_there(one)
    published = Correspondence.objects.filter(
        letter__attachments__attachment=one, published__isnull=False
    )
    if published.exists():
        raise BusinessError(2016, "A published correspondence has it: it is the recipient's now.")
    return _opened(one)


def open_for_recipient(
    one: Correspondence, attachment_id: UUID, *, caller: Party, now: datetime
) -> Download:
    """Of a correspondence that is available to the caller, which was judged before; the
    attachment's own resource is judged here. Raises BusinessError: 2001, 2019, 2020, 2002 (502).
    """
    use = (
        LetterAttachment.objects.filter(letter=one.letter_id, attachment=attachment_id)
        .select_related("attachment")
        .first()
    )
    if use is None or not may_read(use, one, caller):
        raise attachments.not_found()
    return open_use(use, now=now)


def may_read(use: LetterAttachment, one: Correspondence, caller: Party) -> bool:
    """Whether the caller, who reads the letter, also reads what is under the attachment's
    resource.
    """
    resource = use.attachment.resource_id
    return resource == one.resource_id or access.receives(one.recipient, resource, caller)


def open_use(use: LetterAttachment, *, now: datetime) -> Download:
    """`use.attachment` is loaded. Raises BusinessError: 2019, 2020, 2001, 2002 (502)."""
    _check_there(use.attachment)
    if use.expiration_time is not None and use.expiration_time <= now:
        raise _expired()
    return _opened(use.attachment)


def _check_there(one: Attachment) -> None:
    if one.status == _S.Purged:
        raise BusinessError(2019, "The attachment has been deleted.")
    if one.status == _S.Expired:
        raise _expired()
    if one.status == _S.Failed or one.size is None:
        raise attachments.not_found()


def _expired() -> BusinessError:
    return BusinessError(2020, "The attachment has expired.")


def _opened(one: Attachment) -> Download:
    try:
        opened = storage().open(one.storage_key)
    except NotStored as error:
        one.refresh_from_db()
        _check_there(one)  # it may just have been deleted
        log.exception("correspondence.bytes_missing", attachment=str(one.id))
        raise BusinessError(2002, "The storage does not have the file.") from error
    except StorageUnavailable as error:
        raise BusinessError(2002, "The storage does not answer. Try again.") from error
    return Download(attachment=one, stored=opened, size=one.size or 0)
