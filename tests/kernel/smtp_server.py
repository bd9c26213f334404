"""An SMTP server that follows a script: it pipelines, greylists, closes, stalls as it is told."""

import base64
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CLOSE, STALL = "close", "stall"
# What the server says to a command's argument: a reply, CLOSE, STALL, or None for the usual.
Says = Callable[[str], str | None]


@dataclass
class Received:
    sender: str
    receivers: list[str]
    data: bytes
    connection: int


@dataclass
class Script:
    """`on["RCPT"]` overrules the reply to RCPT, `on[""]` the greeting, `on["."]` the reply to
    the end of the data. What came in stands in `received` and `commands`.
    """

    extensions: tuple[str, ...] = ("PIPELINING", "SMTPUTF8", "8BITMIME")
    on: dict[str, Says] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    tls_at_once: bool = False
    port: int = 0
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    connections: int = 0
    # Commands that came in before the one before them was answered.
    ahead: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    open: list[socket.socket] = field(default_factory=list)

    def hang_up(self) -> None:
        """As a server does with connections that were idle for too long."""
        for connection in self.open:
            connection.shutdown(socket.SHUT_RDWR)

    def receivers(self) -> list[str]:
        return [receiver for message in self.received for receiver in message.receivers]


class _Closed(Exception):
    pass


class _Conversation:
    def __init__(self, script: Script, connection: socket.socket) -> None:
        self.script = script
        self.connection = connection
        self.buffer = b""
        self.sender: str | None = None
        self.receivers: list[str] = []
        with script.lock:
            script.connections += 1
            script.open.append(connection)
            self.number = script.connections

    def run(self) -> None:
        if self.script.tls_at_once:
            self._secure()
        self._answer("", "", "220 scripted.example")
        while True:
            line = self._line()
            verb, _, argument = line.partition(" ")
            with self.script.lock:
                self.script.commands.append(line)
                self.script.ahead += bool(self.buffer)
            self._handle(verb.upper(), argument)

    def _handle(self, verb: str, argument: str) -> None:
        steps = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._begin_data,
            "RSET": self._rset,
            "QUIT": self._quit,
        }
        if verb in steps:
            steps[verb](argument)
        else:
            self._say("500 unknown")

    def _ehlo(self, argument: str) -> None:
        lines = ["scripted.example", *self.script.extensions]
        if self.script.tls and not isinstance(self.connection, ssl.SSLSocket):
            lines.append("STARTTLS")
        marks = "-" * (len(lines) - 1) + " "
        told = [f"250{mark}{line}" for mark, line in zip(marks, lines, strict=True)]
        self._answer("EHLO", argument, "\r\n".join(told))

    def _starttls(self, argument: str) -> None:
        self._answer("STARTTLS", argument, "220 go")
        self._secure()

    def _auth(self, argument: str) -> None:
        _, *given = argument.split()
        right = given == [base64.b64encode(b"\0user\0p@ss").decode()]
        self._answer("AUTH", argument, "235 welcome" if right else "535 wrong")

    def _mail(self, argument: str) -> None:
        if self.sender is not None:
            self._say("503 nested MAIL")
        elif self._answer("MAIL", argument, "250 sender ok") == 2:
            self.sender, self.receivers = _inside(argument), []

    def _rcpt(self, argument: str) -> None:
        if self.sender is None:
            self._say("503 need MAIL")
        elif self._answer("RCPT", argument, "250 receiver ok") == 2:
            self.receivers.append(_inside(argument))

    def _begin_data(self, argument: str) -> None:
        usual = "354 go ahead" if self.receivers else "554 no valid recipients"
        if self._answer("DATA", argument, usual) == 3:
            self._data()

    def _rset(self, argument: str) -> None:
        self.sender, self.receivers = None, []
        self._answer("RSET", argument, "250 reset")

    def _quit(self, _argument: str) -> None:
        self._say("221 bye")
        raise _Closed

    def _data(self) -> None:
        lines = []
        while (line := self._bytes()) != b".":
            assert not line.startswith(b"."), "an unstuffed dot"
            lines.append(line)
        sender, receivers = self.sender or "", self.receivers
        self.sender, self.receivers = None, []
        data = b"\r\n".join([*lines, b""])
        address = ",".join(receivers)
        said = self._decided(".", address, "250 2.0.0 Ok: queued")
        if said.startswith("2") and receivers:
            with self.script.lock:
                self.script.received.append(Received(sender, receivers, data, self.number))
        self._say(said)

    def _answer(self, step: str, argument: str, usual: str) -> int:
        """The reply's first digit."""
        said = self._decided(step, argument, usual)
        self._say(said)
        return int(said[:1]) if said[:1].isdecimal() else 0

    def _decided(self, step: str, argument: str, usual: str) -> str:
        says = self.script.on.get(step)
        said = (says(argument) if says else None) or usual
        if said == CLOSE:
            raise _Closed
        if said == STALL:
            self.script.stopped.wait(20)
            raise _Closed
        return said

    def _say(self, reply: str) -> None:
        self.connection.sendall(f"{reply}\r\n".encode())

    def _secure(self) -> None:
        assert self.script.tls
        self.connection = self.script.tls.wrap_socket(self.connection, server_side=True)

    def _line(self) -> str:
        return self._bytes().decode()

    def _bytes(self) -> bytes:
        while b"\r\n" not in self.buffer:
            received = self.connection.recv(65536)
            if not received:
                raise _Closed
            self.buffer += received
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line


def _inside(argument: str) -> str:
    return argument.partition("<")[2].partition(">")[0]


@contextmanager
def serving(script: Script) -> Iterator[Script]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conversation = _Conversation(script, self.request)
            try:
                conversation.run()
            except (_Closed, OSError):
                pass
            finally:
                conversation.connection.close()

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", script.port), Handler) as server:
        script.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield script
        finally:
            script.stopped.set()
            server.shutdown()
            thread.join(5)
