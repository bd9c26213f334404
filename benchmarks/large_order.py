"""One order of 100,000 recipients: what it takes of memory, and how others fare meanwhile.

The order comes in one request over HTTP and goes out as e-mail by the real workers. Memory is
looked at ten times a second from before the request until the last mail has arrived. From the
moment of the request another client places an order of one recipient every third of a second;
its time is from sending the request to the mail's arrival at the sink.
"""

import http.client
import itertools
import json
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.load import quantile
from benchmarks.memory import Memory, Watch
from benchmarks.platform import ORDERS_PATH, SCOPE, Platform, running_platform, running_sinks
from benchmarks.report import Finding, tell

RECIPIENTS = 100_000
_WARM_UP = 2000
_PAUSE = 0.3
_PATIENCE = 300.0
_MOST_MB = {"web": 60, "worker": 100, "broker": 5}
_SECONDS, _REACH_SECONDS, _UNFAIR_SECONDS = 3, 1, 15
_BODY = "Hei! Du har fått et nytt brev i innboksen. Logg inn for å lese det. " * 3


@dataclass(slots=True)
class _Other:
    """Another client's orders of one: when each was placed, by the address it goes to."""

    placed: dict[str, float] = field(default_factory=dict)

    def waited(self, arrivals: Mapping[str, float]) -> list[float]:
        return [
            arrivals[address] - at for address, at in self.placed.items() if address in arrivals
        ]


def measure(*, short: bool) -> list[Finding]:
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-arrivals-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_platform(sinks) as platform,
    ):
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    """Its sinks have to keep what they receive."""
    recipients = 20_000 if short else RECIPIENTS
    digdir = platform.manage("token", "--client", "digdir", "--scope", SCOPE)
    before = platform.sinks.mail.taken() + _WARM_UP
    _place(platform, platform.token, [f"warm{number}@bench.example" for number in range(_WARM_UP)])
    _wait_for(platform, before)
    addresses = [f"large{number}@bench.example" for number in range(recipients)]
    began = time.monotonic()
    with Watch(platform) as watch, _placing(platform, digdir) as other:
        _place(platform, platform.token, addresses)
        accepted = time.monotonic() - began
        _wait_for(platform, before + recipients)
        seconds = time.monotonic() - began
    _wait_for(platform, before + recipients + len(other.placed))
    kept = platform.sinks.mail.kept()
    arrivals = {address: at for at, address, _ in kept}
    times = Counter(address for _, address, _ in kept)
    broken = _broken(addresses, other, times)
    facts = {
        "recipients": recipients,
        "accepted_after_s": round(accepted, 2),
        "sent_after_s": round(seconds, 1),
    }
    return [
        *_memory_findings(watch.growth(), facts, broken, short=short),
        _fairness(other.waited(arrivals), facts),
    ]


def _broken(addresses: list[str], other: _Other, times: Counter[str]) -> list[str]:
    wanted = [*addresses, *other.placed]
    lost = sum(not times[address] for address in wanted)
    twice = sum(times[address] > 1 for address in wanted)
    return [
        *([f"{lost} were lost"] if lost else []),
        *([f"{twice} came more than once"] if twice else []),
    ]


def _memory_findings(
    growth: Mapping[str, Memory], facts: Mapping[str, object], broken: list[str], *, short: bool
) -> list[Finding]:
    worker = growth["worker-1"].at_most(growth["worker-2"])
    grown = {"web": growth["web"], "worker": worker, "broker": growth["broker"]}
    by_process = {role: f"{one.rss:.0f} (pss {one.pss:.0f})" for role, one in growth.items()}
    return [
        Finding(
            f"large order, growth of {role}",
            "MB",
            [memory.rss],
            most=_MOST_MB[role],
            broken=[
                *(broken if role == "web" else []),
                # A fifth of the order has to keep to the bounds of the whole one everywhere.
                *(
                    [f"{role} grew by {memory.rss:.0f} MB"]
                    if _too_much(role, memory, short)
                    else []
                ),
            ],
            extra={**facts, "pss_mb": round(memory.pss, 1), "by_process": by_process},
        )
        for role, memory in grown.items()
    ]


def _too_much(role: str, memory: Memory, short: bool) -> bool:
    return short and memory.rss > _MOST_MB[role]


def _fairness(waited: list[float], facts: Mapping[str, object]) -> Finding:
    late = quantile(waited, 0.95)
    return Finding(
        "another's single order meanwhile",
        "s, p95",
        [late],
        most=_SECONDS,
        reach=_REACH_SECONDS,
        broken=[f"others waited {late:.0f} s"] if late > _UNFAIR_SECONDS else [],
        extra={
            **facts,
            "orders": len(waited),
            "p50_s": round(quantile(waited, 0.5), 2),
            "slowest_s": round(max(waited), 2),
        },
    )


@contextmanager
def _placing(platform: Platform, token: str) -> Iterator[_Other]:
    """Orders of one from a thread of its own while the block runs."""
    other, stop = _Other(), threading.Event()

    def place() -> None:
        for number in itertools.count():
            address = f"single{number}@bench.example"
            other.placed[address] = time.time()
            _place(platform, token, [address])
            if stop.wait(_PAUSE):
                return

    thread = threading.Thread(target=place)
    thread.start()
    try:
        yield other
    finally:
        stop.set()
        thread.join()


def _place(platform: Platform, token: str, addresses: list[str]) -> None:
    order = {
        "subject": "Nytt brev",
        "body": _BODY,
        "recipients": [{"emailAddress": address} for address in addresses],
    }
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(*platform.address, timeout=_PATIENCE)
    try:
        connection.request("POST", ORDERS_PATH + "/email", json.dumps(order).encode(), headers)
        answer = connection.getresponse()
        assert answer.status == 202, f"refused: {answer.status} {answer.read()[:300]!r}"
    finally:
        connection.close()


def _wait_for(platform: Platform, mails: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while platform.sinks.mail.taken() < mails:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{platform.sinks.mail.taken()} of {mails} mails have arrived")
        time.sleep(0.1)


def main() -> None:
    for finding in measure(short=False):
        tell(finding)


if __name__ == "__main__":
    main()
