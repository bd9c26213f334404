"""Reading JSON objects as the public .NET services read them.

A `Shape` declares an object's members by their wire names; it is a DRF serializer, so that the
served schema shows it. Reading checks JSON types only: names match without regard to case,
unknown ones are ignored, null equals absent, of a name sent twice the last wins. What has a
wrong type is refused under a key that starts with `$`; rules are the app's own business.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from drf_spectacular.drainage import set_override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications_platform.http.json import JSONObject
from notifications_platform.http.refusals import ValidationProblem
from notifications_platform.http.schema import OneOf

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)"
    r"(?:T(\d\d:\d\d)(?:(:\d\d)(?:\.(\d{1,16}))?)?(Z|[+-]\d\d(?::\d\d)?)?)?",
    re.ASCII,
)


class WrongType(Exception):
    """`path` leads to the place below the member that raised it."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path


class SpelledTwice(Exception):
    """Names of one object differ in case only; which came last has to be looked up."""


class Member(serializers.Field[Any, Any, Any, Any]):
    """A member of a Shape. `to_internal_value` raises WrongType, nothing else.

    `required`, and `said` (JSON Schema keywords such as `pattern`), are for the served schema:
    it shows what the app's rules ask for, under keys and in words of their own.
    """

    def __init__(
        self, *, required: bool = False, said: Mapping[str, Any] | None = None, **options: Any
    ) -> None:
        super().__init__(required=required, allow_null=not required, **options)
        self.said = dict(said or {})

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(OpenApiTypes.STR)
class Text(Member):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise WrongType("A string is needed here.")
        return data


@extend_schema_field(OpenApiTypes.BOOL)
class Truth(Member):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise WrongType("true or false is needed here.")
        return data


@extend_schema_field(OpenApiTypes.DATETIME)
class Time(Member):
    """ISO 8601. With `Z` or an offset: an aware datetime in UTC; without: a naive one, for the
    app's own rule. More than six fraction digits are cut.
    """

    def to_internal_value(self, data: Any) -> datetime:
        match = _TIME.fullmatch(data) if isinstance(data, str) else None
        if not match:
            raise WrongType("A time such as 2031-03-04T08:15:00Z is needed here.")
        day, minutes, seconds, fraction, offset = match.groups()
        text = f"{day}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}"
        try:
            moment = datetime.fromisoformat(text + (offset or ""))
            return moment.astimezone(UTC) if offset else moment
        except (ValueError, OverflowError) as error:
            raise WrongType("There is no such time.") from error


class Word(Member):
    """One of an enum's values, in any case."""

    def __init__(self, words: type[Enum], **options: Any) -> None:
        super().__init__(**options)
        self.words = {str(word.value).lower(): word for word in words}
        self.choices = [str(word.value) for word in words]
        set_override(self, "field", OneOf(words.__name__, self.choices))

    def to_internal_value(self, data: Any) -> Any:
        word = self.words.get(data.lower()) if isinstance(data, str) else None
        if word is None:
            raise WrongType(f"One of {', '.join(self.choices)} is needed here.")
        return word


class Shape(serializers.Serializer[Any]):
    """A JSON object. Reading gives a dict of the members that were sent, by wire name."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise WrongType("An object is needed here.")
        sent = {name.lower(): value for name, value in data.items()}
        if len(sent) != len(data):
            raise SpelledTwice
        members: dict[str, Any] = {}
        for name, field in self.fields.items():
            value = sent.get(name.lower())
            if value is None:
                continue
            try:
                members[name] = field.to_internal_value(value)
            except WrongType as wrong:
                raise WrongType(wrong.message, f".{name}{wrong.path}") from wrong
        return members


def read(shape: Shape, body: Any) -> dict[str, Any]:
    """The members of a request body. Raises ValidationProblem, keyed by the place in it."""
    try:
        return _members(shape, body)
    except WrongType as wrong:
        raise ValidationProblem({f"${wrong.path}": [wrong.message]}) from wrong
    finally:
        if isinstance(body, JSONObject):
            body.forget_text()


def _members(shape: Shape, body: Any) -> dict[str, Any]:
    try:
        return shape.to_internal_value(body)
    except SpelledTwice:
        # Rare enough to be read a second time; counting names on the way costs every order.
        return shape.to_internal_value(body.by_last_spelling())
