"""What the search box finds in the registers: whose a number or an address is."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet, UUIDField, Value
from django.db.models.functions import MD5, Cast, Lower
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.searching.finders import (
    Find,
    Finder,
    Found,
    Group,
    Hit,
    Text,
    name_by,
    register,
)
from notifications_platform.back_office.searching.keysets import newest_of_few_ids
from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.core.numbers import register_mobile_number
from notifications_platform.registers.lookup import (
    canonical_external_identity,
    plain_resource_id,
)
from notifications_platform.registers.models import (
    DIGITS,
    EMAIL,
    LAST_DIGITS,
    ExternalIdentity,
    Organization,
    Person,
    Resource,
    ServiceOwner,
    UserContactPoint,
)

_PERSON = _("{name}, a person in the register")
_RESERVED = _("{name}, a person in the register, reserved against electronic messages")
_ORGANIZATION = _("{name}, an organisation in the register")
_SERVICE_OWNER = _("{name}, a service owner")
_RESOURCE = _("{name}, a resource of {owner}")
_EXTERNAL = _("{name}, a self-registered user")
_OFFICIAL = _("by its address in the register")
_OF_A_USER = _("by an address that one of its users registered")


def _person_hit(person: Person) -> Hit:
    words = _RESERVED if person.reserved else _PERSON
    return Hit(
        at=None,
        key=str(person.pk),
        words=str(words).format(name=person.name),
        detail=masked(person.national_identity_number),
        link=reverse("admin:registers_person_change", args=[person.pk]),
        tone="bad" if person.reserved else "note",
    )


def _organization_hit(organization: Organization, key: object, detail: Text = "") -> Hit:
    return Hit(
        at=None,
        key=str(key),
        words=str(_ORGANIZATION).format(name=organization.name),
        detail=detail or organization.organization_number,
        link=reverse("admin:registers_organization_change", args=[organization.pk]),
    )


def _persons(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By number, or by an address on file."""
    if clients is not None:
        return Found()
    if number := term.of(Kind.PERSON):
        rows = [Person.objects.filter(national_identity_number=number)]
    else:
        rows = list(_with_address(Person.objects.all(), term))
    return Found([_person_hit(one) for one in _newest(rows, term, before, limit)])


def _organizations(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    if clients is not None:
        return Found()
    if number := term.of(Kind.ORGANIZATION):
        rows = Organization.objects.filter(organization_number=number)
    else:
        rows = Organization.objects.filter(_listed(term))
    detail: Text = "" if term.of(Kind.ORGANIZATION) else _OFFICIAL
    found = newest_of_few_ids(rows, before=before, limit=limit)
    return Found([_organization_hit(one, one.pk, detail) for one in found])


def _contact_points(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Organisations of which a user registered the address."""
    if clients is not None:
        return Found()
    points = UserContactPoint.objects.select_related("organization")
    found = _newest(list(_with_address(points, term)), term, before, limit)
    return Found([_organization_hit(one.organization, one.pk, _OF_A_USER) for one in found])


def _with_address(rows: QuerySet[Any], term: Term) -> Iterable[QuerySet[Any]]:
    """Of a register's table with an e-mail address and a mobile number each."""
    if address := term.of(Kind.EMAIL):
        digest = Cast(MD5(Lower(Value(address))), UUIDField())
        yield rows.alias(digest=EMAIL).filter(~Q(email=""), digest=digest)
    if mobile := term.of(Kind.MOBILE):
        last = mobile[-DIGITS:]
        yield rows.alias(last=LAST_DIGITS).filter(~Q(mobile_number=""), last=last)


def _newest(parts: Sequence[QuerySet[Any]], term: Term, before: str, limit: int) -> list[Any]:
    """Registers write mobile numbers as they like: those are compared as they are called."""
    mobile = term.of(Kind.MOBILE)
    found = [row for part in parts for row in newest_of_few_ids(part, before=before, limit=limit)]
    return [
        row for row in found if not mobile or register_mobile_number(row.mobile_number) == mobile
    ]


def _listed(term: Term) -> Q:
    """Organisations have lists of addresses, which are found as they are written there."""
    listed = Q(pk__in=[])
    if address := term.of(Kind.EMAIL):
        listed |= Q(email_addresses__overlap=list({address, address.lower()}))
    if mobile := term.of(Kind.MOBILE):
        bare = mobile.removeprefix("+47")
        listed |= Q(mobile_numbers__overlap=list({mobile, f"00{mobile[1:]}", bare, term.typed}))
    return listed


def _service_owners(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By short name or organisation number."""
    rows = ServiceOwner.objects.filter(
        Q(org=term.of(Kind.TEXT)) | Q(organization_number=term.of(Kind.ORGANIZATION) or None)
    )
    rows = rows if clients is None else rows.filter(org__in=sorted(clients))
    return _named(
        newest_of_few_ids(rows, before=before, limit=limit),
        "serviceowner",
        lambda one: str(_SERVICE_OWNER).format(name=one.name or one.org),
    )


def _resources(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = Resource.objects.filter(resource_id=plain_resource_id(term.of(Kind.TEXT)))
    rows = rows if clients is None else rows.filter(service_owner__in=sorted(clients))
    return _named(
        newest_of_few_ids(rows, before=before, limit=limit),
        "resource",
        lambda one: str(_RESOURCE).format(name=one.resource_id, owner=one.service_owner),
    )


def _external_identities(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    if clients is not None:
        return Found()
    urn = canonical_external_identity(term.of(Kind.TEXT))
    rows = ExternalIdentity.objects.filter(external_identity=urn)
    return _named(
        newest_of_few_ids(rows, before=before, limit=limit),
        "externalidentity",
        lambda one: str(_EXTERNAL).format(name=one.name),
    )


def _named(rows: Iterable[Model], page: str, words: Callable[[Any], str]) -> Found:
    return Found(
        [
            Hit(
                at=None,
                key=str(row.pk),
                words=words(row),
                link=reverse(f"admin:registers_{page}_change", args=[row.pk]),
            )
            for row in rows
        ]
    )


def _in_the_trail(number: str) -> tuple[str, str] | None:
    """A person by the id of the row."""
    rows = Person.objects.filter(national_identity_number=number)
    id = rows.values_list("pk", flat=True).first()
    return ("person", str(id)) if id else None


def _finder(model: str, find: Find, *kinds: Kind, name: str = "", shut: bool = False) -> Finder:
    return Finder(
        name=name or model,
        group=Group.REGISTERS,
        kinds=kinds,
        permission=f"registers.view_{model}",
        find=find,
        shut_to_bound=shut,
    )


name_by(Kind.PERSON, _in_the_trail)
_ADDRESSES = (Kind.EMAIL, Kind.MOBILE)
register(
    _finder("person", _persons, Kind.PERSON, *_ADDRESSES, shut=True),
    _finder("organization", _organizations, Kind.ORGANIZATION, *_ADDRESSES, shut=True),
    _finder("organization", _contact_points, *_ADDRESSES, name="contact point", shut=True),
    _finder("serviceowner", _service_owners, Kind.TEXT, Kind.ORGANIZATION),
    _finder("resource", _resources, Kind.TEXT),
    _finder("externalidentity", _external_identities, Kind.TEXT, shut=True),
)
