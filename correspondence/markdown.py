"""HTML in Markdown, outside code spans and code blocks (CommonMark; correspondence contract 4.2).

Where only a full reading of links could tell whether backticks make a code span, they make none:
rather is a curious letter refused than HTML let through.
"""

import re
from dataclasses import dataclass

from correspondence.blocks import DEEPEST, Piece, TooDeep, pieces
from correspondence.tags import TagFinder, address_at, line_break_at

_MARK = re.compile(r"\\.|`+|<", re.DOTALL)
_MARK_IN_HTML = re.compile("<")
_BEGUN = re.compile(r"<[A-Za-z/!?]")
_TARGET_BEGINS = re.compile(r"\]\(")
_PLAIN = r"[^\s()<>\"'\\`]*+"
_PLAIN_TARGET = re.compile(rf"{_PLAIN}(?:\({_PLAIN}\){_PLAIN})?(?:\s++\"[^\"\\`]*+\")?\)")


@dataclass(frozen=True, slots=True)
class Found:
    """Counted from 1."""

    line: int
    character: int
    what: str


def first_html(text: str) -> Found | None:
    """`text`: with line feeds only at the ends of its lines. Nesting that is deeper than we
    follow is told of in the same way.
    """
    try:
        read = pieces(text)
    except TooDeep as deep:
        return Found(deep.line + 1, 1, f"nesting deeper than {DEEPEST}")
    for piece in read:
        inner = "\n".join(line for _, line in piece.lines)
        at = 0 if piece.is_tag else _html(inner, piece)
        if at is not None:
            return _found(text, piece, inner, at)
    return None


def _found(text: str, piece: Piece, inner: str, at: int) -> Found:
    """In the text as it was sent: by the `<` that follow in the same line."""
    number, line = piece.lines[inner.count("\n", 0, at)]
    following = line[at - inner.rfind("\n", 0, at) - 1 :].count("<")
    sent = text.split("\n")[number]
    before = sent.rsplit("<", following)[0]
    return Found(number + 1, len(before) + 1, "HTML")


def _has_code_spans(piece: Piece, text: str) -> bool:
    if piece.is_html or (text.startswith("[") and "]:" in text):
        return False
    return all(_PLAIN_TARGET.match(text, one.end()) for one in _TARGET_BEGINS.finditer(text))


def _html(text: str, piece: Piece) -> int | None:
    """Where the first HTML begins. In a block of HTML a tag that is not ended is one, too."""
    finder = TagFinder(text)
    closers = _Closers(text if _has_code_spans(piece, text) else "")
    marks = _MARK_IN_HTML if piece.is_html else _MARK
    place = 0
    while mark := marks.search(text, place):
        place = mark.end()
        if mark[0][0] == "`":
            place = closers.after(place, len(mark[0])) or place
        elif mark[0] == "<":
            at = mark.start()
            passed = address_at(text, at) or line_break_at(text, at)
            begins = _BEGUN.match(text, at) if piece.is_html else finder.begins_at(at)
            if begins and not passed:
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
