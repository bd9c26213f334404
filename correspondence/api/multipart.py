"""multipart/form-data (RFC 7578) as it arrives, a piece of it in memory at a time.

A reader of our own, since a form that breaks off must not be taken for a shorter one, a file is
called what its sender calls it, and text that is not what it says it is must be told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.http import parse_header_parameters
from rest_framework.exceptions import UnsupportedMediaType

_LONGEST_HEAD = 16_384
_LONGEST_PADDING = 200
_LONGEST_BOUNDARY = 200
_LINE_END = b"\r\n"
_PLAIN_ENCODINGS = frozenset({"", "7bit", "8bit", "binary"})
# What senders call them, and what decodes them.
_CHARSETS = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1"}


class Malformed(Exception):
    """What is wrong with the form, for its sender."""


@dataclass(frozen=True, slots=True)
class Part:
    """`file_name` None: a field. `content` is there until the next part is asked for; what is
    left of it then is passed over.
    """

    name: str
    file_name: str | None
    charset: str
    content: Iterator[bytes]

    def decoded(self, content: bytes) -> str:
        """Raises Malformed for bytes that are no text in the part's character set."""
        try:
            return content.decode(self.charset)
        except UnicodeDecodeError:
            # Without its name, which is the sender's own.
            raise Malformed(f"A field is no {self.charset.upper()} text.") from None


def parts(pieces: Iterator[bytes], content_type: str) -> Iterator[Part]:
    """The named parts of a body in their order; those without a name are passed over.

    Raises Malformed, also where the body ends before its closing boundary; UnsupportedMediaType
    (415) for text in a character set that is not understood.
    """
    delimiter = _LINE_END + b"--" + _boundary(content_type)
    stream = _Stream(pieces)
    _pass_over(stream.until(delimiter))
    while not stream.follows(b"--"):
        if stream.taken(_LINE_END, _LONGEST_PADDING).strip(b" \t"):
            raise Malformed("A boundary does not stand alone in its line.")
        # Where there are no headers, their end comes at once.
        stream.back(len(_LINE_END))
        headers = _headers(stream.taken(_LINE_END * 2, _LONGEST_HEAD))
        content = stream.until(delimiter)
        if part := _part(headers, content):
            yield part
        _pass_over(content)
    _pass_over(pieces)


def _boundary(content_type: str) -> bytes:
    boundary = _parameters(content_type)[1].get("boundary", "")
    if not 0 < len(boundary) <= _LONGEST_BOUNDARY or not boundary.isascii():
        raise Malformed("The Content-Type names no boundary.")
    return boundary.encode()


def _headers(block: bytes) -> dict[str, str]:
    try:
        lines = block.decode().split("\r\n")
    except UnicodeDecodeError:
        raise Malformed("The headers of a part are no UTF-8.") from None
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers


def _part(headers: dict[str, str], content: Iterator[bytes]) -> Part | None:
    kind, disposition = _parameters(headers.get("content-disposition", ""))
    name, file_name = disposition.get("name", "").strip(), disposition.get("filename")
    # A browser sends a file without a name where none was chosen.
    if kind != "form-data" or not name or file_name == "":
        return None
    encoding = headers.get("content-transfer-encoding", "").lower()
    if encoding not in _PLAIN_ENCODINGS:
        raise Malformed("A part is encoded: send its bytes as they are.")
    media_type = headers.get("content-type", "")
    charset = _CHARSETS.get(_parameters(media_type)[1].get("charset", "utf-8").lower())
    if charset is None and file_name is None:
        raise UnsupportedMediaType(media_type, "Only UTF-8 is understood.")
    return Part(name, file_name, charset or "utf-8", content)


def _parameters(header: str) -> tuple[str, dict[str, str]]:
    try:
        return parse_header_parameters(header)
    except (ValueError, LookupError, TypeError) as error:
        raise Malformed("The headers of a part cannot be read.") from error


def _pass_over(pieces: Iterator[bytes]) -> None:
    for _ in pieces:
        pass


class _Stream:
    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        # The first boundary has a line end before it, too, if only in our eyes.
        self._held, self._at = _LINE_END, 0

    def until(self, end: bytes) -> Iterator[bytes]:
        """What comes before `end`, which is taken with it."""
        while (found := self._held.find(end, self._at)) < 0:
            known = len(self._held) - len(end) + 1
            if known > self._at:
                piece, self._at = self._held[self._at : known], known
                yield piece
            self._read_on()
        piece, self._at = self._held[self._at : found], found + len(end)
        if piece:
            yield piece

    def taken(self, end: bytes, most: int) -> bytes:
        taken = b""
        for piece in self.until(end):
            taken += piece
            if len(taken) > most:
                raise Malformed("The headers of a part are too long.")
        return taken

    def follows(self, mark: bytes) -> bool:
        while len(self._held) - self._at < len(mark):
            self._read_on()
        return self._held.startswith(mark, self._at)

    def back(self, count: int) -> None:
        """Not further than to before the end that was taken last."""
        self._at -= count

    def _read_on(self) -> None:
        piece = next(self._pieces, b"")
        if not piece:
            raise Malformed("It ends before its closing boundary.")
        self._held, self._at = self._held[self._at :] + piece, 0
