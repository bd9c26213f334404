"""The bytes of attachments on their way into storage (correspondence contract 4.5, 5.3).

No transaction is open while they flow, and a piece at a time is in memory.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, transaction

from correspondence import attachments, verdicts
from correspondence.attachments import AttachmentView
from correspondence.callers import Party
from correspondence.errors import BusinessError
from correspondence.inputs import NewAttachment
from correspondence.models import Attachment
from correspondence.preparing import Prepared
from correspondence.states import AttachmentStatus
from correspondence.storage.base import PIECE, StorageUnavailable, new_key
from correspondence.storage.configured import storage
from notifications_platform.audit import trail
from notifications_platform.core import clock
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.http import arriving
from notifications_platform.http.arriving import BodyBrokenOff, Input, SenderSilent

log = structlog.get_logger(__name__)

LARGEST_UPLOAD = 50_000_000_000
LONGEST_SILENCE = 30.0
# Of an upload whose process says nothing more. Storage may take its time over a part.
_LEASE = timedelta(minutes=5)
_RENEW_AFTER = timedelta(minutes=1)
_S = AttachmentStatus


@dataclass(slots=True)
class _Measured:
    """What is known of the bytes once all of them have passed."""

    size: int = 0
    md5: str = ""


# --- one attachment (#16) --------------------------------------------------------------------
def upload(
    id: UUID, stream: Input, declared_length: int | None, *, caller: Party, now: datetime
) -> AttachmentView:
    """Take in the body of a request; `declared_length` None where it comes in chunks.

    Raises BusinessError: on the headers, changing nothing, 2001, 2004, 2005, 2003; while it
    flows, after which the attachment is Failed, 2004, 2008, 2002 (502), 2022 (408). Raises
    TooManyBodies (503), changing nothing.
    """
    one = attachments.own(id, caller)
    _check(one, declared_length)
    measured = _Measured()
    began = clock.real()
    arriving_body = arriving.body(
        stream, length=declared_length, silence=LONGEST_SILENCE, caller=caller.urn
    )
    with arriving_body as pieces, _begun(one, caller, now):
        _store(one.storage_key, _kept_alive(one, _counted(pieces, one.checksum, measured)))
    # A large file takes its time, and other things happen meanwhile.
    _complete(one, measured, now + (clock.real() - began))
    return attachments.viewed(one)


def _check(one: Attachment, declared_length: int | None) -> None:
    if declared_length is not None and not 0 < declared_length <= LARGEST_UPLOAD:
        raise _wrong_size()
    if one.status != _S.Initialized:
        raise BusinessError(2005, "Bytes come once. Make a new attachment for another upload.")
    if one.uses.exists():
        raise BusinessError(2003, "A correspondence has the attachment already.")


def _wrong_size() -> BusinessError:
    return BusinessError(2004, f"The body has 1 to {LARGEST_UPLOAD} bytes.")


@contextmanager
def _begun(one: Attachment, caller: Party, now: datetime) -> Iterator[None]:
    """UploadProcessing around the flow; Failed when it does not reach its end."""
    with transaction.atomic():
        _begin(one, caller, now)
    try:
        yield
    except BusinessError as error:
        _fail(one, _CAUSES[error.number], now)
        raise
    except BaseException:
        _fail(one, _CAUSES[2002], now)
        raise


_CAUSES = {
    2002: "The upload failed",
    2004: "The file is empty or too large",
    2008: "Checksum mismatch",
    2022: "The upload was too slow or broke off",
}


def _begin(one: Attachment, caller: Party, now: datetime) -> None:
    key = new_key()
    lease = clock.real() + _LEASE
    begun = attachments.change(
        one, _S.UploadProcessing, now=now, storage_key=key, arriving_until=lease
    )
    if not begun:
        raise BusinessError(2005, "Another upload of this attachment has begun.")
    trail.record(
        "correspondence.attachment.upload",
        "attachment",
        [one.id],
        by=trail.By.client(caller.client_name),
        now=now,
        from_state=_S.Initialized.name,
        to_state=_S.UploadProcessing.name,
    )


def _fail(one: Attachment, cause: str, now: datetime) -> None:
    with transaction.atomic():
        attachments.change(one, _S.Failed, now=now, text=cause, arriving_until=None, remove_at=now)


def _kept_alive(one: Attachment, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The lease moves on while bytes come, however long it takes."""
    renewed = clock.real()
    for piece in pieces:
        real = clock.real()
        if real - renewed > _RENEW_AFTER:
            mine = Attachment.objects.filter(pk=one.pk, storage_key=one.storage_key)
            mine.update(arriving_until=real + _LEASE)
            renewed = real
        yield piece


