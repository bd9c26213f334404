"""Reading the parameters of a search, from a query string or from a body (contract 5)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Q
from django.db.models.expressions import OrderBy

from enrollment.queries import BadQuery, condition, read_order
from enrollment.searching import MOST, USUAL, Search
from notifications_platform.http.refusals import ValidationProblem

_RESOURCE = "resource"
_NUMBER = re.compile("0*([0-9]+)", re.ASCII)
# Beyond it there is nothing, and a statement takes no larger number.
_FARTHEST = 1 << 53
_WORDS = {"true": True, "false": False}

Value = TypeVar("Value")


def from_query(query: Mapping[str, str]) -> Search:
    """Raises ValidationProblem (400), which names each parameter that is wrong."""
    return _Reading(query, "").search()


def from_body(body: Any) -> Search:
    """Of `{"resource": {…}}`; without it nothing is asked for in particular. Raises
    ValidationProblem (400).
    """
    if not isinstance(body, Mapping):
        raise ValidationProblem({"$": ["An object is needed here."]})
    resource = body.get(_RESOURCE, {})
    if not isinstance(resource, Mapping):
        raise ValidationProblem({_RESOURCE: ["An object is needed here."]})
    return _Reading(resource, f"{_RESOURCE}.").search()


class _Unfit(Exception):
    """A value that its parameter cannot have."""


class _Reading:
    """In a query string everything is text; in a body numbers are numbers."""

    def __init__(self, given: Mapping[str, Any], place: str) -> None:
        self._given = {name: value for name, value in given.items() if value is not None}
        self._place = place
        self._is_text = not place
        self._wrong: dict[str, list[str]] = {}

    def search(self) -> Search:
        asked = self._maybe("q", _criteria, Q())
        offset = self._maybe("offset", self._number_from(0), 0)
        limit = self._maybe("limit", self._number_from(1), USUAL)
        order = self._maybe("orderBy", _order, _order(""))
        total = self._maybe("totalResults", self._truth, False)
        if self._wrong:
            raise ValidationProblem(self._wrong)
        kept = {name: self._given.get(name, "") for name in ("q", "orderBy")}
        kept["totalResults"] = "true" if total else ""
        return Search(
            condition=asked,
            order=order,
            offset=min(offset, _FARTHEST),
            limit=min(limit, MOST),
            total=total,
            parameters={name: text for name, text in kept.items() if text},
        )

    def _maybe(self, name: str, read: Callable[[Any], Value], default: Value) -> Value:
        if name not in self._given:
            return default
        try:
            return read(self._given[name])
        except (_Unfit, BadQuery) as wrong:
            self._wrong[self._place + name] = [str(wrong)]
        return default

    def _number_from(self, least: int) -> Callable[[Any], int]:
        def read(value: Any) -> int:
            number = _number(value) if self._is_text else _whole(value)
            if not isinstance(number, int) or isinstance(number, bool) or number < least:
                raise _Unfit(f"A whole number from {least} on is needed here.")
            return number

        return read

    def _truth(self, value: Any) -> bool:
        truth = _WORDS.get(value) if self._is_text else value
        if not isinstance(truth, bool):
            raise _Unfit("true or false is needed here.")
        return truth


def _criteria(value: Any) -> Q:
    text = _text(value)
    return condition(text) if text.strip() else Q()


def _order(value: Any) -> Sequence[OrderBy]:
    return read_order(_text(value))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unfit("A string is needed here.")
    return value


def _whole(value: Any) -> Any:
    """To JSON 2.0 is a whole number, too; so the reader of bodies shows what is beyond 64 bits."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1][:20]) if found else None
