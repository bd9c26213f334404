"""Attachments of a sender: made known, looked at, purged (correspondence contract 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from correspondence import disuse, events, rules
from correspondence.callers import ORGANIZATION_URN, Party
from correspondence.errors import BusinessError
from correspondence.events import Happened
from correspondence.file_names import check_file_name, file_type
from correspondence.inputs import NewAttachment
from correspondence.models import (
    Attachment,
    AttachmentStatusEntry,
    Correspondence,
    LetterAttachment,
)
from correspondence.preparing import find_resource
from correspondence.states import AttachmentStatus
from notifications_platform.audit import trail
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.registers.lookup import Resource, ServiceOwner

# A brochure may go out with every letter.
MOST_USES_SHOWN = 1000
_S = AttachmentStatus
_TYPES = frozenset({"CorrespondenceService", "GenericAccessResource"})
_GONE = {
    _S.Purged: (2006, gettext_noop("The attachment has been deleted before.")),
    _S.Expired: (2018, gettext_noop("The attachment has expired: its bytes are gone already.")),
    _S.UploadProcessing: (
        2005,
        gettext_noop("The attachment is being looked through. Try again in a moment."),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """An attachment with what lies around it. `history` is empty unless it was asked for;
    `correspondence_ids` are the newest that use it, oldest of them first.
    """

    attachment: Attachment
    correspondence_ids: Sequence[UUID]
    data_type: str
    history: Sequence[AttachmentStatusEntry] = ()


def initialize_attachment(new: NewAttachment, *, caller: Party, now: datetime) -> UUID:
    """Raises BusinessError: 1036, 2000, 4001, 4009, 2010 to 2013, 2021, 2017."""
    resource, owner = find_resource(new.resource_id, caller=caller)
    if resource.type not in _TYPES:
        raise BusinessError(4009, f"The resource must be one of {', '.join(sorted(_TYPES))}.")
    check_file_name(new.file_name)
    rules.check_expiration(new)
    one = unsaved(new, resource, owner, now=now)
    with transaction.atomic():
        one.save(force_insert=True)
        note(one, now=now)
        trail.record(
            "correspondence.attachment.initialize",
            "attachment",
            [one.id],
            by=trail.By.client(caller.client_name),
            now=now,
        )
        events.store([happened("attachmentinitialized", one)], now=now)
    return one.id


def unsaved(
    new: NewAttachment, resource: Resource, owner: ServiceOwner, *, now: datetime
) -> Attachment:
    """As it is before a byte of it has come."""
    return Attachment(
        resource_id=resource.resource_id,
        service_owner=owner.org,
        sender=ORGANIZATION_URN + owner.organization_number,
        file_name=new.file_name,
        display_name=new.display_name,
        senders_reference=new.senders_reference,
        is_encrypted=new.is_encrypted,
        checksum=new.checksum,
        expiration_in_days=new.expiration_in_days,
        malware_scan_bypass=resource.malware_scan_bypass,
        status=_S.Initialized.value,
        status_text=_S.Initialized.name,
        status_changed=now,
        created_at=now,
    )


def insert(made: Sequence[Attachment], *, now: datetime) -> list[Happened]:
    """The rows and histories of those that came with a letter, in the caller's transaction;
    what is to be told of them.
    """
    Attachment.objects.bulk_create(made)
    AttachmentStatusEntry.objects.bulk_create(
        AttachmentStatusEntry(attachment=one, status=status.value, text=status.name, at=now)
        for one in made
        for status in (_S.Initialized, _S.UploadProcessing, _S.Published)
        if status.value <= one.status
    )
    if any(one.scan_at for one in made):
        wake_on_commit("correspondence.scan")
    return [happened("attachmentpublished", one) for one in made if one.status == _S.Published]


def own(id: UUID, caller: Party) -> Attachment:
    """Raises BusinessError 2001 for those of others as for unknown ones."""
    one = Attachment.objects.filter(pk=id, sender=caller.urn).first()
    if one is None:
        raise not_found()
    return one


def not_found() -> BusinessError:
    return BusinessError(2001, "There is no such attachment, or you may not see it.")


def view(id: UUID, *, caller: Party, with_history: bool = False) -> AttachmentView:
    """Raises BusinessError 2001."""
    return viewed(own(id, caller), with_history=with_history)


def viewed(one: Attachment, *, with_history: bool = False) -> AttachmentView:
    kind = file_type(one.file_name)
    return AttachmentView(
        attachment=one,
        correspondence_ids=_newest_uses(one),
        data_type=kind.data_type if kind else "application/octet-stream",
        history=list(one.history.order_by("id")) if with_history else (),
    )


def _newest_uses(one: Attachment) -> list[UUID]:
    newest = one.uses.order_by("-letter_id").values("letter_id")[:MOST_USES_SHOWN]
    using = Correspondence.objects.filter(letter_id__in=newest).order_by("-letter_id", "-id")
    return sorted(using.values_list("id", flat=True)[:MOST_USES_SHOWN])


def purge_attachment(id: UUID, *, caller: Party, now: datetime) -> None:
    """Raises BusinessError: 2001, 2006, 2018, 2007."""
    with transaction.atomic():
        one = _locked(id)
        if one is None or one.sender != caller.urn:
            raise not_found()
        _purge(one, by=trail.By.client(caller.client_name), now=now)


def purge_by_staff(id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Staff act for the sender, by the sender's rule. Raises BusinessError as above."""
    with transaction.atomic():
        one = _locked(id)
        if one is None:
            raise not_found()
        _purge(one, by=trail.By.staff(user), now=now, reason=reason)


