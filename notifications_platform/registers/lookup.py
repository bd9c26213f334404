"""What the registers answer: frozen values, the same from tables and from HTTP services."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from notifications_platform.core.errors import Unavailable


class RegisterUnavailable(Unavailable):
    """A register does not answer: not the same as "not found" (orders contract 7.3)."""

    code = "register_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    national_identity_number: str
    name: str = ""
    email: str = ""
    mobile_number: str = ""
    reserved: bool = False
    contact_confirmed: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPoint:
    """An address that a user registered for an organisation; no resources = no filter."""

    national_identity_number: str
    email: str = ""
    mobile_number: str = ""
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    organization_number: str
    name: str = ""
    email_addresses: tuple[str, ...] = ()
    mobile_numbers: tuple[str, ...] = ()
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessQuestion:
    """May this person do `action` with `resource` on behalf of the organisation?"""

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


class Access(Protocol):
    def granted(self, questions: Collection[AccessQuestion]) -> frozenset[AccessQuestion]:
        """Those of `questions` whose answer is yes. Raises RegisterUnavailable."""
