"""How large a body may be: 30,000,000 bytes where a contract names no other limit; and how many
may be on their way at once.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import IO, Any

from notifications_platform.http.refusals import BodyTooLarge, TooManyBodies

BODY_LIMIT = 30_000_000
UNKNOWN_LENGTH = BODY_LIMIT + 1
_PIECE = 1 << 16
_LOOK_AGAIN = 0.05
_TOO_LONG = 1.0


class Readers:
    """Room for so many bodies at once, of which one caller may have a share. A body that does
    not come holds the thread that waits for it, and nothing but its sender ends that: threads
    have to be left for everybody else.
    """

    def __init__(self, most: int, share: int | None = None) -> None:
        self._most, self._share = most, most if share is None else share
        self._changed = Condition()
        self._reading: dict[int, _Reading] = {}

    @contextmanager
    def room(self, caller: str = "") -> Iterator[None]:
        """Around the reading of a body. Waits for bodies that come; raises TooManyBodies (503)
        when all that are in the way have taken more than a second.
        """
        me = threading.get_ident()
        with self._changed:
            while in_the_way := self._in_the_way(caller):
                longest_ago = time.monotonic() - _TOO_LONG
                if all(one.since < longest_ago for one in in_the_way):
                    raise TooManyBodies
                self._changed.wait(_LOOK_AGAIN)
            self._reading[me] = _Reading(time.monotonic(), caller)
        try:
            yield
        finally:
            with self._changed:
                del self._reading[me]
                self._changed.notify_all()

    def _in_the_way(self, caller: str) -> list["_Reading"]:
        everybody = [*self._reading.values()]
        if len(everybody) >= self._most:
            return everybody
        own = [one for one in everybody if one.caller == caller]
        return own if len(own) >= self._share else []


@dataclass(frozen=True, slots=True)
class _Reading:
    since: float
    caller: str


# Of the twelve threads that a web process has.
_READERS = Readers(5)


def announced_length(meta: Mapping[str, Any]) -> int:
    """Of a request's body; 0 when it comes in chunks and nobody knows."""
    length = str(meta.get("CONTENT_LENGTH") or "")
    return int(length) if length.isdecimal() and "HTTP_TRANSFER_ENCODING" not in meta else 0


def read_body(stream: IO[bytes], limit: int = BODY_LIMIT, announced: int = 0) -> bytes:
    """The whole body. Raises BodyTooLarge (413), on the announced length before reading, and
    TooManyBodies (503).
    """
    if announced > limit:
        raise BodyTooLarge
    pieces, size = [], 0
    with _READERS.room():
        while piece := stream.read(min(_PIECE, limit + 1 - size)):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise BodyTooLarge
    return b"".join(pieces)
