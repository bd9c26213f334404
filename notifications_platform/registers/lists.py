"""The lists of a registers file that the kernel's own tables hold (runtime contract 4)."""

from collections.abc import Hashable, Iterable, Sequence

from django.db.models import Count

from notifications_platform.registers.loading import Loader
from notifications_platform.registers.lookup import canonical_external_identity, plain_resource_id
from notifications_platform.registers.models import (
    Access,
    ExternalIdentity,
    Organization,
    OrganizationRole,
    Person,
    Resource,
    ServiceOwner,
    UserContactPoint,
)
from notifications_platform.registers.records import Record
from notifications_platform.registers.storing import Counts, Row, replace_parts, upsert

_HIGHEST_LEVEL = 4
_LANGUAGES = ("nb", "nn", "en")
_ROLE: Row = {"organization_id": "", "role": "", "national_identity_number": ""}
_CONTACT_POINT: Row = {
    "organization_id": "",
    "national_identity_number": "",
    "email": "",
    "mobile_number": "",
    "resources": [],
}


def _read_service_owner(record: Record) -> Row:
    return {
        "org": record.text("org", most=100),
        "organization_number": record.organization_number("organizationNumber"),
        "name": record.text("name"),
        "events_url": record.web_address("eventsUrl"),
        "events_secret": record.webhook_secret("eventsSecret"),
        "use_stale_contact_information": record.flag("useStaleContactInformation"),
    }


def _service_owner_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "org", ("org", row["org"])
    yield "organizationNumber", ("number", row["organization_number"])


def _store_service_owners(rows: Sequence[Row]) -> Counts:
    return upsert(ServiceOwner, ["org"], rows).counts


def _owners_with_one_number() -> Iterable[str]:
    shared = (
        ServiceOwner.objects.values("organization_number")
        .annotate(owners=Count("pk"))
        .filter(owners__gt=1)
        .values("organization_number")
    )
    owners = ServiceOwner.objects.filter(organization_number__in=shared)
    names = ", ".join(owners.order_by("org").values_list("org", flat=True))
    if names:
        yield f"would leave stored service owners with one organizationNumber: {names}"


def _read_person(record: Record) -> Row:
    return {
        "national_identity_number": record.national_identity_number("nationalIdentityNumber"),
        "name": record.text("name"),
        "email": record.email("email"),
        "mobile_number": record.mobile_number("mobileNumber"),
        "reserved": record.flag("reserved"),
        "contact_confirmed": record.day("contactConfirmed"),
    }


def _person_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "nationalIdentityNumber", row["national_identity_number"]


def _store_persons(rows: Sequence[Row]) -> Counts:
    return upsert(Person, ["national_identity_number"], rows).counts


def _read_organization(record: Record) -> Row:
    number = record.organization_number("organizationNumber")
    return {
        "organization_number": number,
        "name": record.text("name"),
        "email_addresses": record.emails("emailAddresses"),
        "mobile_numbers": record.mobile_numbers("mobileNumbers"),
        "parent": record.organization_number("parent", required=False),
        "roles": [_read_role(part, number) for part in record.parts("roles")],
        "contact_points": [
            _read_contact_point(part, number) for part in record.parts("userContactPoints")
        ],
    }


def _read_role(part: Record, organization_number: str) -> Row:
    return {
        "organization_id": organization_number,
        "role": part.text("role", most=100),
        "national_identity_number": part.national_identity_number("nationalIdentityNumber"),
    }


def _read_contact_point(part: Record, organization_number: str) -> Row:
    return {
        "organization_id": organization_number,
        "national_identity_number": part.national_identity_number("nationalIdentityNumber"),
        "email": part.email("email"),
        "mobile_number": part.mobile_number("mobileNumber"),
        "resources": part.texts("resources"),
    }


def _organization_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "organizationNumber", row["organization_number"]


def _store_organizations(rows: Sequence[Row]) -> Counts:
    own = [
        {name: value for name, value in row.items() if name not in {"roles", "contact_points"}}
        for row in rows
    ]
    stored = upsert(Organization, ["organization_number"], own)
    numbers = [row["organization_number"] for row in rows]
    roles = replace_parts(
        OrganizationRole, "organization_id", numbers, _parts(rows, "roles"), like=_ROLE
    )
    points = replace_parts(
        UserContactPoint,
        "organization_id",
        numbers,
        _parts(rows, "contact_points"),
        like=_CONTACT_POINT,
    )
    return stored.with_changed_parts(roles | points).counts


