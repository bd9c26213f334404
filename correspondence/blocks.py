"""The blocks of a Markdown text, as far as they decide what is code and what is read for inline
marks (CommonMark 0.31): quotations, list items, fences, indented code, beginnings of HTML.
"""

import re
from dataclasses import dataclass, field

# Every line is held against each container that is open; no letter needs as many.
DEEPEST = 20

_FENCE = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_HEADING = re.compile(r"#{1,6}(?: |$)")
_THEMATIC_BREAK = re.compile(r"(?:(?:\* *+){3,}|(?:- *+){3,}|(?:_ *+){3,})$")
_UNDERLINE = re.compile(r"(?:=+|-+) *$")
_MARKER = re.compile(r"(?:[-+*]|([0-9]{1,9})[.)])( +|$)")
_NAMES = (
    "address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|"
    "dialog|dir|div|dl|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|"
    "header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|"
    "param|search|section|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul"
)
# What begins a block of HTML by itself, whether the tag is ever ended or not.
_HTML = re.compile(
    r"<(?:(?:script|pre|style|textarea)(?: |>|$)|!--|\?|!\[CDATA\[|![a-z]"
    rf"|/?(?:{_NAMES})(?: |/?>|$))",
    re.IGNORECASE,
)
_LINE_BREAK = re.compile(r"<br */?> *$", re.IGNORECASE)


class TooDeep(Exception):
    """`line` counts from 0."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


@dataclass(slots=True)
class Piece:
    """A stretch that is read for inline marks, each line with its number from 0. `is_html`: it
    stands in a block of HTML, where there are no code spans; `is_tag`: its first line begins one.
    """

    lines: list[tuple[int, str]] = field(default_factory=list)
    is_html: bool = False
    is_tag: bool = False


@dataclass(slots=True)
class _Container:
    """A list item whose content stands `width` columns in, or a quotation (0)."""

    width: int = 0
    is_empty: bool = False


def pieces(text: str) -> list[Piece]:
    """All but the code blocks, in their order. Lines end with line feeds. Raises TooDeep."""
    reader = _Reader()
    for number, line in enumerate(text.split("\n")):
        reader.read(number, line.expandtabs(4))
    return reader.pieces


class _Reader:
    """Line by line. `open` is the paragraph that the next line may go on with, or the block of
    HTML that has been begun by a lone `<br>`.
    """

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.containers: list[_Container] = []
        self.open: Piece | None = None
        self.fence: str = ""

    def read(self, number: int, line: str) -> None:
        rest, kept = self._continued(line)
        if kept == len(self.containers):
            if self.fence:
                self._in_fence(rest)
                return
            if self.open is not None and self.open.is_html and rest.strip():
                self.open.lines.append((number, rest))
                return
        self._begin(number, rest, kept)

    def _continued(self, line: str) -> tuple[str, int]:
        """What the line says inside of the containers that go on, and how many these are."""
        for at, container in enumerate(self.containers):
            indent = _indent(line)
            blank = indent == len(line)
            if not container.width:
                if indent > 3 or line[indent : indent + 1] != ">":
                    return line, at
                line = _after_mark(line[indent + 1 :])
            elif blank and not container.is_empty:
                line = ""
            elif not blank and indent >= container.width:
                line = line[container.width :]
                container.is_empty = False
            else:
                return line, at
        return line, len(self.containers)

    def _in_fence(self, rest: str) -> None:
        mark = rest.strip(" ")
        if _indent(rest) <= 3 and len(mark) >= len(self.fence) and not mark.strip(self.fence[0]):
            self.fence = ""

    def _begin(self, number: int, rest: str, kept: int) -> None:
        """Containers first, then the one leaf that the rest of the line is, or goes on with."""
        if self.open is None or self.open.is_html:
            self._leaf(kept)  # only a paragraph goes on after the end of its container
        while inner := self._container(number, rest, kept):
            rest, kept = inner, len(self.containers)
        if self._is_code(rest):
            self._close(kept)
        elif self._is_leaf(number, rest, kept):
            pass
        elif rest.strip(" ") and self.open is not None:
            self.open.lines.append((number, rest.lstrip(" ")))  # lazily, too
        else:
            self._close(kept)
            self.open = None
            if rest.strip(" "):
                self.open = self._piece(number, rest.lstrip(" "))

    def _container(self, number: int, rest: str, kept: int) -> str:
        """Opens the container that begins here; what it holds of the line. Empty: none begins.

        An item without text yet holds a blank.
        """
        indent = _indent(rest)
        text = rest[indent:]
        if indent > 3 or not text:
            return ""
        if text[0] == ">":
            self._enter(number, _Container(), kept)
            return _after_mark(text[1:]) or " "
        marker = None if _THEMATIC_BREAK.match(text) else _MARKER.match(text)
        if marker is None or not self._may_begin(marker, text, kept):
            return ""
        spaces = len(marker[2])
        inner = text[marker.end() :]
        if not inner or spaces > 4:
            inner, spaces = " " * (spaces - 1) + inner, 1
        width = indent + marker.start(2) + spaces
        self._enter(number, _Container(width, is_empty=not inner.strip(" ")), kept)
        return inner or " "

    def _may_begin(self, marker: re.Match[str], text: str, kept: int) -> bool:
        """In the middle of a paragraph a list begins with 1 and with some text."""
        if self.open is None or kept < len(self.containers):
            return True
        if _UNDERLINE.match(text):
            return False
        return marker.end() < len(text) and marker[1] in {None, "1"}

    def _enter(self, number: int, container: _Container, kept: int) -> None:
        self._close(kept)
        self.open = None
        self.containers.append(container)
        if len(self.containers) > DEEPEST:
            raise TooDeep(number)

    def _close(self, kept: int) -> None:
        if kept < len(self.containers):
            del self.containers[kept:]
            self.open, self.fence = None, ""

    def _is_code(self, rest: str) -> bool:
        return _indent(rest) > 3 and bool(rest.strip(" ")) and self.open is None

    def _is_leaf(self, number: int, rest: str, kept: int) -> bool:
        """Whether a heading, a fence, HTML or a line of marks is all that there is here."""
        if _indent(rest) > 3:
            return False
        text = rest.lstrip(" ")
        if fence := _FENCE.match(text):
            self._leaf(kept)
            self.fence = fence[1] or fence[2]
        elif _HTML.match(text):
            self._leaf(kept)
            self._piece(number, text).is_tag = True
        elif _HEADING.match(text):
            self._leaf(kept)
            self._piece(number, text)
        elif self._is_underline(text, kept) or _THEMATIC_BREAK.match(text):
            self._leaf(kept)
        elif self.open is None and _LINE_BREAK.match(text):
            self._leaf(kept)
            self.open = self._piece(number, text)
            self.open.is_html = True
        else:
            return False
        return True

    def _is_underline(self, text: str, kept: int) -> bool:
        is_here = self.open is not None and kept == len(self.containers)
        return is_here and bool(_UNDERLINE.match(text))

    def _leaf(self, kept: int) -> None:
        self._close(kept)
        self.open = None

    def _piece(self, number: int, text: str) -> Piece:
        piece = Piece([(number, text)])
        self.pieces.append(piece)
        return piece


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _after_mark(text: str) -> str:
    """A quotation's mark takes one space with it."""
    return text[1:] if text.startswith(" ") else text
