"""How large a body may be: 30,000,000 bytes where a contract names no other limit; and how many
may be on their way at once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import IO, Any

from notifications_platform.http.refusals import BodyTooLarge, TooManyBodies

BODY_LIMIT = 30_000_000
UNKNOWN_LENGTH = BODY_LIMIT + 1
_PIECE = 1 << 16
# A body that does not come holds the thread that waits for it, and nothing ends the wait but
# the sender. So a process, which has eight threads, keeps three for everybody else.
_READERS = BoundedSemaphore(5)
_PATIENCE = 0.25


@contextmanager
def room_to_read(readers: BoundedSemaphore = _READERS) -> Iterator[None]:
    """Around the reading of a body. Raises TooManyBodies (503) when too many are being read."""
    if not readers.acquire(timeout=_PATIENCE):
        raise TooManyBodies
    try:
        yield
    finally:
        readers.release()


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
    with room_to_read():
        while piece := stream.read(min(_PIECE, limit + 1 - size)):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise BodyTooLarge
    return b"".join(pieces)
