"""A connection during one call: what `http.client` says on it and reads from it."""

import http.client
import io
from datetime import timedelta
from typing import cast

from notifications_platform.http.deadline import Deadline
from notifications_platform.http.kept import Kept

# For so long a rest that nobody wants is waited for.
_HURRY = timedelta(seconds=0.1)


class FinalResponse(http.client.HTTPResponse):
    """Passes over whatever is said before the answer proper (RFC 9110, section 15.2), where its
    base knows of "100 Continue" only.
    """

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        is_interim = status // 100 == 1 and status != http.HTTPStatus.SWITCHING_PROTOCOLS
        return version, http.HTTPStatus.CONTINUE if is_interim else status, reason


class Wire:
    """What `http.client` asks of a socket, with the deadline put before every wait."""

    def __init__(self, kept: Kept, deadline: Deadline) -> None:
        self.kept = kept
        self.heard = False
        self.said_more = False
        self._socket = kept.socket
        self._unsent: list[bytes] = []
        self._deadline = deadline

    def hurry(self) -> None:
        """What matters has been heard."""
        self._deadline = Deadline(min(timedelta(seconds=self._deadline.left()), _HURRY))

    def sendall(self, content: bytes) -> None:
        """Head and body leave together, as soon as the answer is waited for."""
        self._unsent.append(content)

    def receive_into(self, buffer: memoryview) -> int:
        self._socket.settimeout(self._deadline.left())
        if self._unsent:
            content, self._unsent = b"".join(self._unsent), []
            self._socket.sendall(content)
            self._socket.settimeout(self._deadline.left())
        count = self._socket.recv_into(buffer)
        self.heard = self.heard or count > 0
        return count

    def makefile(self, _mode: str) -> io.BufferedReader:
        return _Reader(self)

    def close(self) -> None:
        """Whoever made the socket closes it."""


class _Reader(io.BufferedReader):
    """Closed by `http.client` at the end of an answer."""

    def __init__(self, wire: Wire) -> None:
        self._stream = _Stream(wire)
        super().__init__(self._stream)
        self._wire = wire

    def close(self) -> None:
        if not self.closed:
            self._stream.is_over = True
            self._wire.said_more = bool(self.peek(1))
        super().close()


class _Stream(io.RawIOBase):
    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self.is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        return 0 if self.is_over else self._wire.receive_into(cast(memoryview, buffer))