def refusal_to_purge(one: Attachment, *, used: bool) -> BusinessError | None:
    """Why its sender cannot purge it just now; `used`: whether a letter has it."""
    if gone := _GONE.get(_S(one.status)):
        return BusinessError(*gone)
    if used:
        return BusinessError(
            2007, gettext_noop("A correspondence has the attachment: it goes with that.")
        )
    return None


def used_among(some: Sequence[Attachment]) -> set[UUID]:
    """Those of them that a letter has."""
    uses = LetterAttachment.objects.filter(attachment__in=[one.pk for one in some])
    return set(uses.values_list("attachment_id", flat=True))


def _locked(id: UUID) -> Attachment | None:
    return Attachment.objects.select_for_update(no_key=True).filter(pk=id).first()


def _purge(one: Attachment, *, by: trail.By, now: datetime, reason: str = "") -> None:
    """`one` is locked."""
    before = _S(one.status)
    if refusal := refusal_to_purge(one, used=one.uses.exists()):
        raise refusal
    disuse.purge([one], now=now)
    trail.record(
        "correspondence.attachment.purge",
        "attachment",
        [one.id],
        by=by,
        now=now,
        from_state=before.name,
        to_state=_S.Purged.name,
        reason=reason,
    )


def change(
    one: Attachment,
    to: AttachmentStatus,
    *,
    now: datetime,
    text: str = "",
    **fields: object,
) -> bool:
    """With its line of history, unless somebody has changed it meanwhile: then False. In the
    caller's transaction.
    """
    written = {
        "status": to.value,
        "status_text": text or to.name,
        "status_changed": now,
        **fields,
    }
    unchanged = Attachment.objects.filter(pk=one.pk, status=one.status, storage_key=one.storage_key)
    if not unchanged.update(**written):
        return False
    for name, value in written.items():
        setattr(one, name, value)
    note(one, now=now)
    if "remove_at" in fields:
        wake_on_commit("correspondence.remove")
    return True


def note(one: Attachment, *, now: datetime) -> None:
    """The line of history that its current status makes."""
    AttachmentStatusEntry.objects.create(
        attachment=one, status=one.status, text=one.status_text, at=now
    )


def happened(type: str, one: Attachment) -> Happened:
    return Happened(
        type=type,
        about="attachment",
        instance=one.id,
        resource_id=one.resource_id,
        subject=one.sender,
        service_owner=one.service_owner,
    )
