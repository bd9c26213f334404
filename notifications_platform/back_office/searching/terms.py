"""What somebody typed into the search box may mean. Pure: no database, no request.

One term has several readings: nine digits are an organisation number, and may be a notification's
number, or a reference that somebody made up.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications_platform.core.addresses import LONGEST_EMAIL, to_e164

LONGEST = 400
_LARGEST_NUMBER = (1 << 63) - 1

_PERSON = re.compile(r"[0-9]{11}")
_ORGANIZATION = re.compile(r"(?:no)?([0-9]{9})(?:mva)?", re.IGNORECASE)
_NAMED_PERSON = re.compile(r"urn:altinn:person:identifier-no:", re.IGNORECASE)
_NAMED_ORGANIZATION = re.compile(
    r"0192:|iso6523-actorid-upis::0192:|urn:altinn:organization:identifier-no:", re.IGNORECASE
)
_UUID = re.compile(
    r"(?:urn:uuid:)?\{?([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})\}?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:een_)?0*([0-9]{1,19})", re.IGNORECASE)
_MOBILE_AS_SAID = re.compile(r"(?:\+|00)?[0-9]{5,15}")
_NORWEGIAN = re.compile(r"(?:47)?([2-9][0-9]{7})")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_ANGLED = re.compile(r"[^<>]*<(?:mailto:)?([^\s@<>]+@[^\s@<>]+)>\s*")
# Blanks, and what people put between the digits of a number when they write it down.
_BETWEEN_DIGITS = re.compile(r"[\s.()\u2010-\u2015-]+")


class Kind(Enum):
    """`said` is what staff call it. `TEXT` is what only its owner can tell apart: references,
    keys, codes and names.
    """

    PERSON = "person"
    ORGANIZATION = "organization"
    EMAIL = "email"
    MOBILE = "mobile"
    UUID = "uuid"
    NUMBER = "number"
    TEXT = "text"

    @property
    def said(self) -> str | Promise:
        return _SAID[self]


_SAID: Mapping[Kind, str | Promise] = {
    Kind.PERSON: _("a national identity number"),
    Kind.ORGANIZATION: _("an organisation number"),
    Kind.EMAIL: _("an e-mail address"),
    Kind.MOBILE: _("a mobile number"),
    Kind.UUID: _("an id"),
    Kind.NUMBER: _("the number of a notification, policy or event"),
    Kind.TEXT: _("a reference, key, code or name"),
}


@dataclass(frozen=True, slots=True)
class Term:
    """`typed` without what no database holds; `readings` in the order of `Kind`, each in one
    normal form: digits only, E.164, a UUID with hyphens, a decimal without leading zeros. An
    e-mail address keeps its letter case.
    """

    typed: str
    readings: Mapping[Kind, str]

    def of(self, kind: Kind) -> str:
        """Its normal form as that kind; empty if it cannot be one."""
        return self.readings.get(kind, "")

    def __bool__(self) -> bool:
        return bool(self.readings)


def parse(text: str) -> Term:
    """Takes any text; what is blank has no readings."""
    typed = _kept(text)
    found = {kind: read(typed) for kind, read in _READ.items()} if typed else {}
    return Term(typed, {kind: form for kind, form in found.items() if form})


def _kept(text: str) -> str:
    """No database holds a NUL, and no encoding half a character."""
    encodable = text.encode("utf-8", "ignore").decode()
    return encodable.replace("\0", "").strip()[:LONGEST].strip()


def _person(typed: str) -> str:
    digits = _BETWEEN_DIGITS.sub("", _NAMED_PERSON.sub("", typed, count=1))
    return digits if _PERSON.fullmatch(digits) else ""


def _organization(typed: str) -> str:
    found = _ORGANIZATION.fullmatch(
        _BETWEEN_DIGITS.sub("", _NAMED_ORGANIZATION.sub("", typed, count=1))
    )
    return found[1] if found else ""


def _email(typed: str) -> str:
    angled = _ANGLED.fullmatch(typed)
    address = angled[1] if angled else typed.removeprefix("mailto:")
    return address if _EMAIL.fullmatch(address) and len(address) <= LONGEST_EMAIL else ""


def _mobile(typed: str) -> str:
    """As orders have it: with its country, which is Norway where none is said."""
    digits = _BETWEEN_DIGITS.sub("", typed.removeprefix("tel:"))
    if not _MOBILE_AS_SAID.fullmatch(digits):
        return ""
    norwegian = _NORWEGIAN.fullmatch(digits)
    return to_e164(f"+47{norwegian[1]}" if norwegian else digits) or ""


def _uuid(typed: str) -> str:
    found = _UUID.fullmatch(typed)
    return str(UUID(found[1])) if found else ""


def _number(typed: str) -> str:
    found = _NUMBER.fullmatch(typed)
    number = int(found[1]) if found else 0
    return str(number) if 0 < number <= _LARGEST_NUMBER else ""


_READ: Mapping[Kind, Callable[[str], str]] = {
    Kind.PERSON: _person,
    Kind.ORGANIZATION: _organization,
    Kind.EMAIL: _email,
    Kind.MOBILE: _mobile,
    Kind.UUID: _uuid,
    Kind.NUMBER: _number,
    Kind.TEXT: str,
}
