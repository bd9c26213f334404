"""Quoted-printable in pieces that can be joined (RFC 2045, section 6.7).

A piece that something follows ends in a soft line break, so that the next one begins a line,
whatever stands in it. No encoded line begins with a dot, so that SMTP has nothing to stuff.
"""

import re
from binascii import b2a_qp

_SOFT = "=\r\n"
_LINE = 75  # and the `=` of a soft break makes 76
_DOT = "=2E"
_EQUALS_SIGN = ord("=")
_THEMSELVES = bytes({ord("\t"), *range(ord(" "), ord("~") + 1)} - {_EQUALS_SIGN})
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
    return (hard + (_wrapped(_encoded(last)) + _SOFT if last else "")).encode("ascii")


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
    encoded = _encoded(line)
    if encoded and (last := _AT_LINE_END.get(encoded[-1])):
        encoded = encoded[:-1] + last
    return _wrapped(encoded)


def _encoded(line: str) -> str:
    octets = line.encode("utf-8", "replace")
    # Few different ones, however long the text: each at the speed of a search.
    odd = set(octets.translate(None, _THEMSELVES))
    for octet in sorted(odd, key=_EQUALS_SIGN.__ne__):
        octets = octets.replace(bytes([octet]), b"=%02X" % octet)
    return octets.decode("ascii")


def _wrapped(encoded: str) -> str:
    """Cut into lines, none within an encoded octet and none beginning with a dot."""
    lines: list[str] = []
    position, length = 0, len(encoded)
    while True:
        head = _DOT if encoded.startswith(".", position) else ""
        position += bool(head)
        end = position + _LINE - len(head)
        if end >= length:
            lines.append(head + encoded[position:])
            return _SOFT.join(lines)
        if encoded[end - 1] == "=":
            end -= 1
        elif encoded[end - 2] == "=":
            end -= 2
        lines.append(head + encoded[position:end])
        position = end
