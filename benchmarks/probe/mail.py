"""Sends mail as bytes joined per message, pipelined, over connections that take turns.

One thread writes to each connection in turn and then reads from each in turn: while one
connection waits for its answer the others have theirs. The envelope of a connection's next
message leaves with the content of the one before it, so that a message costs one round trip.
"""

import smtplib
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC
from email.utils import format_datetime
from queue import SimpleQueue

from benchmarks.probe.outbox import Row, Send
from notifications_platform.core import clock

# The fastest of 1, 2, 4, 8, 16, 32 and 64 where the sink answers at once.
CONNECTIONS = 32
# The fastest of 32 to 400 where it answers after 50 ms.
THREADS = 256
_HEAD = (
    "From: noreply@altinn.no\r\nSubject: Nytt brev\r\nAuto-Submitted: auto-generated\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n"
)
_Letter = tuple[bytes, bytes]


@contextmanager
def sending(port: int, body: str, *, connections: int = CONNECTIONS) -> Iterator[Send]:
    """What sends each row as a mail with `body`; answers as the server gave them."""
    lines = [_open(port) for _ in range(connections)]
    try:
        yield lambda rows: _send(lines, _letters(rows, body))
    finally:
        for line in lines:
            line.close()


@contextmanager
def sending_by_threads(port: int, body: str, *, threads: int = THREADS) -> Iterator[Send]:
    """The same with a thread for each connection, which waits for each answer."""
    lines: SimpleQueue[socket.socket] = SimpleQueue()
    for _ in range(threads):
        lines.put(_open(port))

    def send(letter: _Letter) -> str:
        line = lines.get()
        answer = _send([line], [letter])[0]
        lines.put(line)
        return answer

    with ThreadPoolExecutor(threads) as pool:
        yield lambda rows: list(pool.map(send, _letters(rows, body)))
    while not lines.empty():
        lines.get().close()


def _open(port: int) -> socket.socket:
    client = smtplib.SMTP("127.0.0.1", port, local_hostname="probe")
    client.ehlo()
    assert client.sock
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client.sock


def _letters(rows: Sequence[Row], body: str) -> list[_Letter]:
    """Envelope and content of each."""
    date = format_datetime(clock.real().astimezone(UTC))
    return [
        (
            f"MAIL FROM:<noreply@altinn.no>\r\nRCPT TO:<{address}>\r\nDATA\r\n".encode(),
            f"To: {address}\r\nDate: {date}\r\nMessage-ID: <{message_id}@altinn.no>\r\n{_HEAD}\r\n"
            f"{body}\r\n.\r\n".encode(),
        )
        for message_id, address, _ in rows
    ]


def _send(lines: Sequence[socket.socket], letters: Sequence[_Letter]) -> list[str]:
    answers: list[str] = []
    for place in range(0, len(letters), len(lines)):
        group = letters[place : place + len(lines)]
        following = letters[place + len(lines) : place + 2 * len(lines)]
        if place == 0:
            for line, (envelope, _) in zip(lines, group, strict=False):
                line.sendall(envelope)
            for line in lines[: len(group)]:
                _replies(line, 3)
        for index, (line, (_, content)) in enumerate(zip(lines, group, strict=False)):
            line.sendall(content + (following[index][0] if index < len(following) else b""))
        for index, line in enumerate(lines[: len(group)]):
            answers.append(_replies(line, 4 if index < len(following) else 1))
    return answers


def _replies(line: socket.socket, count: int) -> str:
    """Wait for so many replies; the first of them."""
    received = b""
    while received.count(b"\n") < count:
        received += line.recv(4096)
    return received.partition(b"\r\n")[0].decode()
