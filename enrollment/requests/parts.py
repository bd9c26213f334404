"""Reading a body object by object, so that all that is wrong is told at once.

null equals absent, and properties that nobody asks for are ignored (enrollment contract 1).
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any, TypeVar

from notifications_platform.http.refusals import ValidationProblem

# Enough to mend a request by; a hostile one does not make an answer of megabytes.
MOST_TOLD = 100
CODE_LENGTH = 300
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Several codes together must fit into an index entry, whatever they are written in.
_CODE_BYTES = 2 * CODE_LENGTH

Found = dict[str, list[str]]
Value = TypeVar("Value")


class Part:
    """One object of a body and where it stands. What has a wrong type is noted, and read as if
    it were absent.
    """

    def __init__(self, value: Any, path: str, found: Found) -> None:
        self._path = path
        self._found = found
        self._members: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self.refuse("", "An object is needed here.")

    def refuse(self, name: str, what: str) -> None:
        """`name` empty: the object itself."""
        place = self._place(name)
        if len(self._found) < MOST_TOLD or place in self._found:
            self._found.setdefault(place, []).append(what)

    def is_refused(self, name: str) -> bool:
        return self._place(name) in self._found

    def names(self, name: str) -> bool:
        """Whether the property was sent, be it as null."""
        return name in self._members

    def has(self, name: str) -> bool:
        return self._members.get(name) is not None

    def value(self, name: str) -> Any:
        """As it was sent; None when absent."""
        return self._members.get(name)

    def is_text(self, name: str) -> bool:
        return isinstance(self._members.get(name), str)

    def text(self, name: str) -> str:
        """Empty when absent."""
        return self._of(name, str, "A string is needed here.") or ""

    def code(self, name: str) -> str:
        """A text by which rows are found. Empty when absent."""
        text = self._of(name, str, "A string is needed here.") or ""
        if wrong := unfit_as_code(text):
            self.refuse(name, wrong)
        return text

    def truth(self, name: str) -> bool | None:
        return self._of(name, bool, "true or false is needed here.")

    def day(self, name: str) -> date | None:
        text = self.text(name)
        if not self.is_text(name):
            return None
        with suppress(ValueError):
            if _DATE.fullmatch(text):
                return date.fromisoformat(text)
        self.refuse(name, "A date such as 2025-03-01 is needed here.")
        return None

    def word(self, name: str, words: Collection[str]) -> str:
        """One of `words`; empty when absent."""
        text = self.text(name)
        if self.is_text(name) and text not in words:
            self.refuse(name, f"One of {', '.join(words)} is needed here.")
        return text

    def entries(self, name: str) -> list[Any] | None:
        """A list as it was sent; None when absent."""
        return self._of(name, list, "A list is needed here.")

    def each(
        self, name: str, entries: Collection[Any], read: Callable[["Part"], Value]
    ) -> list[Value]:
        """What `read` makes of each object in the list at `name`."""
        path = self._place(name)
        return [
            read(Part(entry, f"{path}[{number}]", self._found))
            for number, entry in enumerate(entries)
        ]

    def _place(self, name: str) -> str:
        return ".".join(step for step in (self._path, name) if step) or "$"

    def _of(self, name: str, kind: type[Value], needed: str) -> Value | None:
        value = self._members.get(name)
        if value is None or isinstance(value, kind):
            return value
        self.refuse(name, needed)
        return None


def unfit_as_code(text: str) -> str:
    """What is wrong with a text by which rows are to be found; empty: nothing."""
    if "\x00" in text:
        return "U+0000 is not allowed."
    if len(text) > CODE_LENGTH:
        return f"{CODE_LENGTH} characters at most, not {len(text)}."
    if len(text.encode()) > _CODE_BYTES:
        return f"{_CODE_BYTES} bytes of UTF-8 at most."
    return ""


@contextmanager
def reading(body: Any) -> Iterator[Part]:
    """Around the reading of a body. Raises ValidationProblem (400) at its end, with all that was
    found; at once where the body is no object.
    """
    found: Found = {}
    whole = Part(body, "", found)
    if not found:
        yield whole
    if found:
        raise ValidationProblem(found)
