"""What the registers answer: frozen values, the same from tables and from HTTP services."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from notifications_platform.core.errors import Unavailable

RESOURCE_URN = "urn:altinn:resource:"
_USER_NAME_URN = "urn:altinn:party:username:"
_OTHER_USER_NAME_URNS = ("urn:altinn:username:", "urn:altinn:person:legacy-selfidentified:")


class RegisterUnavailable(Unavailable):
    """A register does not answer: not the same as "not found" (orders contract 7.3)."""

    code = "register_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOwner:
    """`events_url` and `events_secret` are empty where events are stored only."""

    org: str
    organization_number: str
    name: str = ""
    events_url: str = ""
    events_secret: str = field(default="", repr=False)
    use_stale_contact_information: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """`mobile_number` is E.164, or empty. `contact_confirmed` None counts as fresh."""

    national_identity_number: str
    name: str = ""
    email: str = ""
    mobile_number: str = ""
    reserved: bool = False
    contact_confirmed: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """An address that a user registered for an organisation; no resources = no filter.

    `resources` stand without the URN prefix: `some-resource`, `5441:1`.
    """

    national_identity_number: str
    email: str = ""
    mobile_number: str = ""
    resources: tuple[str, ...] = ()

    def covers(self, resource_id: str) -> bool:
        """Whether its owner wants to hear about this resource or `code:edition`."""
        return not self.resources or plain_resource_id(resource_id) in self.resources


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """The official addresses of one organisation; mobile numbers are E.164."""

    organization_number: str
    name: str = ""
    email_addresses: tuple[str, ...] = ()
    mobile_numbers: tuple[str, ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`role` in the register's own words, as `daglig-leder`."""

    role: str
    national_identity_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdentity:
    """A self-identified user. `external_identity` is the canonical URN."""

    external_identity: str
    name: str = ""
    email: str = ""
    mobile_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """`service_owner` is the owner's short name; `titles` maps nb, nn, en, as far as known."""

    resource_id: str
    service_owner: str
    titles: Mapping[str, str]
    type: str
    confidential: bool = False
    minimum_authentication_level: int = 0
    malware_scan_bypass: bool = False

    def title(self, language: str = "nb") -> str:
        """The title in this language, else in any."""
        return self.titles.get(language) or next(iter(self.titles.values()), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessQuestion:
    """May this person do `action` with `resource` on behalf of the organisation?

    `resource_id` may carry the URN prefix; an Altinn 2 service is written `code:edition`.
    """

    national_identity_number: str
    organization_number: str
    resource_id: str
    action: str = "read"


class Persons(Protocol):
    def lookup(self, numbers: Collection[str]) -> Mapping[str, Person]:
        """Those of `numbers` that are known. Raises RegisterUnavailable."""


class Organizations(Protocol):
    def lookup(self, numbers: Collection[str]) -> Mapping[str, Organization]:
        """Those of `numbers` that are known. Raises RegisterUnavailable."""


class ContactPoints(Protocol):
    def lookup(self, numbers: Collection[str]) -> Mapping[str, tuple[ContactPoint, ...]]:
        """User-registered contact points per organisation number. Raises RegisterUnavailable."""


class Roles(Protocol):
    def lookup(self, numbers: Collection[str]) -> Mapping[str, tuple[Role, ...]]:
        """Who holds which role, per organisation number. Raises RegisterUnavailable."""


class ExternalIdentities(Protocol):
    def lookup(self, urns: Collection[str]) -> Mapping[str, ExternalIdentity]:
        """Those of `urns` that are known, keyed as asked. Raises RegisterUnavailable."""


class Resources(Protocol):
    def lookup(self, resource_ids: Collection[str]) -> Mapping[str, Resource]:
        """Those of `resource_ids` that are known, keyed as asked. Raises RegisterUnavailable."""


class Access(Protocol):
    def granted(self, questions: Collection[AccessQuestion]) -> frozenset[AccessQuestion]:
        """Those of `questions` whose answer is yes. Raises RegisterUnavailable."""


def plain_resource_id(text: str) -> str:
    """A resource's id without blanks around it and without the URN prefix."""
    return text.strip().removeprefix(RESOURCE_URN).strip()


def canonical_external_identity(text: str) -> str:
    """One spelling per self-identified user (orders contract 7.3): lower case, and one of the
    three prefixes that user names are written with.
    """
    urn = text.strip().lower()
    for prefix in _OTHER_USER_NAME_URNS:
        if urn.startswith(prefix):
            return _USER_NAME_URN + urn.removeprefix(prefix)
    return urn
