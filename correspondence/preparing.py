"""What initialize asks of registers and tables before it writes anything: the checks of the
contract in their order, of which the first rule broken answers (correspondence contract 4.3).

No transaction may be open: registers may be far away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from correspondence import rules
from correspondence.callers import ORGANIZATION_URN, PERSON_URN, Party
from correspondence.errors import BusinessError
from correspondence.inputs import NewLetter
from correspondence.models import Attachment, IdempotencyKey
from correspondence.notifications import check_lengths
from correspondence.states import AttachmentStatus
from correspondence.texts import RECIPIENT_NAME, with_name
from correspondence.wording import Own, Shared, Wording
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import (
    Person,
    RegisterUnavailable,
    Resource,
    ServiceOwner,
)
from notifications_platform.registers.service_owners import by_org

log = structlog.get_logger(__name__)

_EXPIRES_TOO_SOON = timedelta(hours=6)
_MOST_FORWARDED = 10_000_000
_ROLES = frozenset(
    {
        "daglig-leder",
        "styreleder",
        "innehaver",
        "bestyrende-reder",
        "deltaker-delt-ansvar",
        "deltaker-fullt-ansvar",
        "komplementar",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient as the register has it."""

    urn: str
    name: str
    reserved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """All that is known of a sound request."""

    new: NewLetter
    resource: Resource
    owner: ServiceOwner
    recipients: Sequence[Recipient]
    existing: Sequence[Attachment]
    wording: Wording | None


def prepare(
    new: NewLetter, *, file_sizes: Sequence[int] | None, caller: Party, now: datetime
) -> Prepared:
    """Raises BusinessError for the first rule broken, and at last ShapeError for texts that are
    too long once they are filled in. `file_sizes` of the uploaded files, in the
    order of `new.content.attachments`.
    """
    _check_key(new, caller)
    resource, owner = find_resource(new.resource_id, caller=caller)
    _check_resource(new, resource)
    recipients = _recipients(new)
    _check_confidential(new)
    rules.check_confirmation(new)
    _check_reservation(new, recipients)
    rules.check_dates(new, now=now)
    rules.check_content(new)
    existing = _existing(new, owner)
    total = sum(file_sizes or ()) + sum(one.size or 0 for one in existing)
    if new.allow_forwarding and total > _MOST_FORWARDED:
        raise BusinessError(1069, "Files of a letter that may be forwarded total 10 MB at most.")
    rules.check_new_attachments(new, file_sizes)
    _check_expiry(existing, now)
    rules.check_reply_options(new)
    _check_names(new, recipients)
    rules.check_notification(new)
    return Prepared(
        new=new,
        resource=resource,
        owner=owner,
        recipients=recipients,
        existing=existing,
        wording=_wording(new, resource, owner, recipients),
    )


def _check_key(new: NewLetter, caller: Party) -> None:
    if new.idempotent_key is None:
        return
    if len(new.recipients) > 1:
        raise BusinessError(1047, "An idempotentKey is for one recipient; leave it out for several")
    if used := IdempotencyKey.objects.filter(pk=new.idempotent_key).first():
        raise key_used(used, caller)


def key_used(used: IdempotencyKey, caller: Party) -> BusinessError:
    """The sender learns which letter has it."""
    detail = "The idempotentKey has been used. Every letter needs a key of its own."
    if used.sender == caller.urn:
        return BusinessError(1034, detail, correspondenceId=str(used.correspondence_id))
    return BusinessError(1034, detail)


def find_resource(resource_id: str, *, caller: Party) -> tuple[Resource, ServiceOwner]:
    """The resource with its owner, who must be the caller: 1036, 2000, 4001."""
    try:
        found = configured.resources().lookup([resource_id])
    except RegisterUnavailable as error:
        raise BusinessError(2000, "The resource register does not answer. Try again.") from error
    resource = found.get(resource_id)
    owner = by_org(resource.service_owner) if resource else None
    if resource is None or owner is None:
        raise BusinessError(1036, "The resource register does not know the resourceId.")
    if owner.organization_number != caller.organization_number or caller.pid:
        raise BusinessError(4001, "Only the resource's own service owner may send under it.")
    return resource, owner


def _check_resource(new: NewLetter, resource: Resource) -> None:
    if resource.type != "CorrespondenceService":
        raise BusinessError(4010, "The resource is not a CorrespondenceService.")
    if resource.confidential and not new.is_confidential:
        raise BusinessError(1060, "The resource is confidential: isConfidential must be true.")
    if new.is_confidential and not resource.confidential:
        raise BusinessError(1061, "The resource is not confidential: leave isConfidential out.")
    if new.allow_forwarding and resource.minimum_authentication_level > 0:
        raise BusinessError(1068, "The resource demands a login level: nothing may be forwarded.")


