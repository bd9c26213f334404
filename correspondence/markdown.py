"""HTML in Markdown: outside code spans and code blocks (CommonMark; correspondence contract 4.2).

Blocks are read as CommonMark reads them, as far as they decide what is code.
"""

import re
from dataclasses import dataclass

from correspondence.tags import TagFinder, address_at, line_break_at

_MARK = re.compile(r"\\.|`+|<", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """Counted from 1."""

    line: int
    character: int
    what: str


def first_html(text: str) -> Found | None:
    at = html_in_inline(text)
    if at is None:
        return None
    return Found(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at), "HTML")


def html_in_inline(text: str) -> int | None:
    """Where the first HTML of a paragraph begins, outside code spans."""
    finder = TagFinder(text)
    closers = _Closers(text)
    place = 0
    while mark := _MARK.search(text, place):
        place = mark.end()
        if mark[0][0] == "`":
            place = closers.after(place, len(mark[0])) or place
        elif mark[0] == "<":
            at = mark.start()
            passed = address_at(text, at) or line_break_at(text, at)
            if not passed and finder.begins_at(at):
                return at
            place = passed or place
    return None


class _Closers:
    """Where runs of backticks of each length stand, to end a code span."""

    def __init__(self, text: str) -> None:
        self._runs: dict[int, list[int]] = {}
        for run in re.finditer("`+", text):
            self._runs.setdefault(len(run[0]), []).append(run.start())
        for starts in self._runs.values():
            starts.reverse()

    def after(self, place: int, length: int) -> int:
        """The end of the span that has begun before `place`; 0 if nothing ends it."""
        starts = self._runs.get(length, [])
        while starts and starts[-1] < place:
            starts.pop()
        return starts[-1] + length if starts else 0
