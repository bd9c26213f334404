"""Receivers that do next to nothing, so that what is measured is the sender.

    python -m benchmarks.sinks smtp|pswin|http [--port N] [--delay-ms N] [--keep FILE]

prints its port, then serves until it is killed. `Sink` runs one as a child process. Each
counts what it took; SMTP says so to `XCOUNT`, the others to `GET /count`. With `--keep` each
message is a line of that file: seconds since 1970, address, id of the message.
"""

import argparse
import asyncio
import http.client
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO
from uuid import uuid4

from notifications_platform.runtime.processes import dying_with_parent

_OPTIONS = b"250-sink\r\n250-PIPELINING\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_MESSAGES = re.compile(rb"<ID>(\d+)</ID>.*?<RCV>(\d+)</RCV>", re.DOTALL)
_MESSAGE_ID = re.compile(rb"^Message-ID: <([^>@]*)", re.IGNORECASE | re.MULTILINE)
_WRITE_EVERY = 0.05


class Counter:
    def __init__(self, keep: IO[bytes] | None = None) -> None:
        self.taken = 0
        self.keep = keep

    def note(self, address: bytes, message_id: bytes) -> None:
        """One more message; with a file to keep them in, also whose and which."""
        self.taken += 1
        if self.keep:
            self.keep.write(b"%.3f %b %b\n" % (time.time(), address, message_id))


class SmtpSink(asyncio.Protocol):
    """PIPELINING; every reply to what came in one piece leaves in one piece, delayed if told."""

    def __init__(self, counter: Counter, delay: float) -> None:
        self.counter, self.delay = counter, delay
        self.buffer = bytearray()
        self.in_data = False
        self.address = b""
        self.answers: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        ended = 0
        while self._data() if self.in_data else self._command():
            ended += not self.in_data and self.answers[-1].startswith(b"250 taken")
        answer = b"".join(self.answers)
        self.answers.clear()
        if self.delay and ended:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)
        elif answer:
            self.transport.write(answer)

    def _command(self) -> bool:
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        verb = bytes(self.buffer[:4]).upper()
        if verb == b"RCPT" and self.counter.keep:
            self.address = bytes(self.buffer[:end]).partition(b"<")[2].partition(b">")[0]
        del self.buffer[: end + 2]
        self.answers.append(self._reply(verb))
        return True

    def _reply(self, verb: bytes) -> bytes:
        match verb:
            case b"DATA":
                self.in_data = True
                return b"354 go\r\n"
            case b"EHLO":
                return _OPTIONS
            case b"XCOU":
                return b"250 %d\r\n" % self.counter.taken
            case b"QUIT":
                self.transport.close()
                return b"221 bye\r\n"
        return b"250 ok\r\n"

    def _data(self) -> bool:
        end = self.buffer.find(b"\r\n.\r\n")
        if end < 0:
            return False
        found = _MESSAGE_ID.search(self.buffer, 0, end) if self.counter.keep else None
        self.counter.note(self.address, found[1] if found else b"")
        del self.buffer[: end + 5]
        self.in_data = False
        self.answers.append(b"250 taken\r\n")
        return True


class HttpSink(asyncio.Protocol):
    """Keeps connections, reads bodies by their Content-Length, answers 200."""

    def __init__(self, counter: Counter, delay: float) -> None:
        self.counter, self.delay = counter, delay
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (head := self.buffer.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self.buffer, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self.buffer) < end:
                return
            start, body = bytes(self.buffer[:32]), bytes(self.buffer[head + 4 : end])
            del self.buffer[:end]
            counting = start.startswith(b"GET /count")
            self._send(b"%d" % self.counter.taken if counting else self.take(body))

    def take(self, _body: bytes) -> bytes:
        self.counter.taken += 1
        return b"{}"

    def _send(self, body: bytes) -> None:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        asyncio.get_running_loop().call_later(self.delay, self.transport.write, answer)


class PswinSink(HttpSink):
    """Takes every message of a batch."""

    def take(self, body: bytes) -> bytes:
        taken = b"".join(self._taken(number, to) for number, to in _MESSAGES.findall(body))
        return b"<SESSION><LOGON>OK</LOGON><MSGLST>%b</MSGLST></SESSION>" % taken

    def _taken(self, number: bytes, receiver: bytes) -> bytes:
        reference = str(uuid4()).encode()
        self.counter.note(receiver, reference)
        return b"<MSG><ID>%b</ID><REF>%b</REF><STATUS>OK</STATUS></MSG>" % (number, reference)


KINDS: dict[str, Callable[[Counter, float], asyncio.Protocol]] = {
    "smtp": SmtpSink,
    "http": HttpSink,
    "pswin": PswinSink,
}


class Sink:
    """A sink in a process of its own, for as long as the `with` block runs."""

    def __init__(self, kind: str, *, delay_ms: float = 0, keep: Path | None = None) -> None:
        self.kind = kind
        self.keep = keep
        command = [sys.executable, "-m", "benchmarks.sinks", kind, "--delay-ms", str(delay_ms)]
        self._process = subprocess.Popen(
            [*command, "--keep", str(keep)] if keep else command,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=dying_with_parent(signal.SIGKILL),  # noqa: PLW1509 no threads yet
        )
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())

    def __enter__(self) -> "Sink":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def taken(self) -> int:
        """How many messages it took so far."""
        if self.kind == "smtp":
            with smtplib.SMTP("127.0.0.1", self.port, local_hostname="bench") as client:
                return int(client.docmd("XCOUNT")[1])
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request("GET", "/count")
            return int(connection.getresponse().read())
        finally:
            connection.close()

    def kept(self) -> list[tuple[float, str, str]]:
        """(seconds since 1970, address, message id) of each, as they came in."""
        assert self.keep
        time.sleep(2 * _WRITE_EVERY)
        lines = [line.split(" ") for line in self.keep.read_text().splitlines()]
        return [(float(at), address, message_id) for at, address, message_id in lines]


async def _serve(kind: str, port: int, delay: float, keep: IO[bytes] | None) -> None:
    counter = Counter(keep)
    server = await asyncio.get_running_loop().create_server(
        lambda: KINDS[kind](counter, delay), "127.0.0.1", port
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    while keep:
        await asyncio.sleep(_WRITE_EVERY)
        keep.flush()
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay-ms", type=float, default=0)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    kept_in = given.keep.open("wb") if given.keep else None
    asyncio.run(_serve(given.kind, given.port, given.delay_ms / 1000, kept_in))
