"""Connections that wait for the next call to the same place.

Only what was made by `outbound` lies here: to an address that was checked, and under TLS that was
verified. None serves for long, so that a name that leads elsewhere by now is looked up again.
"""

import select
import socket
import threading
import time
from collections import defaultdict
from typing import NamedTuple

_MOST = 200
_SECONDS = 10.0
Key = tuple[object, ...]


class Kept(NamedTuple):
    """`since`: when it was made, in monotonic seconds; `listening` polls it for what comes in."""

    socket: socket.socket
    since: float
    listening: select.poll


def newly_made(connected: socket.socket) -> Kept:
    """From here on it does not block."""
    connected.setblocking(False)
    listening = select.poll()
    listening.register(connected, select.POLLIN)
    return Kept(connected, time.monotonic(), listening)


class Connections:
    """May be used by any number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[Key, list[Kept]] = defaultdict(list)
        self._count = 0

    def take(self, key: Key) -> Kept | None:
        """One on which nothing has been heard since, for its taker alone."""
        while kept := self._taken(key):
            if time.monotonic() - kept.since < _SECONDS and not _has_spoken(kept):
                return kept
            kept.socket.close()
        return None

    def give(self, key: Key, kept: Kept) -> None:
        with self._lock:
            has_room = self._count < _MOST
            if has_room:
                self._waiting[key].append(kept)
                self._count += 1
        if not has_room:
            kept.socket.close()

    def close(self) -> None:
        """All that wait."""
        with self._lock:
            waiting, self._waiting, self._count = self._waiting, defaultdict(list), 0
        for several in waiting.values():
            for kept in several:
                kept.socket.close()

    def _taken(self, key: Key) -> Kept | None:
        with self._lock:
            if not self._waiting.get(key):
                return None
            self._count -= 1
            return self._waiting[key].pop()


def _has_spoken(kept: Kept) -> bool:
    """Closed by the other side, or saying what nobody asked for."""
    return bool(kept.listening.poll(0))
