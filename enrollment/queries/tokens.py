"""From the text of a `q` to its words."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from enrollment.queries.errors import BadQuery

LONGEST = 10_000


class Kind(Enum):
    """`value`: how an error calls it."""

    NAME = "a name"
    NUMBER = "a number"
    STRING = "a string"
    AND = "'.and.'"
    OR = "'.or.'"
    DOT = "'.'"
    COMMA = "','"
    OPEN = "'('"
    CLOSE = "')'"
    END = "the end"


class Token(NamedTuple):
    """`text` is what is meant: a string without its quotes and escapes."""

    kind: Kind
    text: str
    position: int


_JOINTS = {"and": Kind.AND, "or": Kind.OR}
_MARKS = {".": Kind.DOT, ",": Kind.COMMA, "(": Kind.OPEN, ")": Kind.CLOSE}
_PIECE = re.compile(
    r"""(?P<blank>[ \t\r\n]+)
    |(?P<name>[A-Za-z][A-Za-z0-9_]*)
    |(?P<number>-?[0-9]+(?:\.[0-9]+)?)
    |\.[ \t\r\n]*(?P<joint>and|or)[ \t\r\n]*\.
    |(?P<mark>[.,()])
    |'(?P<single>(?:[^'\\]|\\.)*)'
    |"(?P<double>(?:[^"\\]|\\.)*)\"""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"""\\(['"\\])""")


def tokens(text: str) -> Iterator[Token]:
    """Ends with an END. Raises BadQuery."""
    if len(text) > LONGEST:
        raise BadQuery(f"{LONGEST} characters at most", LONGEST)
    if "\x00" in text:
        raise BadQuery("U+0000 is not allowed", text.index("\x00"))
    position = 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None:
            raise _unreadable(text, position)
        if token := _token(piece):
            yield token
        position = piece.end()
    yield Token(Kind.END, "", len(text))


def _token(piece: re.Match[str]) -> Token | None:
    """None for blanks."""
    name, found, position = piece.lastgroup, piece.group(), piece.start()
    match name:
        case "name":
            return Token(Kind.NAME, found, position)
        case "number":
            return Token(Kind.NUMBER, found, position)
        case "joint":
            return Token(_JOINTS[piece.group(name)], found, position)
        case "mark":
            return Token(_MARKS[found], found, position)
        case "single" | "double":
            return Token(Kind.STRING, _ESCAPED.sub(r"\1", found[1:-1]), position)
    return None


def _unreadable(text: str, position: int) -> BadQuery:
    if text[position] in "'\"":
        return BadQuery("A string that does not end", position)
    return BadQuery(f"Not understood: {text[position]}", position)