def _complete(one: Attachment, measured: _Measured, now: datetime) -> None:
    with transaction.atomic():
        arrived = Attachment.objects.filter(
            pk=one.pk, status=one.status, storage_key=one.storage_key
        ).update(
            size=measured.size,
            checksum=measured.md5,
            arriving_until=None,
            scan_at=None if one.malware_scan_bypass else clock.real(),
        )
        if not arrived:
            # Given up meanwhile, by the job that looks after uploads that died.
            raise BusinessError(2002, "The upload took too long between two of its steps.")
        one.size, one.checksum, one.arriving_until = measured.size, measured.md5, None
        if one.malware_scan_bypass:
            verdicts.publish(one, now=now)
        else:
            wake_on_commit("correspondence.scan")


# --- those of a new letter (#2) --------------------------------------------------------------
@contextmanager
def stored(
    entries: Sequence[NewAttachment],
    files: Sequence[IO[bytes]],
    prepared: Prepared,
    *,
    now: datetime,
) -> Iterator[list[Attachment]]:
    """Around the transaction that makes the letter: one attachment for each entry, its bytes
    (the file at the same place) in storage, its row not written yet: `attachments.insert` does
    that. If the body of the `with` fails, the bytes are removed.

    Raises BusinessError: 2008, 2002 (502); nothing is left then.
    """
    made: list[Attachment] = []
    try:
        for entry, file in zip(entries, files, strict=True):
            made.append(_stored(entry, file, prepared, now))
        yield made
    except (OperationalError, InterfaceError):
        # The commit may have come through all the same. If not, the sweep finds the bytes.
        raise
    except BaseException:
        _remove([one.storage_key for one in made])
        raise


def _stored(entry: NewAttachment, file: IO[bytes], prepared: Prepared, now: datetime) -> Attachment:
    one = attachments.unsaved(entry, prepared.resource, prepared.owner, now=now)
    key, measured = new_key(), _Measured()
    _store(key, _counted(iter(lambda: file.read(PIECE), b""), entry.checksum, measured))
    bypass = one.malware_scan_bypass
    status = _S.Published if bypass else _S.UploadProcessing
    one.status, one.status_text = status.value, status.name
    one.storage_key, one.size, one.checksum = key, measured.size, measured.md5
    one.scan_at = None if bypass else clock.real()
    return one


def _remove(keys: Sequence[str]) -> None:
    """What cannot be removed now is found by the sweep: no row names it."""
    for key in keys:
        try:
            storage().remove(key)
        except StorageUnavailable as error:
            log.warning("correspondence.bytes_left", error=str(error))


# --- both ------------------------------------------------------------------------------------
def _counted(pieces: Iterator[bytes], checksum: str, measured: _Measured) -> Iterator[bytes]:
    """Raises BusinessError 2004, 2008 at the end of the flow, so that storage takes nothing."""
    md5 = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        measured.size += len(piece)
        if measured.size > LARGEST_UPLOAD:
            raise _wrong_size()
        md5.update(piece)
        yield piece
    measured.md5 = md5.hexdigest()
    if not measured.size:
        raise _wrong_size()
    if checksum and checksum != measured.md5:
        raise BusinessError(2008, "The bytes do not have the MD5 checksum that was announced.")


def _store(key: str, pieces: Iterator[bytes]) -> None:
    try:
        storage().save(key, pieces)
    except (SenderSilent, BodyBrokenOff) as error:
        raise BusinessError(
            2022, f"Nothing came for {LONGEST_SILENCE:.0f} seconds, or the body broke off."
        ) from error
    except StorageUnavailable as error:
        log.warning("correspondence.storage_failed", error=str(error))
        raise BusinessError(2002, "The bytes could not be stored.") from error
