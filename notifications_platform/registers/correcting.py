"""Correcting one address in the platform's own tables, where staff have learnt a better one.

Only what stands there as it was used is replaced: whoever corrected it meanwhile is not undone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError
from notifications_platform.core.numbers import register_mobile_number
from notifications_platform.core.windows import OSLO
from notifications_platform.registers.models import Organization, Person, UserContactPoint
from notifications_platform.registers.subjects import Subject


class NotInRegister(DomainError):
    code = "address_not_in_register"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """`old` is the address as it was used, empty where none was found."""

    channel: Literal["email", "sms"]
    old: str
    new: str

    def replaces(self, written: str) -> bool:
        """Whether this is how a register writes the old one."""
        if self.channel == "email":
            return written.strip().casefold() == self.old.strip().casefold()
        return register_mobile_number(written) == self.old


def can_correct(subject: Subject | None, correction: Correction) -> bool:
    """Whether the platform's own tables, and no national service, hold the old address."""
    if subject is None or _is_elsewhere(subject):
        return False
    return _find(subject, correction) is not None


def correct(
    subject: Subject, correction: Correction, *, user: str, reason: str, now: datetime
) -> None:
    """In the caller's transaction. The trail names the field, not what it holds. Raises
    NotInRegister, with nothing changed.
    """
    with transaction.atomic():
        found = None if _is_elsewhere(subject) else _find(subject, correction, lock=True)
        if found is None:
            raise NotInRegister(
                gettext_noop("The register does not hold the address that failed any more.")
            )
        field = found.write(correction.new, now.astimezone(OSLO).date())
        trail.record(
            "registers.correct_address",
            subject.kind,
            [found.record_id],
            by=trail.By.staff(user),
            now=now,
            reason=reason,
            detail={"fields": [field]},
        )


@dataclass(frozen=True, slots=True)
class _Found:
    """Where the old address stands; `write` puts the new one there, and names the field."""

    record_id: int
    write: Callable[[str, date], str]


def _is_elsewhere(subject: Subject) -> bool:
    return bool(settings.PERSONS_URL if subject.kind == "person" else settings.ORGANIZATIONS_URL)


def _find(subject: Subject, correction: Correction, *, lock: bool = False) -> _Found | None:
    if subject.kind == "person":
        return _of_person(subject.number, correction, lock=lock)
    return _of_organization(subject.number, correction, lock=lock)


def _of_person(number: str, correction: Correction, *, lock: bool) -> _Found | None:
    rows = Person.objects.filter(national_identity_number=number)
    person = (rows.select_for_update() if lock else rows).first()
    field = _FIELDS[correction.channel]
    if person is None or not correction.replaces(getattr(person, field)):
        return None

    def write(new: str, today: date) -> str:
        setattr(person, field, new)
        person.contact_confirmed = today
        person.save(update_fields=[field, "contact_confirmed"])
        return field

    return _Found(person.pk, write)


def _of_organization(number: str, correction: Correction, *, lock: bool) -> _Found | None:
    rows = Organization.objects.filter(organization_number=number)
    organization = (rows.select_for_update() if lock else rows).first()
    if organization is None:
        return None
    field = _LISTS[correction.channel]
    official: list[str] = getattr(organization, field)
    at = next((at for at, one in enumerate(official) if correction.replaces(one)), None)
    if at is None and (correction.old or official):
        return _of_contact_point(organization, correction)

    def write(new: str, _today: date) -> str:
        changed = [*official, new] if at is None else [*official[:at], new, *official[at + 1 :]]
        setattr(organization, field, changed)
        organization.save(update_fields=[field])
        return field

    return _Found(organization.pk, write)


def _of_contact_point(organization: Organization, correction: Correction) -> _Found | None:
    """Its organisation's record is locked with it."""
    field = _FIELDS[correction.channel]
    points: Any = UserContactPoint.objects.filter(organization=organization).order_by("pk")
    point = next((one for one in points if correction.replaces(getattr(one, field))), None)
    if point is None or not correction.old:
        return None

    def write(new: str, _today: date) -> str:
        setattr(point, field, new)
        point.save(update_fields=[field])
        return f"contact point: {field}"

    return _Found(organization.pk, write)


_FIELDS = {"email": "email", "sms": "mobile_number"}
_LISTS = {"email": "email_addresses", "sms": "mobile_numbers"}