def _recipients(new: NewLetter) -> list[Recipient]:
    """In request order, each known to its register."""
    if len(set(new.recipients)) < len(new.recipients):
        raise BusinessError(1006, "Every recipient may be listed once only.")
    found = _look_up(new.recipients, ignore_reservation=bool(new.ignore_reservation))
    missing = [urn for urn in new.recipients if urn not in found]
    if missing:
        listed = ", ".join(f"number {new.recipients.index(urn) + 1}" for urn in missing)
        raise BusinessError(1029, f"Recipients not in the register: {listed} of the list.")
    return [found[urn] for urn in new.recipients]


def _look_up(urns: Sequence[str], *, ignore_reservation: bool) -> Mapping[str, Recipient]:
    numbers = [urn.removeprefix(ORGANIZATION_URN) for urn in urns if ORGANIZATION_URN in urn]
    pids = [urn.removeprefix(PERSON_URN) for urn in urns if PERSON_URN in urn]
    try:
        organizations = configured.organizations().lookup(numbers) if numbers else {}
        persons = _persons(pids, ignore_reservation=ignore_reservation)
    except RegisterUnavailable as error:
        raise _unavailable() from error
    found = {
        ORGANIZATION_URN + number: Recipient(urn=ORGANIZATION_URN + number, name=one.name)
        for number, one in organizations.items()
    }
    for pid, person in persons.items():
        urn = PERSON_URN + pid
        found[urn] = Recipient(urn=urn, name=person.name, reserved=person.reserved)
    return found


def _persons(pids: Sequence[str], *, ignore_reservation: bool) -> Mapping[str, Person]:
    """Where nobody's reservation matters, their register is not waited for: it is asked again
    before anything is published. Raises RegisterUnavailable.
    """
    if not pids:
        return {}
    try:
        return configured.persons().lookup(pids)
    except RegisterUnavailable:
        if not ignore_reservation:
            raise
        log.warning("correspondence.persons_unavailable", recipients=len(pids))
        return {pid: Person(national_identity_number=pid) for pid in pids}


def _unavailable() -> BusinessError:
    return BusinessError(1032, "A register of recipients does not answer. Try again.")


def _check_confidential(new: NewLetter) -> None:
    """Each organisation needs a holder of one of the roles that answer for it."""
    if not new.is_confidential:
        return
    numbers = [
        urn.removeprefix(ORGANIZATION_URN) for urn in new.recipients if ORGANIZATION_URN in urn
    ]
    try:
        held = configured.roles().lookup(numbers)
    except RegisterUnavailable as error:
        raise _unavailable() from error
    for number in numbers:
        if not any(role.role in _ROLES for role in held.get(number, ())):
            raise BusinessError(
                1044, "An organisation has nobody in a role that may read confidential letters."
            )


def _check_reservation(new: NewLetter, recipients: Sequence[Recipient]) -> None:
    if len(recipients) == 1 and recipients[0].reserved and not new.ignore_reservation:
        raise BusinessError(1030, "The recipient is reserved against digital letters.")


def _existing(new: NewLetter, owner: ServiceOwner) -> list[Attachment]:
    ids = list(dict.fromkeys(new.existing_attachments))
    found: dict[UUID, Attachment] = Attachment.objects.in_bulk(ids)
    sender = ORGANIZATION_URN + owner.organization_number
    if any(one.sender != sender for one in found.values()):
        raise BusinessError(1017, "An existing attachment belongs to another sender.")
    if len(found) < len(ids):
        raise BusinessError(1007, "An existing attachment is not known.")
    if len(ids) + len(new.content.attachments) > rules.MOST_ATTACHMENTS:
        raise BusinessError(1038, "A letter has 100 attachments at most.")
    if any(one.status != AttachmentStatus.Published for one in found.values()):
        raise BusinessError(1018, "An existing attachment is not published.")
    return [found[id] for id in ids]


def _check_expiry(existing: Sequence[Attachment], now: datetime) -> None:
    """One whose every use ends within six hours may be gone before this letter is read."""
    for one in existing:
        if one.expires_at is not None and one.expires_at < now + _EXPIRES_TOO_SOON:
            raise BusinessError(1055, "An existing attachment expires within six hours.")


def _check_names(new: NewLetter, recipients: Sequence[Recipient]) -> None:
    content = new.content
    if not any(RECIPIENT_NAME in text for text in (content.title, content.summary, content.body)):
        return
    if not all(one.name for one in recipients):
        raise BusinessError(1029, f"{RECIPIENT_NAME}: a recipient has no name in the register.")
    rules.check_filled_in(content, [one.name for one in recipients])


def _wording(
    new: NewLetter, resource: Resource, owner: ServiceOwner, recipients: Sequence[Recipient]
) -> Wording | None:
    if new.notification is None:
        return None
    title = new.content.title
    shared = Shared(
        language=new.content.language,
        senders_name=new.message_sender or owner.name,
        resource_name=resource.title(new.content.language) or resource.resource_id,
        title=None if RECIPIENT_NAME in title else title,
    )
    wording = Wording(new.notification, shared)
    owns = [Own(name=one.name, title=with_name(title, one.name)) for one in recipients]
    check_lengths(new.notification, wording, owns)
    return wording
