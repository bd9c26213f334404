"""Bodies too large to hold: their pieces as they arrive, on a clock.

The web server's input blocks until as many bytes as were asked for are there, and nothing but
the sender ends that. So a thread of its own reads, and the one that answers waits with a limit.
A thread whose sender says nothing more ends with the connection.

The web server tells the end of a body in chunks and the loss of its connection by the same empty
read: only a body whose length was announced is known to have broken off.
"""

import contextlib
import queue
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Event, Lock, Thread
from typing import Any, Protocol

from notifications_platform.http.limits import Readers
from notifications_platform.http.refusals import BodyTooLarge, TooManyBodies

_LARGEST_PIECE = 1 << 18
_SMALLEST_PIECE = 1 << 6
_QUICK, _SLOW = 0.5, 2.0
_AHEAD = 4
_LOOK_AGAIN = 1.0

# Of the twelve threads that a web process has; five more may wait for smaller bodies.
_ARRIVING = Readers(4, share=2)


class SenderSilent(Exception):
    """Not a byte has come for as long as was allowed."""


class BodyBrokenOff(Exception):
    """The sender is gone, or has sent less than it announced."""


class _Threads:
    """Room for so many that read, of which one caller has a share: those of silent senders are
    among them until they hang up.
    """

    def __init__(self, most: int, share: int) -> None:
        self._most, self._share = most, share
        self._lock = Lock()
        self._reading: Counter[str] = Counter()

    def take(self, caller: str) -> None:
        """Raises TooManyBodies (503)."""
        with self._lock:
            if self._reading.total() >= self._most or self._reading[caller] >= self._share:
                raise TooManyBodies
            self._reading[caller] += 1

    def give_back(self, caller: str) -> None:
        with self._lock:
            self._reading[caller] -= 1
            self._reading += Counter()  # forgets those who have none


# Whoever uploads is known; anybody may send a form, and those who are logged in must not be kept
# out by the others. Threads that only wait cost little.
_OF_UPLOADS, _OF_KNOWN, _OF_FORMS = (
    _Threads(64, share=64),
    _Threads(64, share=8),
    _Threads(512, share=8),
)


class Input(Protocol):
    def read(self, size: int, /) -> bytes: ...


def declared_length(meta: Mapping[str, Any]) -> int | None:
    """Of a request's body; None when it comes in chunks and nobody knows."""
    if "chunked" in str(meta.get("HTTP_TRANSFER_ENCODING", "")).lower():
        return None
    length = str(meta.get("CONTENT_LENGTH") or "0")
    return int(length) if length.isascii() and length.isdecimal() else 0


@contextlib.contextmanager
def body(
    stream: Input, *, length: int | None, silence: float, caller: str
) -> Iterator[Iterator[bytes]]:
    """The pieces of a body, in the order of their coming. `length` in bytes, None: until the
    stream ends. `silence` in seconds. Half of the room is the most that one `caller` takes.

    Raises TooManyBodies (503) at once; the pieces raise SenderSilent and BodyBrokenOff.
    """
    with _ARRIVING.room(caller), _reading(stream, length, _OF_UPLOADS, caller) as arrived:
        yield _pieces(arrived, silence)


def whole(  # noqa: PLR0913 what, how much, how long and whose
    stream: Input,
    *,
    length: int | None,
    limit: int,
    within: float,
    caller: str,
    is_known: bool = False,
) -> bytes:
    """A small body, all of it, however slowly its sender goes about it: nobody waits longer than
    `within` seconds. `length` as above; whoever calls has room for it. A `caller` who is known has
    room apart from anybody else's.

    Raises BodyTooLarge (413) beyond `limit` bytes, SenderSilent, BodyBrokenOff and, where too many
    that were given up, or of this `caller`, have not hung up yet, TooManyBodies (503).
    """
    if (length or 0) > limit:
        raise BodyTooLarge
    until, held = time.monotonic() + within, bytearray()
    with _reading(stream, length, _OF_KNOWN if is_known else _OF_FORMS, caller) as arrived:
        while piece := _next(arrived, max(0.0, until - time.monotonic())):
            held += piece
            if len(held) > limit:
                raise BodyTooLarge
    return bytes(held)


_Arrived = queue.Queue[bytes | BaseException]


@contextlib.contextmanager
def _reading(
    stream: Input, length: int | None, threads: _Threads, caller: str
) -> Iterator[_Arrived]:
    threads.take(caller)
    arrived: _Arrived = queue.Queue(_AHEAD)
    nobody_wants_more = Event()
    reader = _Reader(stream, length, arrived, nobody_wants_more)

    def read() -> None:
        try:
            reader.run()
        finally:
            threads.give_back(caller)

    try:
        Thread(target=read, name="arriving", daemon=True).start()
    except BaseException:
        threads.give_back(caller)
        raise
    try:
        yield arrived
    finally:
        nobody_wants_more.set()


def _pieces(arrived: _Arrived, silence: float) -> Iterator[bytes]:
    while piece := _next(arrived, silence):
        yield piece


def _next(arrived: _Arrived, seconds: float) -> bytes:
    """Empty at the end."""
    try:
        piece = arrived.get(timeout=seconds)
    except queue.Empty:
        raise SenderSilent from None
    if isinstance(piece, BaseException):
        raise BodyBrokenOff from piece
    return piece


class _Reader:
    def __init__(
        self, stream: Input, length: int | None, arrived: _Arrived, unwanted: Event
    ) -> None:
        self._stream, self._left = stream, length
        self._arrived, self._unwanted = arrived, unwanted
        self._size = _SMALLEST_PIECE

    def run(self) -> None:
        try:
            self._read()
        except Exception as error:  # noqa: BLE001 whatever it is, it is the other thread's to tell
            self._hand_over(error)

    def _read(self) -> None:
        while self._left is None or self._left > 0:
            size = self._size if self._left is None else min(self._size, self._left)
            began = time.monotonic()
            piece = self._stream.read(size)
            self._fit(time.monotonic() - began)
            if self._left is not None:
                if not piece:
                    raise EOFError
                self._left -= len(piece)
            if not self._hand_over(piece) or not piece:
                return
        self._hand_over(b"")

    def _fit(self, seconds: float) -> None:
        """Small pieces of a slow body, so that waiting for a full one is not taken for silence."""
        if seconds < _QUICK:
            self._size = min(self._size * 2, _LARGEST_PIECE)
        elif seconds > _SLOW:
            self._size = max(self._size // 4, _SMALLEST_PIECE)

    def _hand_over(self, piece: bytes | BaseException) -> bool:
        """False when nobody wants it any more."""
        while not self._unwanted.is_set():
            with contextlib.suppress(queue.Full):
                self._arrived.put(piece, timeout=_LOOK_AGAIN)
                return True
        return False
