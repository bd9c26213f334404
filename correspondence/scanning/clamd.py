"""ClamAV's daemon, over TCP or a Unix socket, by the INSTREAM command of its manual: chunks
behind their length in four bytes, a length of zero at the end, then one line of answer.
"""

import re
import select
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from correspondence.scanning.base import ScannerUnavailable

_CONNECTS_WITHIN = 5.0
_TAKES_A_PIECE_WITHIN = 60.0
# All has been sent by then: it may unpack a large archive before it says a word.
_ANSWERS_WITHIN = 300.0
_LONGEST_ANSWER = 4096
_FOUND = re.compile(r"stream: (?P<name>.+) FOUND")

Address = tuple[str, int] | str


class ClamdScanner:
    """`address`: host and port, or the path of a Unix socket."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def scan(self, pieces: Iterable[bytes]) -> str:
        with self._connected() as connection:
            if _send(connection, pieces):
                connection.settimeout(_ANSWERS_WITHIN)
            return _verdict(_answer(connection))

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with _failures():
            connection = self._connect()
        with connection:
            yield connection

    def _connect(self) -> socket.socket:
        if not isinstance(self._address, str):
            return socket.create_connection(self._address, timeout=_CONNECTS_WITHIN)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(_CONNECTS_WITHIN)
        try:
            connection.connect(self._address)
        except OSError:
            connection.close()
            raise
        return connection


def _send(connection: socket.socket, pieces: Iterable[bytes]) -> bool:
    """Whether it took all. One that has had enough says so at once and hangs up: what it said
    is read before its hanging up makes itself felt.
    """
    with _failures():
        connection.settimeout(_TAKES_A_PIECE_WITHIN)
        connection.sendall(b"zINSTREAM\0")
    for piece in pieces:
        if not piece:
            continue
        with _failures():
            if select.select([connection], [], [], 0)[0]:
                return False
            try:
                connection.sendall(len(piece).to_bytes(4, "big") + piece)
            except (BrokenPipeError, ConnectionResetError):
                return False
    with _failures():
        connection.sendall(bytes(4))
    return True


def _answer(connection: socket.socket) -> str:
    received = b""
    with _failures():
        while b"\0" not in received and len(received) < _LONGEST_ANSWER:
            more = connection.recv(_LONGEST_ANSWER)
            if not more:
                break
            received += more
    return received.partition(b"\0")[0].decode(errors="replace").strip()


def _verdict(answer: str) -> str:
    if answer == "stream: OK":
        return ""
    if found := _FOUND.fullmatch(answer):
        return f"Malware was found: {found['name']}"
    if "size limit exceeded" in answer:
        # Another try would end in the same way.
        return "The file is larger than the malware scanner takes"
    raise ScannerUnavailable(f"clamd said {answer!r}")


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ScannerUnavailable(type(error).__name__) from error
