"""An answer as it comes in (RFC 9112), from a connection that may serve for the next call.

Strict where another reading would move the end of the answer: what is said beyond it would be
taken for the next one. What puts only the body in doubt is refused when the body is read: whoever
wants to know the status alone has it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

_LONGEST_HEAD = 64 * 1024
_MOST_HEADERS = 100
_LONGEST_LINE = 4096
_MOST_BEFORE = 50
_LONGEST_BEFORE = 64 * 1024
_STATUS_LINE = re.compile(r"HTTP/1\.([0-9])[ \t]+([1-9][0-9]{2})(?:[ \t][^\x00\r]*)?")
_HEADER = re.compile(r"([\x21-\x39\x3b-\x7e]+):[ \t]*([^\x00\r]*)")
_FOLD = re.compile(r"\n[ \t]+")
_HEAD_END = re.compile(rb"\n\r?\n")
_SAYS_WHERE_IT_ENDS = re.compile(r"content-length|transfer-encoding", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,18}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
# Several of one of these are one list; of any other header the last one counts.
_LISTS = {"connection", "content-length", "transfer-encoding"}
_SWITCHING_PROTOCOLS = 101
_WITHOUT_A_BODY = {_SWITCHING_PROTOCOLS, 204, 304}


class Unreadable(Exception):
    """No answer, half of one, or none by the rules. Its text says nothing of what came."""


class _Ended(Unreadable):
    """The other side will say nothing more."""


class Receiving(Protocol):
    def receive(self) -> bytes:
        """What has come in, once there is something; empty: nothing will come any more."""


class Answering:
    """One whose head has been read, as far as it came: at least its status line. Header names are
    in lower case; fields that cannot be read are left out. `keeps`: the other side goes on after
    this answer, and where it ends is beyond doubt; `is_over`: it has been read to there.

    Making and reading one raise Unreadable, and what `receive` raises.
    """

    def __init__(self, method: str, wire: Receiving) -> None:
        self._incoming = _Incoming(wire)
        head = _final_head(self._incoming)
        self.status = head.status
        self.headers: Mapping[str, str] = head.headers
        self._length, self._pieces, self.keeps = self._framed(method, head)
        self._size = 0
        self.is_over = self._length == 0

    def _framed(self, method: str, head: "_Head") -> "_Framed":
        try:
            return _framed(self._incoming, method, head)
        except Unreadable as doubt:
            return None, _refused(doubt), False

    @property
    def said_more(self) -> bool:
        """Beyond its end, once it is over."""
        return bool(self._incoming.unread)

    def read(self, limit: int) -> bytes:
        """The body, or somewhat more than `limit` bytes of it."""
        pieces, size = [], 0
        while size <= limit and (piece := next(self._pieces, b"")):
            pieces.append(piece)
            size += len(piece)
        self._size += size
        self.is_over = self.is_over or size <= limit or self._size == self._length
        return b"".join(pieces)

    def pass_over(self, limit: int) -> None:
        """Read a rest of up to `limit` bytes; one that is known to be longer stays unread."""
        if self._length is None or self._length - self._size <= limit:
            self.read(limit)


class _Incoming:
    """`unread`: what has come in already."""

    def __init__(self, wire: Receiving) -> None:
        self.unread = b""
        self._wire = wire
        self._began = False

    def more(self) -> None:
        """Raises _Ended."""
        received = self._wire.receive()
        if not received:
            raise _Ended("cut short" if self._began else "closed without an answer")
        self._began = True
        self.unread += received

    def take(self, most: int | None = None) -> bytes:
        """Some of what there is; waits for the first byte. Raises _Ended."""
        if not self.unread:
            self.more()
        taken = self.unread[:most]
        self.unread = self.unread[len(taken) :]
        return taken

    def line(self) -> bytes:
        """Up to a line end, and without it."""
        while (end := self.unread.find(b"\r\n", 0, _LONGEST_LINE)) < 0:
            if len(self.unread) >= _LONGEST_LINE:
                raise Unreadable("a line too long")
            self.more()
        line, self.unread = self.unread[:end], self.unread[end + 2 :]
        return line


class _Head(NamedTuple):
    """`is_old`: of HTTP/1.0; `untidy`: the fields that are none; `is_cut_short`: the other side
    closed before its end.
    """

    is_old: bool
    status: int
    headers: dict[str, str]
    untidy: str
    is_cut_short: bool


def _final_head(incoming: _Incoming) -> _Head:
    """Whatever is said before the answer proper is passed over (RFC 9110, section 15.2)."""
    passed_over = 0
    for _ in range(_MOST_BEFORE):
        said, is_cut_short = _taken_head(incoming)
        head = _head(said, is_cut_short=is_cut_short)
        if head.status // 100 != 1 or head.status == _SWITCHING_PROTOCOLS:
            return head
        passed_over += len(said)
        if is_cut_short or passed_over > _LONGEST_BEFORE:
            break
    raise Unreadable("no answer for all that is said before it")


def _taken_head(incoming: _Incoming) -> tuple[bytes, bool]:
    """Or those of its lines that came before the other side closed, and that it did."""
    searched = 0
    while not (end := _HEAD_END.search(incoming.unread, searched, _LONGEST_HEAD)):
        _refuse_early(incoming.unread)
        searched = max(0, len(incoming.unread) - 2)
        try:
            incoming.more()
        except _Ended:
            if b"\n" not in incoming.unread:
                raise
            return incoming.take(incoming.unread.rindex(b"\n") + 1), True
    return incoming.take(end.end()), False


def _head(said: bytes, *, is_cut_short: bool) -> _Head:
    """Lines may end without the carriage return (RFC 9112, 2.2)."""
    text = said.decode("latin-1").replace("\r\n", "\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    status_line, *fields = text.rstrip("\n").split("\n")
    return _Head(*_status(status_line), *_headers(fields), is_cut_short)


def _refuse_early(unread: bytes) -> None:
    """Whoever speaks something else may wait for us to go on."""
    if len(unread) >= _LONGEST_HEAD:
        raise Unreadable("headers too long")
    first, ended, _ = unread.partition(b"\n")
    if ended:
        _status(first.decode("latin-1").removesuffix("\r"))


def _status(line: str) -> tuple[bool, int]:
    found = _STATUS_LINE.fullmatch(line)
    if not found:
        raise Unreadable("no HTTP")
    return found[1] == "0", int(found[2])


def _headers(fields: list[str]) -> tuple[dict[str, str], str]:
    """And what cannot be read. Others pass over it, and so has what we asked for been done."""
    if len(fields) > _MOST_HEADERS:
        raise Unreadable("too many headers")
    headers: dict[str, str] = {}
    untidy = ""
    for field in fields:
        found = _HEADER.fullmatch(field)
        if not found:
            untidy += f"{field}\n"
            continue
        name, value = found[1].lower(), found[2].rstrip(" \t")
        if name in _LISTS and name in headers:
            value = f"{headers[name]}, {value}"
        headers[name] = value
    return headers, untidy


_Framed = tuple[int | None, Iterator[bytes], bool]


def _framed(incoming: _Incoming, method: str, head: _Head) -> _Framed:
    """How long the body is, as far as that was said, its pieces, and whether the other side goes
    on after it (RFC 9112, sections 6.3 and 9.3). Raises Unreadable where that is in doubt.
    """
    goes_on = _goes_on(head)
    if head.is_cut_short:
        raise Unreadable("cut short")
    if method == "HEAD" or head.status in _WITHOUT_A_BODY:
        return 0, iter(()), goes_on and head.status != _SWITCHING_PROTOCOLS
    if _SAYS_WHERE_IT_ENDS.search(head.untidy):
        raise Unreadable("a header without a name")
    coding, length = map(head.headers.get, ("transfer-encoding", "content-length"))
    if coding is not None:
        if coding.lower() != "chunked":
            return None, _to_the_end(incoming), False
        return None, _chunks(incoming), goes_on and length is None and not head.is_old
    if length is not None:
        size = _size(length)
        return size, _sized(incoming, size), goes_on
    return None, _to_the_end(incoming), False


def _goes_on(head: _Head) -> bool:
    options = head.headers.get("connection", "").lower()
    if head.untidy or "close" in options:
        return False
    return not head.is_old or "keep-alive" in options


def _refused(doubt: Unreadable) -> Iterator[bytes]:
    yield from ()
    raise doubt


def _size(text: str) -> int:
    """Several that agree are one (RFC 9112, 6.3)."""
    said = {one.strip(" \t") for one in text.split(",")}
    if len(said) > 1 or not _LENGTH.fullmatch(text := said.pop()):
        raise Unreadable("a length that is none")
    return int(text)


def _sized(incoming: _Incoming, size: int) -> Iterator[bytes]:
    while size:
        piece = incoming.take(size)
        size -= len(piece)
        yield piece


def _chunks(incoming: _Incoming) -> Iterator[bytes]:
    while size := _chunk_size(incoming.line()):
        yield from _sized(incoming, size)
        if incoming.line():
            raise Unreadable("a chunk longer than it said")
    trailers = 0
    while incoming.line():
        trailers += 1
        if trailers > _MOST_HEADERS:
            raise Unreadable("too many headers")


def _chunk_size(line: bytes) -> int:
    found = _CHUNK.fullmatch(line)
    if not found:
        raise Unreadable("a chunk without a size")
    return int(found[1], 16)


def _to_the_end(incoming: _Incoming) -> Iterator[bytes]:
    while True:
        try:
            piece = incoming.take()
        except _Ended:
            return
        yield piece
