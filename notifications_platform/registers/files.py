"""Walking through a registers file: one record at a time, each with the line it begins on.

Only the outer two levels, the object of lists and the lists, are walked by hand; each record
is decoded by the standard library, so that a large file costs little more than decoding it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from notifications_platform.registers.findings import BadFile, Finding
from notifications_platform.registers.records import RepeatedFields

_BLANKS = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as decoded: the `index`-th of `list_name`, beginning on `line`."""

    list_name: str
    index: int
    line: int
    value: object

    @property
    def path(self) -> str:
        return f"$.{self.list_name}[{self.index}]"


@dataclass(frozen=True, slots=True)
class ListStart:
    """A list of the file begins here; its records follow, if it has any."""

    list_name: str
    line: int


def decoded(content: bytes) -> str:
    """The file's text. Raises BadFile when it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFile([Finding(line, "$", "is not UTF-8; save the file as UTF-8")]) from None


def walk(text: str) -> Iterator[ListStart | Entry]:
    """The lists and their records in the order of the file. Raises BadFile at the first place
    where the text is not JSON, or not an object of arrays.
    """
    return _Walk(text).lists()


class _Walk:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._counted_to = 0
        self._line = 1
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_as_object, parse_constant=_refuse_constant
        )

    def lists(self) -> Iterator[ListStart | Entry]:
        self._take("{", 'the file must be an object of lists: {"persons": […]}')
        while not self._took("}"):
            line = self._line_here()
            name = self._value()
            if not isinstance(name, str):
                self._refuse("Expecting the name of a list in double quotes")
            self._take(":", "Expecting ':' after the name of a list")
            yield ListStart(name, line)
            yield from self._records(name)
            self._between("}")
        if self._next():
            self._refuse("Expecting nothing after the end of the object")

    def _records(self, name: str) -> Iterator[Entry]:
        if self._next() != "[":
            if self._value() is not None:
                self._refuse(f"$.{name} must be an array of records")
            return
        self._take("[", "")
        index = 0
        while not self._took("]"):
            line = self._line_here()
            yield Entry(name, index, line, self._value())
            index += 1
            self._between("]")

    def _between(self, end: str) -> None:
        """A comma with something after it, or the end, which is left for the caller."""
        if self._next() == end:
            return
        self._take(",", f"Expecting ',' or '{end}'")
        if self._next() == end:
            self._refuse(f"Expecting no ',' before '{end}'")

    def _value(self) -> object:
        self._next()
        try:
            value, self._at = self._decoder.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            self._at = error.pos
            self._refuse(error.msg)
        except (ValueError, RecursionError) as error:
            self._refuse(_reason(error))
        return value

    def _took(self, mark: str) -> bool:
        found = self._next() == mark
        self._at += found
        return found

    def _take(self, mark: str, otherwise: str) -> None:
        if not self._took(mark):
            self._refuse(otherwise)

    def _next(self) -> str:
        """The next character that is not blank; empty at the end of the text."""
        blanks = _BLANKS.match(self._text, self._at)
        self._at = blanks.end() if blanks else self._at
        return self._text[self._at : self._at + 1]

    def _line_here(self) -> int:
        self._next()
        self._line += self._text.count("\n", self._counted_to, self._at)
        self._counted_to = self._at
        return self._line

    def _refuse(self, what: str) -> NoReturn:
        line = self._text.count("\n", 0, self._at) + 1
        column = self._at - self._text.rfind("\n", 0, self._at)
        raise BadFile([Finding(line, f"column {column}:", what)]) from None


def _as_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    names = [name for name, _ in pairs]
    repeated = RepeatedFields(members)
    repeated.names = tuple(name for name in members if names.count(name) > 1)
    return repeated


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "Nested too deeply"
    return str(error) if "JSON" in str(error) else "A number that is too long"
