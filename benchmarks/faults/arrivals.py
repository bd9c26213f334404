"""What a sink keeps, followed while it grows."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.sinks import Sink

_LOOK_EVERY = 0.05


@dataclass(slots=True)
class Arrivals:
    """`times` by address: when its messages came in, in seconds since 1970."""

    sink: Sink
    times: dict[str, list[float]] = field(default_factory=dict)
    _read: int = 0

    def look(self) -> None:
        """Read what has come in since the last look."""
        assert self.sink.keep
        with self.sink.keep.open("rb") as kept:
            kept.seek(self._read)
            # The last line may not be whole yet.
            lines, newline, _ = kept.read().rpartition(b"\n")
        self._read += len(lines) + len(newline)
        for line in lines.decode().splitlines():
            at, address, _ = line.split(" ")
            self.times.setdefault(address, []).append(float(at))

    def wait_for(self, addresses: Iterable[str], *, seconds: float) -> float | None:
        """When the last of them had come in; None: not within `seconds` from now."""
        wanted, deadline = set(addresses), time.monotonic() + seconds
        while True:
            self.look()
            if wanted <= self.times.keys():
                return max(self.times[address][0] for address in wanted)
            if time.monotonic() > deadline:
                return None
            time.sleep(_LOOK_EVERY)
