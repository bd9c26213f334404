"""Whom an order reaches: what the registers say about its recipients (orders contract 7.3).

Identities are looked up in batches, never one by one. Every look-up may raise
RegisterUnavailable: a register that is down is not "not found".
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

import isodate

from notifications_platform.core.addresses import to_e164
from notifications_platform.core.windows import OSLO
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import (
    AccessQuestion,
    ContactPoint,
    Organization,
    Person,
)
from orders.states import NotificationChannel

# In wire words: nationalIdentityNumber, organizationNumber, emailAddress, mobileNumber.
Recipient = Mapping[str, str]
Alive = Callable[[], object]

BATCH = 500
_FRESH_FOR = isodate.parse_duration("P18M")
_RESOURCE_PREFIX = "urn:altinn:resource:"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses that are judged together when a channel is preferred."""

    emails: tuple[str, ...] = ()
    mobiles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """What the registers know of one person or organisation. `groups`: the official addresses
    first, then each user-registered contact point on its own.
    """

    name: str = ""
    number: str = ""
    reserved: bool = False
    groups: tuple[Addresses, ...] = ()

    def has_address_for(self, channel: NotificationChannel) -> bool:
        return any(
            (channel.can_email and group.emails) or (channel.can_sms and group.mobiles)
            for group in self.groups
        )


UNKNOWN = Identified()


@dataclass(frozen=True, slots=True)
class Known:
    """The answers of one look-up, by number."""

    persons: Mapping[str, Identified] = field(default_factory=dict)
    organizations: Mapping[str, Identified] = field(default_factory=dict)

    def of(self, recipient: Recipient) -> Identified:
        if number := recipient.get("nationalIdentityNumber"):
            return self.persons.get(number, UNKNOWN)
        return self.organizations.get(recipient.get("organizationNumber", ""), UNKNOWN)


def is_direct(recipient: Recipient, channel: NotificationChannel) -> bool:
    """Whether it carries an address of a kind the channel can use."""
    return bool(
        (channel.can_email and recipient.get("emailAddress"))
        or (channel.can_sms and recipient.get("mobileNumber"))
    )


def needing_lookup(
    recipients: Iterable[Recipient], channel: NotificationChannel
) -> Iterator[Recipient]:
    return (recipient for recipient in recipients if not is_direct(recipient, channel))


def look_up(
    recipients: Iterable[Recipient], *, now: datetime, alive: Alive = lambda: None
) -> Known:
    """Persons and organisations with their official addresses. `alive` is called before each
    question, since many of them may take long. Raises RegisterUnavailable.
    """
    persons: set[str] = set()
    organizations: set[str] = set()
    for recipient in recipients:
        if number := recipient.get("nationalIdentityNumber"):
            persons.add(number)
        elif number := recipient.get("organizationNumber"):
            organizations.add(number)
    if not (persons or organizations):
        return Known()
    fresh_since = _fresh_since(now)
    return Known(
        persons={
            number: _person(person, fresh_since)
            for batch in _batches(persons, alive)
            for number, person in configured.persons().lookup(batch).items()
        },
        organizations={
            number: _organization(organization)
            for batch in _batches(organizations, alive)
            for number, organization in configured.organizations().lookup(batch).items()
        },
    )


def add_contact_points(
    known: Known, *, resource_id: str, action: str, alive: Alive = lambda: None
) -> Known:
    """With the user-registered contact points that `resource_id` opens (orders contract 7.3):
    no filter or this resource in it, and its owner has access. Raises RegisterUnavailable.
    """
    resource = bare_resource(resource_id)
    points = {
        number: [point for point in found if _is_for(point, resource)]
        for batch in _batches(known.organizations, alive)
        for number, found in configured.contact_points().lookup(batch).items()
    }
    questions = {
        _question(point, number, resource, action)
        for number, found in points.items()
        for point in found
    }
    granted: set[AccessQuestion] = set()
    for asked in _batches(questions, alive):
        granted |= configured.access().granted(asked)
    organizations = dict(known.organizations)
    for number, found in points.items():
        allowed = tuple(
            _addresses([point.email], [point.mobile_number])
            for point in found
            if _question(point, number, resource, action) in granted
        )
        official = organizations[number]
        organizations[number] = Identified(
            name=official.name, number=official.number, groups=official.groups + allowed
        )
    return Known(known.persons, organizations)


def bare_resource(resource_id: str) -> str:
    """Blanks around and the URN prefix are no part of a resource's name."""
    return resource_id.strip().removeprefix(_RESOURCE_PREFIX)


def _question(point: ContactPoint, number: str, resource: str, action: str) -> AccessQuestion:
    return AccessQuestion(
        national_identity_number=point.national_identity_number,
        organization_number=number,
        resource_id=resource,
        action=action,
    )


def _is_for(point: ContactPoint, resource: str) -> bool:
    return not point.resources or resource in map(bare_resource, point.resources)


def _person(person: Person, fresh_since: date) -> Identified:
    stale = person.contact_confirmed is not None and person.contact_confirmed < fresh_since
    addresses = Addresses() if stale else _addresses([person.email], [person.mobile_number])
    # A person's number is never inserted into a text: the keyword becomes empty.
    return Identified(name=person.name, reserved=person.reserved, groups=(addresses,))


def _organization(organization: Organization) -> Identified:
    official = _addresses(organization.email_addresses, organization.mobile_numbers)
    return Identified(
        name=organization.name, number=organization.organization_number, groups=(official,)
    )


def _addresses(emails: Iterable[str], mobiles: Iterable[str]) -> Addresses:
    return Addresses(
        emails=tuple(email for email in emails if email),
        mobiles=tuple(number for mobile in mobiles if mobile and (number := to_e164(mobile))),
    )


def _fresh_since(now: datetime) -> date:
    day: date = now.astimezone(OSLO).date() - _FRESH_FOR
    return day


def _batches(items: Collection[Any], alive: Alive) -> Iterator[list[Any]]:
    rest = iter(sorted(items, key=repr))
    while batch := list(islice(rest, BATCH)):
        alive()
        yield batch
