"""A connection during one call, with the deadline put before all that is said and heard.

Its socket never blocks, so that most of what is said costs one call of the operating system: in a
worker each of them hands the interpreter to another thread and has to wait for it again.
"""

import select
import ssl
from datetime import timedelta

from notifications_platform.http.deadline import Deadline
from notifications_platform.http.kept import Kept

# For so long a rest that nobody wants is waited for.
_HURRY = timedelta(seconds=0.1)
_AT_ONCE = 16 * 1024


class Wire:
    """`heard`: the other side has said something, be it half an answer."""

    def __init__(self, kept: Kept, deadline: Deadline) -> None:
        self.kept = kept
        self.heard = False
        self._socket = kept.socket
        self._secured = isinstance(kept.socket, ssl.SSLSocket)
        self._deadline = deadline
        self._hurries = False

    def hurry(self) -> None:
        """What matters has been heard."""
        self._hurries = True

    def send(self, content: bytes) -> None:
        """All of it. Raises OSError; TimeoutError is one."""
        left = memoryview(content)
        while left:
            self._seconds_left()
            try:
                left = left[self._socket.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait_for(select.POLLOUT)
            except ssl.SSLWantReadError:
                self._wait_for(select.POLLIN)

    def receive(self) -> bytes:
        """What has come in, once there is something; empty: nothing will come any more. Raises
        OSError; TimeoutError is one.
        """
        # Of what is secured, some may have come in and been deciphered already. Whoever always has
        # more to say is never waited for, and has no more time than others.
        awaited = self._secured
        while True:
            if awaited:
                self._seconds_left()
            else:
                self._wait_for(select.POLLIN)
            try:
                received = self._socket.recv(_AT_ONCE)
            except (BlockingIOError, ssl.SSLWantReadError):
                awaited = False
            except ssl.SSLWantWriteError:
                self._wait_for(select.POLLOUT)
                awaited = True
            else:
                self.heard = self.heard or bool(received)
                return received

    def _wait_for(self, event: int) -> None:
        waiting = self.kept.listening
        if event != select.POLLIN:
            waiting = select.poll()
            waiting.register(self._socket, event)
        while not waiting.poll(self._seconds_left() * 1000):
            pass

    def _seconds_left(self) -> float:
        """Raises TimeoutError."""
        if self._hurries:
            self._hurries = False
            self._deadline = Deadline(min(timedelta(seconds=self._deadline.left()), _HURRY))
        return self._deadline.left()
