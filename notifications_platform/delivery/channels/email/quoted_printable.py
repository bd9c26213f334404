"""Quoted-printable in pieces that can be joined (RFC 2045, section 6.7).

A piece that something follows ends in a soft line break, so that the next one begins a line,
whatever stands in it. No encoded line begins with a dot, so that SMTP has nothing to stuff.
"""

import re
from binascii import b2a_qp

_SOFT = "=\r\n"
_LINE = 75  # and the `=` of a soft break makes 76
_DOT = "=2E"
_TABLE = [
    chr(code) if code == 9 or (32 <= code <= 126 and code != 61) else f"={code:02X}"
    for code in range(256)
]
_AT_LINE_END = {" ": "=20", "\t": "=09"}
_LINE_BREAK = re.compile(r"\r\n|\r")
# Most values are short and plain: they stand for themselves.
_NEEDS_LINES = re.compile(r"\A\.|[\r\n]|\A\Z")
_AS_IT_IS = re.compile(r"[ !-\-/-<>-~][ -<>-~]{0,70}")


def piece(text: str) -> bytes:
    """`text` encoded for more to follow; nothing for an empty text."""
    if _AS_IT_IS.fullmatch(text):
        return f"{text}{_SOFT}".encode("ascii")
    if not _NEEDS_LINES.search(text):
        encoded = b2a_qp(text.encode("utf-8", "replace"))
        if len(encoded) <= _LINE:
            return encoded + b"=\r\n"
    *lines, last = _lines(text)
    hard = "".join(f"{_line(line)}\r\n" for line in lines)
    return (hard + (_wrapped(_octets(last)) + _SOFT if last else "")).encode("ascii")


def last_piece(text: str) -> bytes:
    """`text` encoded as the end of a body, which ends in a line break of its own."""
    lines = _lines(text)
    if not lines[-1] and len(lines) > 1:
        lines.pop()
    return "".join(f"{_line(line)}\r\n" for line in lines).encode("ascii")


def _lines(text: str) -> list[str]:
    return _LINE_BREAK.sub("\n", text).split("\n")


def _line(line: str) -> str:
    """A line that a hard break follows: white space at its end would not survive."""
    octets = _octets(line)
    if octets and octets[-1] in _AT_LINE_END:
        octets[-1] = _AT_LINE_END[octets[-1]]
    return _wrapped(octets)


def _octets(line: str) -> list[str]:
    return [_TABLE[byte] for byte in line.encode("utf-8", "replace")]


def _wrapped(octets: list[str]) -> str:
    lines: list[str] = []
    line: list[str] = []
    length = 0
    for octet in octets:
        if length + len(octet) > _LINE:
            lines.append("".join(line))
            line, length = [], 0
        written = _DOT if octet == "." and not length else octet
        line.append(written)
        length += len(written)
    lines.append("".join(line))
    return _SOFT.join(lines)
