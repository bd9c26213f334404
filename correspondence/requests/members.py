"""Members of this contract's objects: limited texts, enums by name or number, whole numbers, ids,
lists, texts by key.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from drf_spectacular.drainage import set_override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from correspondence.identifiers import stored_recipient
from correspondence.states import named
from notifications_platform.http import wire
from notifications_platform.http.schema import OneOf
from notifications_platform.http.wire import Member, Shape, WrongType

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_INT32 = range(-(2**31), 2**31)


class Refused(WrongType):
    """With the contract's number for the rule, where there is one."""

    def __init__(self, message: str, error_code: int | None = None) -> None:
        super().__init__(message)
        self.error_code = error_code


def sound_text(data: Any) -> str:
    """A string that can be stored. Raises WrongType."""
    if not isinstance(data, str):
        raise WrongType("A string is needed here.")
    if _UNSTORABLE.search(data):
        raise WrongType("U+0000 and lone surrogates are not allowed.")
    return data


@extend_schema_field(OpenApiTypes.STR)
class Text(Member):
    """A string of `most` characters at most; `too_long` is the contract's number of that rule.

    Where it is required, blank counts as missing. `by_rule`: that it is required is a business
    rule, with a place of its own among the others.
    """

    def __init__(
        self,
        *,
        most: int | None = None,
        too_long: int | None = None,
        by_rule: bool = False,
        said: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        longest = {"maxLength": most} if most is not None else {}
        super().__init__(said={**longest, **(said or {})}, **options)
        self.most, self.too_long, self.by_rule = most, too_long, by_rule

    def to_internal_value(self, data: Any) -> str:
        text = sound_text(data)
        if self.most is not None and len(text) > self.most:
            raise Refused(f"{self.most} characters at most, not {len(text)}.", self.too_long)
        if self.required and not self.by_rule and not text.strip():
            raise Refused("This must not be blank.")
        return text


@extend_schema_field(OpenApiTypes.STR)
class Pattern(Member):
    """A string that is empty, which counts as absent, or as `pattern` has it."""

    def __init__(self, pattern: str, needed: str, **options: Any) -> None:
        super().__init__(said={"pattern": f"^({pattern})?$"}, **options)
        self.pattern, self.needed = re.compile(pattern), needed

    def to_internal_value(self, data: Any) -> str:
        text = sound_text(data)
        if text and not self.pattern.fullmatch(text):
            raise Refused(self.needed)
        return text


@extend_schema_field(OpenApiTypes.DATETIME)
class Time(wire.Time):
    """As everywhere, and without an offset it is UTC."""

    def __init__(self, *, before_year: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.before_year = before_year

    def to_internal_value(self, data: Any) -> datetime:
        moment = super().to_internal_value(data)
        if self.before_year is not None and moment.year >= self.before_year:
            raise Refused(f"The time must lie before the year {self.before_year}.")
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Named(Member):
    """An enum's member by name, in any case, or number."""

    def __init__(self, kind: type[IntEnum], **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        names = [one.name for one in kind]
        self.choices = names
        set_override(self, "field", OneOf(kind.__name__, names))

    def to_internal_value(self, data: Any) -> int:
        found = named(self.kind, whole(data))
        if found is None:
            raise Refused(f"One of {', '.join(self.choices)} is needed here, or its number.")
        return found


class Template(Named):
    """What there is not is a rule with a place of its own: it is read as a number."""

    def to_internal_value(self, data: Any) -> int:
        data = whole(data)
        found = named(self.kind, data)
        if found is not None:
            return found
        if isinstance(data, int) and not isinstance(data, bool):
            return data
        sound_text(data)
        return -1


@extend_schema_field(OpenApiTypes.INT32)
class Whole(Member):
    """A whole number of 32 bits, at most `most`."""

    def __init__(self, *, most: int, **options: Any) -> None:
        super().__init__(said={"maximum": most}, **options)
        self.most = most

    def to_internal_value(self, data: Any) -> int:
        number = whole(data)
        if not isinstance(number, int) or isinstance(number, bool) or number not in _INT32:
            raise Refused("A whole number is needed here.")
        if number > self.most:
            raise Refused(f"{self.most} at most.")
        return number


def whole(data: Any) -> Any:
    """A number that is written with a point, such as 14.0, as the whole number that it is."""
    return int(data) if isinstance(data, float) and data.is_integer() else data


@extend_schema_field(OpenApiTypes.UUID)
class Id(Member):
    def __init__(self, *, zero: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.zero = zero

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            raise Refused("A UUID is needed here, hexadecimal digits with hyphens.", self.zero)
        id = UUID(data)
        if self.zero is not None and not id.int:
            raise Refused("This must not be the zero UUID.", self.zero)
        return id


@extend_schema_field(OpenApiTypes.STR)
class Party(Member):
    """A recipient, turned into the stored form."""

    def to_internal_value(self, data: Any) -> str:
        urn = stored_recipient(sound_text(data))
        if urn is None:
            raise Refused(
                "An organisation (0192: or urn:altinn:organization:identifier-no: and nine digits)"
                " or a person (urn:altinn:person:identifier-no: and eleven digits, or these alone)"
                " is needed here."
            )
        return urn


class CheckedShape(Shape):
    """An object whose members must go together."""

    @abstractmethod
    def wrong(self, members: Mapping[str, Any]) -> str:
        """What is wrong with the whole, of which each member is sound; empty: nothing."""


class Many(Member):
    """A list of one kind of member or object, read place by place."""

    def __init__(
        self,
        child: serializers.Field[Any, Any, Any, Any],
        *,
        most: int | None = None,
        **options: Any,
    ) -> None:
        needed = options.get("required", False)
        said = {"minItems": 1} if needed else {}
        super().__init__(said=said | ({"maxItems": most} if most else {}), **options)
        self.child, self.most, self.least = child, most, 1 if needed else 0
        shown = type(child)(many=True) if isinstance(child, Shape) else _list_of(child)
        set_override(self, "field", shown)


def _list_of(child: serializers.Field[Any, Any, Any, Any]) -> Any:
    return serializers.ListField(child=child)


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class TextByKey(Member):
    """Texts by keys that are the caller's own, spelled as they are."""

    def __init__(self, *, most: int, longest_key: int, longest_value: int, **options: Any) -> None:
        super().__init__(said={"maxProperties": most}, **options)
        self.most, self.longest_key, self.longest_value = most, longest_key, longest_value

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if not isinstance(data, Mapping):
            raise Refused("An object is needed here.")
        if len(data) > self.most:
            raise Refused(f"{self.most} entries at most, not {len(data)}.")
        entries = enumerate(data.items(), start=1)
        return {
            key: self._value(number, key, value)
            for number, (key, value) in entries
            if value is not None
        }

    def _value(self, number: int, key: str, value: Any) -> str:
        if len(sound_text(key)) > self.longest_key:
            raise Refused(f"Entry {number}: a key has {self.longest_key} characters at most.")
        if not isinstance(value, str):
            raise Refused(f"Entry {number}: its value must be a string.")
        if len(sound_text(value)) > self.longest_value:
            raise Refused(f"Entry {number}: a value has {self.longest_value} characters at most.")
        return value
