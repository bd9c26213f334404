"""Reading an object by its shape to the end, so that all that is wrong is told at once."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from correspondence.requests.members import CheckedShape, Many, Refused
from correspondence.requests.refusals import Misshapen, ShapeError, Steps
from notifications_platform.http.json import JSONObject
from notifications_platform.http.wire import Shape, SpelledTwice, WrongType

# All of 500 recipients, twice; a hostile request does not make an answer of megabytes.
MOST_TOLD = 1000
_CONTENT_MISSING = {"content": 1019}


def collect(shape: Shape, body: Any) -> dict[str, Any]:
    """The members that were sent, by wire name. Raises ShapeError with all that is wrong."""
    try:
        try:
            members, found = _read(shape, body)
        except SpelledTwice:
            # Rare enough to be read a second time.
            members, found = _read(shape, _in_order(body))
    finally:
        if isinstance(body, JSONObject):
            body.forget_text()
    if found:
        raise ShapeError(found)
    return members


def _read(shape: Shape, body: Any) -> tuple[dict[str, Any], list[Misshapen]]:
    reading = _Reading()
    members = reading.object(shape, body, ())
    if reading.untold:
        reading.found.append(Misshapen((), f"And {reading.untold} more are not listed."))
    return members, reading.found


class _Reading:
    def __init__(self) -> None:
        self.found: list[Misshapen] = []
        self.untold = 0

    @property
    def wrong(self) -> int:
        return len(self.found) + self.untold

    def refuse(self, steps: Steps, detail: str, error_code: int | None = None) -> None:
        if len(self.found) < MOST_TOLD:
            self.found.append(Misshapen(steps, detail, error_code))
        else:
            self.untold += 1

    def object(self, shape: Shape, data: Any, steps: Steps) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.refuse(steps, "An object is needed here.")
            return {}
        sent = {name.lower(): value for name, value in data.items()}
        if len(sent) != len(data) and not isinstance(data, _InOrder):
            raise SpelledTwice
        members: dict[str, Any] = {}
        before = self.wrong
        for name, field in shape.fields.items():
            value = sent.get(name.lower())
            if value is not None:
                members[name] = self.value(field, value, (*steps, name))
            elif field.required and not getattr(field, "by_rule", False):
                self.refuse((*steps, name), "This is required.", _CONTENT_MISSING.get(name))
        if isinstance(shape, CheckedShape) and self.wrong == before:
            self._check(shape, members, steps)
        return members

    def _check(self, shape: CheckedShape, members: Mapping[str, Any], steps: Steps) -> None:
        if wrong := shape.wrong(members):
            self.refuse(steps, wrong)

    def value(self, field: serializers.Field[Any, Any, Any, Any], data: Any, steps: Steps) -> Any:
        if isinstance(field, Shape):
            return self.object(field, data, steps)
        if isinstance(field, Many):
            return self.list(field, data, steps)
        try:
            return field.to_internal_value(data)
        except WrongType as wrong:
            code = wrong.error_code if isinstance(wrong, Refused) else None
            self.refuse(steps, wrong.message, code)
            return None

    def list(self, field: Many, data: Any, steps: Steps) -> list[Any]:
        if not isinstance(data, list):
            self.refuse(steps, "A list is needed here.")
            return []
        if len(data) < field.least:
            self.refuse(steps, "One entry at least is needed here.")
        if field.most is not None and len(data) > field.most:
            self.refuse(steps, f"{field.most} entries at most, not {len(data)}.")
            return []
        return [self.value(field.child, one, (*steps, at)) for at, one in enumerate(data)]


class _InOrder(dict[str, Any]):
    """Of a name sent twice the last value, at the last one's place."""


def _in_order(data: Any) -> Any:
    """The body with its names in the order of their last spelling, so that of those which differ
    in case only the last wins; a letter's own properties keep theirs.
    """
    if isinstance(data, JSONObject):
        return _read_again(data)
    if isinstance(data, Mapping):
        return _last((name, _in_order(value)) for name, value in data.items())
    if isinstance(data, list):
        return [_in_order(one) for one in data]
    return data


def _read_again(body: JSONObject) -> Any:
    try:
        return json.loads(body.text, object_pairs_hook=_last, parse_int=float)
    except RecursionError:
        raise ShapeError([Misshapen((), "Nested too deeply.")]) from None


def _last(pairs: Iterable[tuple[str, Any]]) -> _InOrder:
    ordered = _InOrder()
    for name, value in pairs:
        ordered.pop(name, None)
        ordered[name] = value
    return ordered
