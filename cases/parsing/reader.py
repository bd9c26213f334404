"""Coerced input, read part by part; what breaks a rule is noted and told all at once."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from cases.durations import Duration
from cases.errors import Problem, UgyldigInput

MOST_PROBLEMS = 100
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Value = TypeVar("Value")


class Code(StrEnum):
    """`code` of a problem: which kind of rule was broken."""

    EXACTLY_ONE = "EXACTLY_ONE"
    REQUIRED = "REQUIRED"
    TOO_LONG = "TOO_LONG"
    TOO_MANY = "TOO_MANY"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    ELEVEN_DIGITS = "ELEVEN_DIGITS"
    INVALID_FORMAT = "INVALID_FORMAT"
    LINE_BREAK = "LINE_BREAK"
    INVALID_CHARACTER = "INVALID_CHARACTER"


class Part:
    """One input object and where it stands: `step` below `above`. Absent and null are the same
    here.
    """

    __slots__ = ("_above", "_found", "_members", "_step")

    def __init__(
        self,
        members: Mapping[str, Any],
        found: list[Problem],
        above: "Part | None" = None,
        step: str = "",
    ) -> None:
        self._members = members
        self._found = found
        self._above = above
        self._step = step

    def path_of(self, name: str) -> str:
        """`name` empty: of the object itself."""
        own = self._above.path_of(self._step) if self._above else self._step
        return ".".join(step for step in (own, name) if step)

    def refuse(self, name: str, code: Code, detail: str) -> None:
        if len(self._found) < MOST_PROBLEMS:
            self._found.append(Problem(self.path_of(name), code, detail))

    def has(self, name: str) -> bool:
        return self._members.get(name) is not None

    def text(self, name: str) -> str:
        """Of a required member. An ID may still be the integer it was sent as."""
        return str(self._members[name])

    def text_if_any(self, name: str) -> str | None:
        return self.text(name) if self.has(name) else None

    def moment(self, name: str) -> datetime:
        moment: datetime = self._members[name]
        return moment

    def moment_if_any(self, name: str) -> datetime | None:
        return self.moment(name) if self.has(name) else None

    def day(self, name: str) -> date:
        day: date = self._members[name]
        return day

    def duration_if_any(self, name: str) -> Duration | None:
        duration: Duration | None = self._members.get(name)
        return duration

    def truth_if_any(self, name: str) -> bool | None:
        truth: bool | None = self._members.get(name)
        return truth

    def number_if_any(self, name: str) -> int | None:
        number: int | None = self._members.get(name)
        return number

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._members.get(name) or ())

    def size(self, name: str) -> int:
        """How many elements a list has."""
        return len(self._members.get(name) or ())

    def part(self, name: str) -> "Part":
        return Part(self._members[name], self._found, self, name)

    def part_if_any(self, name: str) -> "Part | None":
        return self.part(name) if self.has(name) else None

    def parts(self, name: str) -> Iterator["Part"]:
        for index, member in enumerate(self._members.get(name) or ()):
            yield Part(member, self._found, self, f"{name}[{index}]")

    def only(self, *names: str) -> str:
        """Which of these is set: exactly one may be. Empty when the rule is broken."""
        given = [name for name in names if self.has(name)]
        if len(given) == 1:
            return given[0]
        but = f"{' and '.join(given)} are given" if given else "none is given"
        self.refuse("", Code.EXACTLY_ONE, f"Give exactly one of {', '.join(names)}; {but}.")
        return ""

    def maybe(self, name: str, read: Callable[["Part"], Value]) -> Value | None:
        """What `read` makes of the object at `name`, if there is one."""
        part = self.part_if_any(name)
        return read(part) if part else None


@contextmanager
def reading(arguments: Mapping[str, Any]) -> Iterator[Part]:
    """Around the reading of a call's arguments. Raises UgyldigInput at its end, with all that
    was found; first of all what no string may hold (cases contract 5, last but one rule).
    """
    found: list[Problem] = []
    whole = Part(arguments, found)
    if not _is_storable(arguments):
        for path in _unstorable(arguments, ""):
            detail = "U+0000 and lone surrogates are not allowed."
            whole.refuse(path, Code.INVALID_CHARACTER, detail)
    yield whole
    if found:
        raise UgyldigInput(found)


def _is_storable(value: object) -> bool:
    """Whether there is nothing to be told: that is all that nearly every call needs to know."""
    if isinstance(value, str):
        return "\x00" not in value if value.isascii() else not _UNSTORABLE.search(value)
    if isinstance(value, dict):
        return all(map(_is_storable, value.values()))
    return not isinstance(value, list | tuple) or all(map(_is_storable, value))


def _unstorable(value: object, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            yield path
    elif isinstance(value, Mapping):
        for name, member in value.items():
            yield from _unstorable(member, f"{path}.{name}" if path else str(name))
    elif isinstance(value, Sequence):
        for index, member in enumerate(value):
            yield from _unstorable(member, f"{path}[{index}]")