def _parts(rows: Sequence[Row], name: str) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        parts = row[name]
        found += parts if isinstance(parts, list) else []
    return found


def _read_resource(record: Record) -> Row:
    return {
        "resource_id": _read_resource_id(record),
        "service_owner": record.text("serviceOwner", most=100),
        **_read_titles(record),
        "type": record.text("type", most=100),
        "confidential": record.flag("confidential"),
        "minimum_authentication_level": record.number(
            "minimumAuthenticationLevel", most=_HIGHEST_LEVEL
        ),
        "malware_scan_bypass": record.flag("malwareScanBypass"),
    }


def _read_resource_id(record: Record, *, required: bool = True) -> str:
    text = record.text("resourceId", required=required)
    plain = plain_resource_id(text)
    if text and not plain:
        record.refuse("resourceId", "must have something after the prefix")
    return plain


def _read_titles(record: Record) -> Row:
    """One text stands for all languages; an object names those it has."""
    part = record.part("title")
    if part is None:
        text = record.text("title")
        titles = [text, text, text]
    else:
        titles = [part.text(language, required=False) for language in _LANGUAGES]
        if not any(titles):
            record.refuse("title", "must be a text, or hold at least one of nb, nn, en")
    return {f"title_{language}": title for language, title in zip(_LANGUAGES, titles, strict=True)}


def _resource_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "resourceId", row["resource_id"]


def _store_resources(rows: Sequence[Row]) -> Counts:
    return upsert(Resource, ["resource_id"], rows).counts


def _read_access(record: Record) -> Row:
    by_service = record.has("serviceCode") or record.has("serviceEdition")
    if record.has("resourceId") and by_service:
        record.refuse(
            "resourceId", "excludes serviceCode and serviceEdition; give one or the other"
        )
    row: dict[str, object] = {
        "national_identity_number": record.national_identity_number("nationalIdentityNumber"),
        "organization_number": record.organization_number("organizationNumber"),
        "resource_id": _read_resource_id(record, required=not by_service),
        "service_code": record.text("serviceCode", required=by_service, most=100),
        "service_edition": record.text("serviceEdition", required=by_service, most=100),
        "actions": record.texts("actions", most=100),
    }
    if record.has("actions") and not row["actions"]:
        record.refuse("actions", "must not be empty; leave it out to grant every action")
    return row


_ACCESS_KEY = [
    "national_identity_number",
    "organization_number",
    "resource_id",
    "service_code",
    "service_edition",
]


def _access_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "", tuple(row[name] for name in _ACCESS_KEY)


def _store_access(rows: Sequence[Row]) -> Counts:
    return upsert(Access, _ACCESS_KEY, rows).counts


def _read_external_identity(record: Record) -> Row:
    return {
        "external_identity": canonical_external_identity(record.text("externalIdentity", most=400)),
        "name": record.text("name"),
        "email": record.email("email"),
        "mobile_number": record.mobile_number("mobileNumber"),
    }


def _external_identity_keys(row: Row) -> Iterable[tuple[str, Hashable]]:
    yield "externalIdentity", row["external_identity"]


def _store_external_identities(rows: Sequence[Row]) -> Counts:
    return upsert(ExternalIdentity, ["external_identity"], rows).counts


SERVICE_OWNERS = Loader(
    read=_read_service_owner,
    keys=_service_owner_keys,
    store=_store_service_owners,
    clashes=_owners_with_one_number,
)
PERSONS = Loader(read=_read_person, keys=_person_keys, store=_store_persons)
ORGANIZATIONS = Loader(read=_read_organization, keys=_organization_keys, store=_store_organizations)
RESOURCES = Loader(read=_read_resource, keys=_resource_keys, store=_store_resources)
ACCESS = Loader(read=_read_access, keys=_access_keys, store=_store_access)
EXTERNAL_IDENTITIES = Loader(
    read=_read_external_identity,
    keys=_external_identity_keys,
    store=_store_external_identities,
)
