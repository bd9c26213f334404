"""How far the sandbox clock stands ahead, read once per process and half second."""

import os
import threading
import time
from datetime import timedelta

import psycopg

from notifications_platform.core import connections

FRESH_SECONDS = 0.5
_QUERY = "SELECT ahead FROM sandbox_clock WHERE id = 1"


class OffsetReader:
    """Never raises: while the database is away, or not migrated, the last value known counts.

    It reads on a connection of its own, so that a caller's broken transaction neither stops
    it nor is broken by it, and threads need no connection just to know the time.
    """

    def __init__(self) -> None:
        self._start_over()

    def _start_over(self) -> None:
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._ahead = timedelta(0)
        self._fresh_until = 0.0

    def __call__(self) -> timedelta:
        if time.monotonic() >= self._fresh_until:
            self._refresh()
        return self._ahead

    def took(self, ahead: timedelta) -> None:
        """Said by whoever has just stored a new offset, to see it at once."""
        with self._lock:
            self._ahead = ahead
            self._fresh_until = time.monotonic() + FRESH_SECONDS

    def close(self) -> None:
        """Give the connection back and forget what was read."""
        with self._lock:
            self._drop_connection()
            self._ahead = timedelta(0)
            self._fresh_until = 0.0

    def forget_parent(self) -> None:
        """In a forked child: connection and lock belong to the parent."""
        self._start_over()

    def _refresh(self) -> None:
        if not self._lock.acquire(timeout=1):
            return
        try:
            started = time.monotonic()
            if started < self._fresh_until:
                return
            self._read()
            # What failed slowly is left alone for longer than it took.
            took = time.monotonic() - started
            self._fresh_until = time.monotonic() + max(FRESH_SECONDS, 2 * took)
        finally:
            self._lock.release()

    def _read(self) -> None:
        try:
            if self._connection is None:
                self._connection = connections.separate("clock")
            row = self._connection.execute(_QUERY).fetchone()
            self._ahead = row[0] if row else timedelta(0)
        except psycopg.Error:
            self._drop_connection()

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


read_offset = OffsetReader()
os.register_at_fork(after_in_child=read_offset.forget_parent)
