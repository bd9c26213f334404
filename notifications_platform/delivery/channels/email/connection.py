"""One SMTP connection: opened by the standard library, spoken to in whole groups of commands."""

import contextlib
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


class _Client(smtplib.SMTP):
    """`smtplib` opens and secures the connection; its replies are read here: none may take
    longer than the deadline, however slowly it drips, and none may be longer than 64 KiB.
    """

    def __init__(self, server: Server) -> None:
        """Raises OSError, SMTPException or OutOfStep, and leaves nothing open then."""
        self.server = server
        self.deadline = Deadline(server.timeout)
        self.unread = b""
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
        lines, read = [], 0
        while True:
            line = self._line()
            found = _REPLY_LINE.fullmatch(line)
            read += len(line)
            if not found or read > _LONGEST_REPLY:
                raise OutOfStep
            lines.append(found[3] or b"")
            if found[2] != b"-":
                return int(found[1]), b"\n".join(lines)

    def _greet(self) -> None:
        self.ehlo_or_helo_if_needed()
        if self.server.tls == "starttls":
            self.live().settimeout(self.deadline.left())
            self.starttls(context=_tls())
            if self.unread:
                # Said before the handshake, so by whom nobody knows (RFC 3207, section 6).
                raise OutOfStep
            self.ehlo()
        if self.server.user:
            self.login(self.server.user, self.server.password)

    def _line(self) -> bytes:
        while (end := self.unread.find(b"\n")) < 0:
            if len(self.unread) > _LONGEST_REPLY:
                raise OutOfStep
            sock = self.live()
            sock.settimeout(self.deadline.left())
            received = sock.recv(1 << 16)
            if not received:
                raise smtplib.SMTPServerDisconnected("the server closed the connection")
            self.unread += received
        line, self.unread = self.unread[:end], self.unread[end + 1 :]
        return line.rstrip(b"\r")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


class Connection:
    """Ready for transactions. `fresh` until one has ended well."""

    def __init__(self, server: Server) -> None:
        """Raises ProviderUnavailable."""
        self.fresh = True
        self.idle_since = time.monotonic()
        self._timeout = server.timeout
        self._messages = self._refusals = 0
        self._client = _opened(server)
        features = self._client.esmtp_features
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

    def write(self, content: bytes) -> None:
        sock = self._client.live()
        sock.settimeout(self._timeout.total_seconds())
        sock.sendall(content)

    def grant_time(self) -> None:
        """The replies from here on, together, may take the server's time-out once."""
        self._client.deadline = Deadline(self._timeout)

    def reply(self) -> Reply:
        """Raises OSError (TimeoutError and SMTPServerDisconnected are such) or OutOfStep."""
        code, text = self._client.getreply()
        return Reply(code, " ".join(text.decode("utf-8", "replace").split()))

    def is_stale(self) -> bool:
        """Whether the server said something unasked: that it closes, or nothing any more."""
        waiting = select.poll()
        waiting.register(self._client.live(), select.POLLIN)
        return bool(waiting.poll(0))

    def quit(self) -> None:
        """Say goodbye and do not wait for the answer."""
        with contextlib.suppress(OSError):
            self.write(b"QUIT\r\n")
        self.close()

    def close(self) -> None:
        self._client.close()


def _opened(server: Server) -> _Client:
    try:
        return _Client(server)
    except smtplib.SMTPResponseException as error:
        text = error.smtp_error
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        raise ProviderUnavailable(f"{error.smtp_code} {' '.join(words.split())}"[:200]) from error
    except (smtplib.SMTPException, OSError, OutOfStep) as error:
        raise ProviderUnavailable(f"no connection: {_told(error)}") from error


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
