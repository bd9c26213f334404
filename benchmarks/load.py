"""A load generator: requests as ready-made bytes over a few kept connections, one at a time each.

One thread with a selector, because it must not be what the server waits for: it does some
20,000 exchanges a second where the server answers a few thousand.
"""

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_PATIENCE = 30.0


@dataclass(slots=True)
class Load:
    """What came of one round. `latencies` are seconds, one per answer."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    # Of what was still on its way when the time was over: waited for, and not in the rate.
    late: Counter[int] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        return quantile(self.latencies, share)


@dataclass(slots=True)
class Loads:
    """Rounds of one load, together. `fine` is the status that each answer ought to have."""

    fine: int = 200
    figures: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    answered: int = 0
    refused: Counter[int] = field(default_factory=Counter)

    def add(self, load: Load) -> None:
        statuses = load.statuses + load.late
        self.answered += statuses.total()
        self.refused += Counter({one: n for one, n in statuses.items() if one != self.fine})
        self.figures.append(load.rate)
        self.latencies += load.latencies

    def latency(self) -> dict[str, float]:
        return {f"p{share}_ms": self.quantile(share / 100) for share in (50, 95, 99)}

    def quantile(self, share: float) -> float:
        """Milliseconds."""
        return round(quantile(self.latencies, share) * 1000, 1)


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Client:
    """One connection with at most one request on its way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, _PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.began = 0.0

    def ask(self, request: bytes) -> None:
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def answered(self) -> int:
        """The status once the whole answer is here, else 0."""
        received = self.socket.recv(1 << 16)
        if not received:
            raise ConnectionError("the server closed the connection")
        self._buffer += received
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0 or not self._is_whole(head):
            return 0
        status, self._buffer = int(self._buffer[9:12]), b""
        return status

    def _is_whole(self, head: int) -> bool:
        length = _LENGTH.search(self._buffer, 0, head)
        if length:
            return len(self._buffer) >= head + 4 + int(length[1])
        return self._buffer.endswith(_LAST_CHUNK)


def closed_loop(
    address: tuple[str, int], requests: Sequence[bytes], *, connections: int, seconds: float
) -> Load:
    """Ask over `connections` until `seconds` have passed; each asks again once it is answered."""
    clients = [_Client(address) for _ in range(connections)]
    to_ask = cycle(requests)
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
        began = time.perf_counter()
        load = Load(seconds)
        for client in clients:
            client.ask(next(to_ask))
        answers = _answers(selector)
        for client, status in answers:
            ended = time.perf_counter()
            load.latencies.append(ended - client.began)
            load.statuses[status] += 1
            if ended - began >= seconds:
                break
            client.ask(next(to_ask))
        load.seconds = time.perf_counter() - began
        load.late = Counter(status for _, (_, status) in zip(clients[1:], answers, strict=False))
    for client in clients:
        client.socket.close()
    return load


def _answers(selector: selectors.BaseSelector) -> Iterator[tuple[_Client, int]]:
    while ready := selector.select(_PATIENCE):
        for key, _ in ready:
            client: _Client = key.data
            if status := client.answered():
                yield client, status
    raise TimeoutError(f"no answer within {_PATIENCE:.0f} s")
