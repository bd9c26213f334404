"""Attachments of the tests, made through the services."""

import io
from typing import Any
from uuid import UUID

from correspondence import attachments, expiring, preparing, uploading, verdicts
from correspondence.callers import ORGANIZATION_URN, PERSON_URN, Party
from correspondence.initialize import Answer, initialize
from correspondence.inputs import NewAttachment, NewContent, NewLetter
from correspondence.models import Attachment, Correspondence, Event
from correspondence.storage import configured
from notifications_platform.core import clock

TTD = Party(f"{ORGANIZATION_URN}991825827", "ttd", "991825827", may_write=True)
DIGDIR = Party(f"{ORGANIZATION_URN}310131172", "digdir", "310131172", may_write=True)
KARI = Party(f"{PERSON_URN}05909803219", "kari", pid="05909803219", may_read=True)
ALT = Party(f"{ORGANIZATION_URN}310131075", "alt", "310131075", may_read=True)


def new_attachment(**changes: Any) -> NewAttachment:
    return NewAttachment(
        **{
            "file_name": "a.pdf",
            "senders_reference": "1",
            "resource_id": "ttd-letters",
            **changes,
        }
    )


def made(**changes: Any) -> Attachment:
    id = attachments.initialize_attachment(new_attachment(**changes), caller=TTD, now=clock.now())
    return Attachment.objects.get(pk=id)


def upload(id: UUID, content: bytes, length: int | None = -1) -> Attachment:
    declared = len(content) if length == -1 else length
    seen = uploading.upload(id, io.BytesIO(content), declared, caller=TTD, now=clock.now())
    return seen.attachment


def uploaded(content: bytes = b"hello", **changes: Any) -> Attachment:
    return upload(made(**changes).id, content)


def scanned(content: bytes = b"hello", **changes: Any) -> Attachment:
    one = uploaded(content, **changes)
    while verdicts.scan_next(now=clock.now()):
        pass
    one.refresh_from_db()
    return one


def new_letter(
    *new: NewAttachment, recipients: tuple[str, ...] = (ALT.urn,), **changes: Any
) -> NewLetter:
    return NewLetter(
        **{
            "resource_id": "ttd-letters",
            "senders_reference": "2031/77",
            "content": NewContent(language="en", title="T", body="B", attachments=new),
            "recipients": recipients,
            **changes,
        }
    )


def send(new: NewLetter, *files: bytes) -> Answer:
    """As the view of a letter with files does it."""
    now = clock.now()
    prepared = preparing.prepare(new, file_sizes=[len(one) for one in files], caller=TTD, now=now)
    entries = new.content.attachments
    with uploading.stored(entries, [io.BytesIO(one) for one in files], prepared, now=now) as ready:
        return initialize(prepared, ready, caller=TTD, now=now)


def history(one: Attachment) -> list[str]:
    return list(one.history.order_by("id").values_list("text", flat=True))


def told(instance: UUID) -> list[str]:
    rows = Event.objects.filter(resource_instance=instance).order_by("id")
    return list(rows.values_list("type", flat=True))


def letter_of(answer: Answer) -> Correspondence:
    return Correspondence.objects.get(pk=answer.correspondences[0].correspondence_id)


def keys() -> set[str]:
    """All that lies in storage."""
    later = clock.real() + expiring._ORPHANED_AFTER
    return set(configured.storage().keys(before=later))
