"""Kept connections to one server, shared by the threads that send."""

import threading
import time

from notifications_platform.delivery.channels.email.connection import Connection, Server

_IDLE_SECONDS = 30.0
_MOST_IDLE = 64


class Pool:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def borrow(self) -> Connection:
        """The connection used last, if it still lives, else a new one. Raises
        ProviderUnavailable.
        """
        while (kept := self._take()) is not None:
            if time.monotonic() - kept.idle_since > _IDLE_SECONDS:
                kept.quit()
            elif kept.is_stale():
                kept.close()
            else:
                return kept
        return self.fresh()

    def fresh(self) -> Connection:
        """Raises ProviderUnavailable."""
        return Connection(self._server)

    def give_back(self, connection: Connection) -> None:
        """Only between transactions; any other connection is to be closed."""
        connection.idle_since = time.monotonic()
        with self._lock:
            spare = connection.worn or len(self._idle) >= _MOST_IDLE
            if not spare:
                self._idle.append(connection)
        if spare:
            connection.quit()

    def close(self) -> None:
        while (kept := self._take()) is not None:
            kept.quit()

    def _take(self) -> Connection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None
