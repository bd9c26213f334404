"""What must hold whatever happened, and how long it took until mail flowed again."""

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from benchmarks import ledger
from benchmarks.ledger import Ledger
from benchmarks.load import quantile
from benchmarks.orderer import Orderer
from benchmarks.platform import Platform

BACK_WITHIN = 15.0
LEASE_SECONDS = 5
_WINDOW = 1.0
_STEP = 0.25
_FULL_SPEED = 0.5
_SETTLE_SECONDS = 180.0


def broken_in(found: Ledger, *, in_flight: int) -> list[str]:
    """The promises of the engine that do not hold; `in_flight` bounds the duplicates."""
    promises = {
        f"{len(found.lost)} accepted messages are lost": not found.lost,
        f"{len(found.invented)} messages nobody ordered arrived": not found.invented,
        f"{len(found.unexplained)} arrived twice without a trace": not found.unexplained,
        f"{found.duplicates} duplicates, {in_flight} were in flight": found.duplicates <= in_flight,
        f"{len(found.in_part)} messages of orders sent in part": not found.in_part,
        f"{found.half_written} orders are half written": not found.half_written,
        f"{found.open_messages} messages and {found.open_orders} orders never ended": not (
            found.open_messages or found.open_orders
        ),
    }
    return [broken for broken, holds in promises.items() if not holds]


def surprises_in(orderer: Orderer) -> list[str]:
    """Answers that were neither 202 nor a clear 503, one line for each kind."""
    kinds = sorted(
        {(answer.status, answer.headers.get("content-type", "")) for answer in orderer.surprises}
    )
    return [f"orders were answered {status} ({kind})" for status, kind in kinds]


def figures_of(found: Ledger) -> dict[str, Any]:
    return {
        "accepted": found.accepted,
        "without_answer": found.without_answer,
        "refused": found.refused,
        "arrived": found.arrived,
        "failed": found.failed,
        "lost": len(found.lost),
        "duplicates": found.duplicates,
        "attempts_left_unknown": found.unknown_attempts,
    }


def settle(platform: Platform, *, seconds: float = _SETTLE_SECONDS) -> float:
    """Wait until nothing is on its way any more; how long that took, in seconds."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if not ledger.unsettled(platform):
                break
        except psycopg.OperationalError:
            pass  # the database itself may still be coming back
        time.sleep(0.5)
    return time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Recovery:
    """Seconds from each fault until mail flowed at full speed again. A fault whose recovery the
    next one fell into is not among them: the later one's time tells for both.
    """

    seconds: Sequence[float]
    overtaken: int
    usual_rate: float

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0.0)

    def broken(self) -> list[str]:
        if self.longest <= BACK_WITHIN:
            return []
        return [f"not back to full speed for {self.longest:.1f} s"]

    def figures(self) -> Mapping[str, Any]:
        return {
            "usual_rate_per_s": round(self.usual_rate),
            "pause_median_s": round(quantile(self.seconds, 0.5), 1) if self.seconds else 0,
            "pause_longest_s": round(self.longest, 1),
            "pauses_overtaken": self.overtaken,
        }


def recovery(
    arrivals: Sequence[float], faults: Sequence[float], *, baseline: tuple[float, float], end: float
) -> Recovery:
    """`arrivals`, sorted, `faults` and `end`, when the load ended, in seconds since 1970.

    Full speed is half of the usual rate at least, over a second: on a busy machine the rate
    swings by itself. The usual rate is the median of `baseline`, the time before the faults.
    """
    usual = _usual_rate(arrivals, *baseline)
    seconds, overtaken = [], 0
    for fault, following in zip(faults, [*faults[1:], end], strict=True):
        back = fault
        while back < end and _rate(arrivals, back) < usual * _FULL_SPEED:
            back += _STEP
        if back >= following and following < end:
            overtaken += 1
        elif back + _WINDOW <= end:
            seconds.append(back - fault)
        else:
            seconds.append(end - fault)
    return Recovery(seconds, overtaken, usual)


def _usual_rate(arrivals: Sequence[float], began: float, ended: float) -> float:
    steps = int((ended - began - _WINDOW) / _STEP)
    rates = [_rate(arrivals, began + step * _STEP) for step in range(max(1, steps))]
    return quantile(rates, 0.5)


def _rate(arrivals: Sequence[float], at: float) -> float:
    return (bisect_left(arrivals, at + _WINDOW) - bisect_left(arrivals, at)) / _WINDOW
