"""Kept connections to one server, shared by all that send through it."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from notifications_platform.delivery.channels.base import ProviderUnavailable
from notifications_platform.delivery.channels.email.connection import Connection, Server

_IDLE_SECONDS = 30.0
_MOST_IDLE = 128
# Opening waits for the network: name, handshake, TLS, login.
_OPENED_AT_ONCE = 8
# How long a server that refused a further connection is not asked for more.
_CROWDED_SECONDS = 60.0


class Pool:
    def __init__(self, server: Server, most: int) -> None:
        """`most` sessions at once have a permit."""
        self.permits = threading.Semaphore(most)
        # How long an opening may take, the wait for its turn included.
        self.patience = 2 * server.timeout.total_seconds()
        self._server = server
        self._crowded_until = 0.0
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._openers = ThreadPoolExecutor(_OPENED_AT_ONCE, thread_name_prefix="smtp-open")

    def kept(self) -> Connection | None:
        """The connection used last that still lives, if there is one."""
        while (kept := self._take()) is not None:
            if time.monotonic() - kept.idle_since > _IDLE_SECONDS:
                kept.quit()
            elif kept.is_stale():
                kept.close()
            else:
                return kept
        return None

    @property
    def crowded(self) -> bool:
        """Whether the server wants no more connections than it has."""
        return time.monotonic() < self._crowded_until

    def heed_crowd(self) -> None:
        self._crowded_until = time.monotonic() + _CROWDED_SECONDS

    def opening(self) -> Future[Connection]:
        """A new one, by and by. Its result raises ProviderUnavailable."""
        return self._openers.submit(Connection, self._server)

    def give_back(self, connection: Connection) -> None:
        """Only between transactions; any other connection is to be closed."""
        connection.idle_since = time.monotonic()
        with self._lock:
            spare = connection.worn or len(self._idle) >= _MOST_IDLE
            if not spare:
                self._idle.append(connection)
        if spare:
            connection.quit()

    def keep_opened(self, opened: Future[Connection]) -> None:
        """For one that nobody waits for any more."""
        try:
            self.give_back(opened.result())
        except ProviderUnavailable:
            return

    def close(self) -> None:
        while (kept := self._take()) is not None:
            kept.quit()

    def _take(self) -> Connection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None
