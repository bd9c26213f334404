"""A client that orders one message after the other and learns how long each took to arrive."""

import threading
import time
from collections.abc import Iterable
from types import TracebackType

from benchmarks.faults.calling import Caller
from benchmarks.load import quantile
from benchmarks.platform import Platform
from benchmarks.sinks import Sink


class Pulse:
    """Orders on one channel from a thread of its own while the `with` block runs.

    `kind` is `/email` or `/sms`; `sink` keeps what arrives there.
    """

    def __init__(
        self, platform: Platform, kind: str, sink: Sink, *, every: float = 0.1, token: str = ""
    ) -> None:
        self.placed: dict[str, float] = {}
        self.answered_in: list[float] = []
        self._kind, self._sink, self._every = kind, sink, every
        self._caller = Caller(platform, token)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"pulse{kind}")
        self._failure: Exception | None = None

    def __enter__(self) -> "Pulse":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._caller.close()
        if self._failure:
            raise self._failure

    def latencies(self) -> list[float]:
        """Seconds from the order's request to the sink, one per message that arrived."""
        return [at - self.placed[address] for address, at in self._arrived().items()]

    def missing(self) -> set[str]:
        return set(self.placed) - set(self._arrived())

    def _arrived(self) -> dict[str, float]:
        """When each of ours came; the sink may be in the middle of its last line."""
        assert self._sink.keep
        whole, _, _ = self._sink.keep.read_text().rpartition("\n")
        lines = (line.split(" ") for line in whole.splitlines())
        return {address: float(at) for at, address, _ in lines if address in self.placed}

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._every):
                self._order(len(self.placed))
        except Exception as failure:  # noqa: BLE001 raised again where the block ends
            self._failure = failure

    def _order(self, number: int) -> None:
        mail = self._kind == "/email"
        address = f"pulse{number}@faults.example" if mail else f"4790{number:06d}"
        recipient = {"emailAddress": address} if mail else {"mobileNumber": f"+{address}"}
        subject = {"subject": "Puls"} if mail else {}
        began = time.time()
        self.placed[address] = began
        self._caller.order({**subject, "body": "Hei!", "recipients": [recipient]}, self._kind)
        self.answered_in.append(time.time() - began)


def spread(values: Iterable[float]) -> str:
    """Median, 95th percentile and maximum, for people."""
    seconds = list(values)
    if not seconds:
        return "nothing"
    p50, p95 = quantile(seconds, 0.5), quantile(seconds, 0.95)
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, max {max(seconds):.2f} s"
