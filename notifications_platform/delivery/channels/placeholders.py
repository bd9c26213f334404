"""Texts cut at their placeholders once, and filled per message (orders contract 7.5)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as `literals[0], names[0], literals[1], … literals[-1]`."""

    literals: tuple[str, ...]
    names: tuple[str, ...]

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with each placeholder's value. A value is not looked at again, and a
        placeholder without value stays as written.
        """
        if not self.names:
            return self.literals[0]
        filled = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            filled += values.get(name, name), literal
        return "".join(filled)

    def map(self, change: Callable[[str], str]) -> "Cut":
        return Cut(tuple(map(change, self.literals)), self.names)


def cut(text: str, placeholders: Sequence[str]) -> Cut:
    """Cut at every placeholder, from the left; where two begin, at the longer one."""
    wanted = sorted(filter(None, placeholders), key=len, reverse=True)
    if not wanted:
        return Cut((text,), ())
    pieces = re.split("(" + "|".join(map(re.escape, wanted)) + ")", text)
    return Cut(tuple(pieces[::2]), tuple(pieces[1::2]))
