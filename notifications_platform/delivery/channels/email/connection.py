"""One SMTP connection: opened by the standard library, then spoken to without ever waiting."""

import contextlib
import errno
import re
import select
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from notifications_platform.delivery.channels.base import ProviderUnavailable
from notifications_platform.delivery.channels.email.replies import OutOfStep, Reply
from notifications_platform.http.deadline import Deadline

_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_LONGEST_REPLY = 1 << 16
_CONNECT_SECONDS = 10.0
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
# Our own process has no handles or memory left: no reason to leave the server alone for long.
_OUR_SHORTAGE = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}
# Servers close, or slow down, connections that carry too much: Exim after 1,000 messages,
# Postfix after 10 to 20 errors.
_MOST_MESSAGES = 500
_MOST_REFUSALS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """`tls` is `starttls`, `ssl` or empty; `timeout` is for the opening, for an envelope and for
    the end of the data each, so that a message costs less than a lease; `hello` is the name
    that we give ourselves.
    """

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls: str = ""
    timeout: timedelta = timedelta(seconds=20)
    hello: str = "localhost"


class Replies:
    """Cuts what a server says into replies; none may be longer than 64 KiB."""

    def __init__(self) -> None:
        self.unread = b""
        self._lines: list[bytes] = []
        self._length = 0

    def next(self) -> Reply | None:
        """None: more has to be received first. Raises OutOfStep."""
        while (end := self.unread.find(b"\n")) >= 0:
            line, self.unread = self.unread[:end].rstrip(b"\r"), self.unread[end + 1 :]
            found = _REPLY_LINE.fullmatch(line)
            self._length += end
            if not found or self._length > _LONGEST_REPLY:
                raise OutOfStep
            self._lines.append(found[3] or b"")
            if found[2] != b"-":
                raw = b"\n".join(self._lines)
                self._lines, self._length = [], 0
                return Reply(int(found[1]), raw)
        if len(self.unread) > _LONGEST_REPLY:
            raise OutOfStep
        return None


class _Client(smtplib.SMTP):
    """`smtplib` opens and secures the connection; its replies are read here, so that none takes
    longer than the deadline, however slowly it drips.
    """

    def __init__(self, server: Server) -> None:
        """Raises OSError, SMTPException or OutOfStep, and leaves nothing open then."""
        self.server = server
        self.deadline = Deadline(server.timeout)
        self.replies = Replies()
        try:
            super().__init__(
                server.host,
                server.port,
                local_hostname=server.hello,
                timeout=server.timeout.total_seconds(),
            )
            self._greet()
        except BaseException:
            self.close()
            raise

    def connect(
        self, host: str = "", port: int = 0, _source_address: object = None
    ) -> tuple[int, bytes]:
        seconds = min(_CONNECT_SECONDS, self.deadline.left())
        self.sock = socket.create_connection((host, port), seconds)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.server.tls == "ssl":
            self.sock.settimeout(self.deadline.left())
            self.sock = _tls().wrap_socket(self.sock, server_hostname=host)
        return self.getreply()

    def live(self) -> socket.socket:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected("closed")
        return self.sock

    def getreply(self) -> tuple[int, bytes]:
        while (reply := self.replies.next()) is None:
            sock = self.live()
            sock.settimeout(self.deadline.left())
            received = sock.recv(1 << 16)
            if not received:
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self.replies.unread += received
        return reply.code, reply.raw

    def _greet(self) -> None:
        self.ehlo_or_helo_if_needed()
        if self.server.tls == "starttls":
            self.live().settimeout(self.deadline.left())
            self.starttls(context=_tls())
            if self.replies.unread:
                # Said before the handshake, so by whom nobody knows (RFC 3207, section 6).
                raise OutOfStep
            self.ehlo()
        if self.server.user:
            try:
                self.login(self.server.user, self.server.password)
            except ValueError:
                # A password beyond ASCII, a challenge that is no base64. It may quote the password.
                raise smtplib.SMTPException("the login failed") from None


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class Connection:
    """Ready for transactions. `fresh` until one has ended well; `deadline` is by the monotonic
    clock. Nothing here waits: who has to wait is told so and comes back.
    """

    def __init__(self, server: Server) -> None:
        """Opens it, which does wait. Raises ProviderUnavailable."""
        self.fresh = True
        self.idle_since = time.monotonic()
        self.deadline = 0.0
        self._timeout = server.timeout.total_seconds()
        self._messages = self._refusals = 0
        client = _opened(server)
        self.socket = client.live()
        self.socket.setblocking(False)
        self._secured = self.socket if isinstance(self.socket, ssl.SSLSocket) else None
        self._replies = client.replies
        features = client.esmtp_features
        self.pipelining = "pipelining" in features
        self.utf8 = "smtputf8" in features
        size = features.get("size", "")
        self.size = int(size) if size.isdecimal() else 0

    @property
    def worn(self) -> bool:
        return self._messages >= _MOST_MESSAGES or self._refusals >= _MOST_REFUSALS

    def count(self, *, refused: bool) -> None:
        """One more transaction has ended as it should."""
        self.fresh = False
        self._messages += 1
        self._refusals += refused

    def write(self, content: bytes | memoryview) -> bytes | memoryview:
        """Hand over what the network takes at once; returns the rest. Raises OSError."""
        try:
            taken = self.socket.send(content)
        except _NOT_NOW:
            return content
        # A view: thirty megabytes leave in hundreds of steps, none of which should copy the rest.
        return memoryview(content)[taken:] if taken < len(content) else b""

    def grant_time(self) -> None:
        """What follows may take the server's time-out once."""
        self.deadline = time.monotonic() + self._timeout

    def reply(self) -> Reply | None:
        """None: nothing whole is here yet. Raises OutOfStep."""
        return self._replies.next()

    def receive(self) -> None:
        """Take what has arrived. Raises OSError (SMTPServerDisconnected is one)."""
        try:
            received = self.socket.recv(1 << 16)
            while received and self._secured and (more := self._secured.pending()):
                received += self.socket.recv(more)
        except _NOT_NOW:
            return
        if not received:
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        self._replies.unread += received

    def is_stale(self) -> bool:
        """Whether the server said something unasked: that it closes, or nothing any more."""
        waiting = select.poll()
        waiting.register(self.socket, select.POLLIN)
        return bool(self._replies.unread or waiting.poll(0))

    def quit(self) -> None:
        """Say goodbye and do not wait for the answer."""
        with contextlib.suppress(OSError):
            self.write(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        self.socket.close()


def _opened(server: Server) -> _Client:
    try:
        return _Client(server)
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        raise ProviderUnavailable(f"{error.smtp_code} {' '.join(words.split())}"[:200]) from error
    except (smtplib.SMTPException, OSError, OutOfStep, ValueError) as error:
        ours = getattr(error, "errno", None) in _OUR_SHORTAGE
        raise ProviderUnavailable(f"no connection: {_told(error)}", passing=ours) from error


def _told(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "timed out"
        case ssl.SSLError():
            return f"TLS: {error.reason or type(error).__name__}"
        case OutOfStep():
            return "the server does not speak SMTP"
        case smtplib.SMTPException():
            return str(error)[:150]
    return getattr(error, "strerror", "") or type(error).__name__
