"""What a storage of attachments can do. It knows keys and bytes, nothing of rows."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol
from uuid import uuid4

from notifications_platform.core.errors import NotFound, Unavailable

PIECE = 1 << 16


class StorageUnavailable(Unavailable):
    """The storage does not answer, is full, or refuses us."""

    code = "storage_unavailable"


class NotStored(NotFound):
    """There is nothing under this key."""

    code = "not_stored"


class Stored(Protocol):
    """What is read from a storage, from its beginning to its end; to be closed by the reader."""

    def read(self, size: int, /) -> bytes: ...

    def close(self) -> None: ...


class Storage(Protocol):
    """Every method may raise StorageUnavailable. Memory stays the same whatever the size."""

    def save(self, key: str, pieces: Iterable[bytes]) -> None:
        """All of the pieces or nothing: what `pieces` raises comes through, and leaves nothing
        behind.
        """

    def open(self, key: str) -> Stored:
        """Raises NotStored."""

    def remove(self, key: str) -> None:
        """Also when there is nothing under it."""

    def keys(self, *, before: datetime) -> Iterator[str]:
        """Of everything that was stored before this moment, in real time."""

    def discard_unfinished(self, *, before: datetime) -> int:
        """What a process that died in `save` has left behind; how many there were."""


def new_key() -> str:
    """Says nothing of what is stored under it. Its first part spreads files over folders."""
    name = uuid4().hex
    return f"{name[:2]}/{name}"


def pieces_of(stored: Stored, size: int = PIECE) -> Iterator[bytes]:
    """All of it, piece by piece; closed when done, however that ends."""
    try:
        while piece := stored.read(size):
            yield piece
    finally:
        stored.close()
