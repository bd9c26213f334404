"""A mail server on loopback that misbehaves as it is told, and keeps what it takes.

It speaks STARTTLS with a certificate of its own authority, pipelines, and knows two kinds of
trouble: a receiver's `Fate`, met once or always, and a `Mood` that every connection meets.
"""

import re
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications_platform.core import clock

REFUSED_SENDER = "refused@faults.example"
_ADDRESS = "127.0.0.1"
_MESSAGE_ID = re.compile(rb"^Message-ID: <([^>@]*)", re.IGNORECASE | re.MULTILINE)


class Fate(Enum):
    """What happens to a receiver's message; those from GREYLISTED on, the first time only."""

    GONE = auto()  # 550 to RCPT
    CONTENT = auto()  # 554 to the end of the data
    GREYLISTED = auto()  # 451 to RCPT
    NO_DATA = auto()  # 452 to DATA
    GARBAGE = auto()  # to RCPT
    STALLED = auto()  # no answer to the end of the data
    CLOSED = auto()  # the connection, at the end of the data
    MUTE = auto()  # the message is taken, then the connection closed without a word


LASTING = {Fate.GONE, Fate.CONTENT}


class Mood(Enum):
    WELL = auto()
    REFUSES = auto()  # 554 for a greeting
    CLOSING = auto()  # 421 to MAIL
    NONSENSE = auto()  # for a greeting
    NO_TLS = auto()  # 454 to STARTTLS
    WRONG_TLS = auto()  # a certificate of nobody's
    HANGS_UP = auto()  # at once


@dataclass(frozen=True, slots=True)
class Taken:
    at: float
    address: str
    message_id: str


@dataclass
class BadSmtp:
    """What the server is told, and what it took."""

    port: int
    authority: Path
    right: ssl.SSLContext
    wrong: ssl.SSLContext
    fates: dict[str, Fate] = field(default_factory=dict)
    mood: Mood = Mood.WELL
    taken: list[Taken] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    open: set[socket.socket] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    def change(self, mood: Mood) -> None:
        """And hang up on everybody, so that they meet it."""
        self.mood = mood
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def fate(self, address: str, *kinds: Fate) -> Fate | None:
        """The receiver's, if it is one of these and not over yet."""
        fate = self.fates.get(address)
        if fate not in kinds or (fate not in LASTING and address in self.met):
            return None
        self.met.add(address)
        return fate


class _Closed(Exception):
    pass


class _Conversation:
    def __init__(self, server: BadSmtp, connection: socket.socket) -> None:
        self.server, self.connection = server, connection
        self.buffer = bytearray()
        self.receiver = ""
        self.begun = False
        self.mood = server.mood

    def run(self) -> None:
        match self.mood:
            case Mood.HANGS_UP:
                return
            case Mood.REFUSES:
                self._say("554 5.3.2 no mail today")
                return
            case Mood.NONSENSE:
                self._say("HTTP/1.1 400 Bad Request")
                return
        self._say("220 bad.example")
        while True:
            line = self._until(b"\r\n").decode()
            self._answer(line[:4].upper(), line)

    def _answer(self, verb: str, line: str) -> None:
        match verb:
            case "EHLO":
                secure = isinstance(self.connection, ssl.SSLSocket)
                self._say("250-bad.example\r\n250-PIPELINING", end="\r\n")
                self._say("250 8BITMIME" if secure else "250 STARTTLS")
            case "STAR":
                self._secure()
            case "MAIL":
                self._mail(line)
            case "RCPT":
                self._rcpt(line.partition("<")[2].partition(">")[0])
            case "DATA":
                self._data()
            case "QUIT":
                raise _Closed
            case _:
                self._say("250 ok")

    def _secure(self) -> None:
        if self.mood is Mood.NO_TLS:
            self._say("454 4.7.0 TLS not available")
            return
        self._say("220 go")
        wrong = self.mood is Mood.WRONG_TLS
        context = self.server.wrong if wrong else self.server.right
        self.server.open.discard(self.connection)
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.server.open.add(self.connection)

    def _mail(self, line: str) -> None:
        self.receiver = ""
        if self.mood is not Mood.WELL:
            self._say("421 4.3.2 closing")
            raise _Closed
        self.begun = f"<{REFUSED_SENDER}>" not in line
        self._say("250 ok" if self.begun else "553 5.7.1 not this sender")

    def _rcpt(self, address: str) -> None:
        if not self.begun:
            self._say("503 5.5.1 no sender")
            return
        match self.server.fate(address, Fate.GONE, Fate.GREYLISTED, Fate.GARBAGE):
            case Fate.GONE:
                self._say("550 5.1.1 nobody here")
            case Fate.GREYLISTED:
                self._say("451 4.7.1 greylisted, come again")
            case Fate.GARBAGE:
                self._say("\x16\x03\x01 what?")
            case _:
                self.receiver = address
                self._say("250 ok")

    def _data(self) -> None:
        if not self.receiver:
            self._say("503 5.5.1 no receiver")
            return
        if self.server.fate(self.receiver, Fate.NO_DATA):
            self._say("452 4.3.1 no room")
            return
        self._say("354 go ahead")
        content = self._until(b"\r\n.\r\n")
        match self.server.fate(self.receiver, Fate.CONTENT, Fate.STALLED, Fate.CLOSED, Fate.MUTE):
            case Fate.CONTENT:
                self._say("554 5.6.0 not this content")
            case Fate.STALLED:
                self.server.stopped.wait(30)
                raise _Closed
            case Fate.CLOSED:
                raise _Closed
            case Fate.MUTE:
                self._take(content)
                raise _Closed
            case _:
                self._take(content)
                self._say("250 2.0.0 taken")

    def _take(self, content: bytes) -> None:
        found = _MESSAGE_ID.search(content)
        message_id = found[1].decode() if found else ""
        self.server.taken.append(Taken(time.time(), self.receiver, message_id))

    def _say(self, reply: str, end: str = "\r\n") -> None:
        self.connection.sendall(f"{reply}{end}".encode())

    def _until(self, end: bytes) -> bytes:
        while (at := self.buffer.find(end)) < 0:
            received = self.connection.recv(1 << 16)
            if not received:
                raise _Closed
            self.buffer += received
        found = bytes(self.buffer[:at])
        del self.buffer[: at + len(end)]
        return found


@contextmanager
def running_bad_smtp(folder: Path) -> Iterator[BadSmtp]:
    """`folder` is for the certificates."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = _Conversation(told, self.request)
            told.open.add(self.request)
            try:
                conversation.run()
            except (_Closed, OSError):
                pass
            finally:
                told.open.discard(conversation.connection)
                conversation.connection.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    authority, right = _certified(folder, "right")
    _, wrong = _certified(folder, "wrong")
    with Server((_ADDRESS, 0), Handler) as server:
        told = BadSmtp(server.server_address[1], authority, right, wrong)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield told
        finally:
            told.stopped.set()
            server.shutdown()
            thread.join(5)


def _certified(folder: Path, name: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that is its own authority: its file, and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"faults {name}")])
    now = clock.real()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(_ADDRESS))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    authority, both = folder / f"{name}.pem", folder / f"{name}-key.pem"
    authority.write_bytes(public)
    both.write_bytes(public + _pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return authority, context


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
