"""Reading one record of a registers file, field by field.

Each reader answers a value of the right type even when the field is bad, so that a record's
problems are found all at once; a record with a problem is never stored. null equals absent.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar
from urllib.parse import urlsplit

from notifications_platform.core import numbers
from notifications_platform.core.addresses import is_email_address
from notifications_platform.registers import webhook_secrets
from notifications_platform.registers.findings import Findings

T = TypeVar("T")

_UNWANTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_KINDS: Mapping[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "an array",
}


class RepeatedFields(dict[str, object]):
    """A JSON object in which a field stands twice; `names` are those fields."""

    names: tuple[str, ...] = ()


class Record:
    """One JSON object of the file. Fields that nobody asks for are unknown, and refused."""

    def __init__(self, value: object, path: str, findings: Findings) -> None:
        self._path = path
        self._findings = findings
        self._asked: list[str] = []
        self._parts: list[Record] = []
        self._fields: Mapping[str, object] = value if isinstance(value, dict) else {}
        self.is_object = isinstance(value, dict)
        if not self.is_object:
            findings.problem(path, f"must be an object in braces, not {_kind(value)}")
        elif isinstance(value, RepeatedFields):
            for name in value.names:
                self.refuse(name, "stands twice in one record; leave one of them out")

    def refuse(self, name: str, what: str) -> None:
        self._findings.problem(f"{self._path}.{name}", what)

    def doubt(self, name: str, what: str) -> None:
        self._findings.doubt(f"{self._path}.{name}", what)

    def has(self, name: str) -> bool:
        self._asked.append(name)
        return self._fields.get(name) is not None

    def close(self) -> None:
        """To be called once all fields were asked for: what is left over is unknown."""
        for part in self._parts:
            part.close()
        if not self.is_object:
            return
        known = ", ".join(dict.fromkeys(self._asked))
        for name in self._fields:
            if name not in self._asked:
                shown = _UNWANTED.sub("?", name)[:60]
                self.refuse(shown, f"is unknown here; the fields are: {known}")

    def text(self, name: str, *, required: bool = True, most: int = 300) -> str:
        """A text without blanks around it; empty when absent."""
        value = self._get(name, str, required=required)
        return "" if value is None else self._tidy(name, value, required=required, most=most)

    def texts(self, name: str, *, required: bool = False, most: int = 300) -> list[str]:
        """An array of texts in the file's order, equal ones once; empty when absent."""
        items = self._get(name, list, required=required) or []
        tidy = []
        for index, item in enumerate(items):
            place = f"{name}[{index}]"
            if isinstance(item, str):
                tidy.append(self._tidy(place, item, required=True, most=most))
            else:
                self.refuse(place, f"must be a text, not {_kind(item)}")
        return list(dict.fromkeys(tidy))

    def parts(self, name: str, *, required: bool = False) -> list["Record"]:
        """An array of objects; empty when absent."""
        items = self._get(name, list, required=required) or []
        path = f"{self._path}.{name}"
        parts = [Record(item, f"{path}[{at}]", self._findings) for at, item in enumerate(items)]
        self._parts += parts
        return parts

    def part(self, name: str) -> "Record | None":
        """The object in this field; None when the field is absent or holds something else."""
        self._asked.append(name)
        value = self._fields.get(name)
        if not isinstance(value, dict):
            return None
        part = Record(value, f"{self._path}.{name}", self._findings)
        self._parts.append(part)
        return part

    def flag(self, name: str) -> bool:
        """False when absent."""
        return bool(self._get(name, bool, required=False))

    def number(self, name: str, *, most: int) -> int:
        """A whole number from 0; 0 when absent."""
        value = self._get(name, int, required=False) or 0
        if not 0 <= value <= most:
            self.refuse(name, f"must be a whole number from 0 to {most}")
        return value

    def day(self, name: str) -> date | None:
        text = self.text(name, required=False)
        if not text:
            return None
        try:
            # fromisoformat alone would take 20260301 and 2026-W09-7, too.
            return date.fromisoformat(text if _DATE.fullmatch(text) else "")
        except ValueError:
            self.refuse(name, "must be a date that exists, written 2026-03-01")
            return None

    def national_identity_number(self, name: str) -> str:
        return self._digits(name, 11, numbers.is_national_identity_number)

    def organization_number(self, name: str, *, required: bool = True) -> str:
        if not required and not self.has(name):
            return ""
        return self._digits(name, 9, numbers.is_organization_number)

    def email(self, name: str) -> str:
        return self._likely_email(name, self.text(name, required=False, most=320))

    def emails(self, name: str) -> list[str]:
        addresses = self.texts(name, most=320)
        return [self._likely_email(f"{name}[{at}]", text) for at, text in enumerate(addresses)]

    def mobile_number(self, name: str) -> str:
        return self._likely_mobile(name, self.text(name, required=False, most=40))

    def mobile_numbers(self, name: str) -> list[str]:
        found = self.texts(name, most=40)
        return [self._likely_mobile(f"{name}[{at}]", text) for at, text in enumerate(found)]

    def web_address(self, name: str) -> str:
        address = self.text(name, required=False, most=2000)
        if address and not _is_web_address(address):
            self.refuse(name, "must be an absolute address: https://host/path")
        return address

    def webhook_secret(self, name: str) -> str:
        secret = self.text(name, required=False, most=200)
        if not secret:
            return ""
        try:
            if webhook_secrets.is_weak(secret):
                self.doubt(name, "is short: give at least 24 random bytes")
        except ValueError as error:
            self.refuse(name, str(error))
        return secret

    def _get(self, name: str, kind: type[T], *, required: bool) -> T | None:
        if not self.has(name):
            if required and self.is_object:
                self.refuse(name, f"is missing; give {_KINDS[kind]}")
            return None
        value = self._fields[name]
        # bool is a subclass of int, yet true is no number.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.refuse(name, f"must be {_KINDS[kind]}, not {_kind(value)}")
            return None
        return value

    def _tidy(self, place: str, text: str, *, required: bool, most: int) -> str:
        tidy = text.strip()
        if _UNWANTED.search(text):
            self.refuse(place, "holds a control character or half a surrogate pair")
        elif required and not tidy:
            self.refuse(place, "must not be empty")
        elif len(tidy) > most:
            self.refuse(place, f"is longer than {most} characters")
        return tidy

    def _digits(self, name: str, count: int, checks: Callable[[str], bool]) -> str:
        text = self.text(name)
        if text and not (len(text) == count and text.isascii() and text.isdecimal()):
            self.refuse(name, f"must be {count} digits")
        elif text and not checks(text):
            self.doubt(name, "is not a number that can have been issued: its check digits fail")
        return text

    def _likely_email(self, place: str, text: str) -> str:
        if text and not is_email_address(text):
            self.doubt(place, "does not look like an e-mail address")
        return text

    def _likely_mobile(self, place: str, text: str) -> str:
        if text and not numbers.register_mobile_number(text):
            self.doubt(place, "is no valid telephone number and counts as absent")
        return text


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return _KINDS.get(type(value), "an object")


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and " " not in text
