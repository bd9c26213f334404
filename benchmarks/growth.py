"""Whether anything becomes slower as the tables grow: ten thousand, a million, ten million rows.

One platform for each size, all of them running at once and measured in turns, so that none gets
the quieter minutes; each is compared with the smallest in the same round. Delivery, accepting,
reading a status and a sweep with nothing due. Filling ten million takes some ten minutes and
some ten gigabytes of disk, so that this row only runs when it is named.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks import accept, history, sending, status, sweeps
from benchmarks.load import closed_loop
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding, tell

SIZES = (10_000, 1_000_000, 10_000_000)
_CONNECTIONS = 8
_LEAST = 0.95


@dataclass(slots=True)
class _Grown:
    """One platform with so many finished rows, and what was measured on it."""

    finished: int
    platform: Platform
    to_read: Sequence[bytes] = ()
    to_place: Sequence[bytes] = ()
    waiting: Sequence[str] = ()
    figures: dict[str, list[float]] = field(default_factory=dict)
    sweep_ms: dict[str, float] = field(default_factory=dict)
    bytes_of: dict[str, int] = field(default_factory=dict)

    def note(self, name: str, figure: float) -> None:
        self.figures.setdefault(name, []).append(figure)


def measure(
    *, short: bool, sizes: Sequence[int] = SIZES, rounds: int = 5, sent: int = 20_000
) -> list[Finding]:
    if short:
        sizes, rounds, sent = (1000, 20_000), 1, 2000
    seconds = 0.5 if short else 3.0
    with _growing(sizes) as all_sizes:
        for one in all_sizes:
            _warm_up(one)
        for number in range(rounds):
            # There and back, so that a machine that slows down favours none.
            for one in all_sizes if number % 2 else reversed(all_sizes):
                _measure(one, seconds=seconds, sent=sent)
        for one in all_sizes:
            one.sweep_ms = sweeps.steps(one.platform, one.waiting)["nothing_due"]
            one.bytes_of = _sizes_of_tables(one.platform)
    return [finding for one in all_sizes for finding in _findings(one, all_sizes[0])]


@contextmanager
def _growing(sizes: Sequence[int]) -> Iterator[list[_Grown]]:
    """Filled one after the other, then all there at once."""
    with ExitStack() as stack:
        grown = []
        for size in sizes:
            sinks = stack.enter_context(running_sinks())
            platform = stack.enter_context(running_platform(sinks, SWEEP_SECONDS=sending.SWEEP))
            grown.append(_Grown(size, platform))
            with platform.connect() as connection:
                history.finish(connection, size, per_order=10)
        yield grown


def _warm_up(one: _Grown) -> None:
    with one.platform.connect() as connection:
        one.to_read = status.reads(one.platform, status.placed_by(connection, "ttd"), "/status")
        sending.rate(one.platform, connection, 2000)
    one.to_place = accept.orders(one.platform, later=True)
    for requests in (one.to_read, one.to_place):
        _round(one, requests, 0.5, {200, 202})


def _measure(one: _Grown, *, seconds: float, sent: int) -> None:
    with one.platform.connect() as connection:
        one.note("deliver", sending.rate(one.platform, connection, sent))
    one.note("accept", _round(one, one.to_place, seconds, {202}))
    one.note("status", _round(one, one.to_read, seconds, {200}))


def _round(one: _Grown, requests: Sequence[bytes], seconds: float, fine: set[int]) -> float:
    load = closed_loop(one.platform.address, requests, connections=_CONNECTIONS, seconds=seconds)
    assert set(load.statuses) <= fine, f"refused: {load.statuses}"
    return load.rate


def _sizes_of_tables(platform: Platform) -> dict[str, int]:
    with platform.connect() as connection:
        rows = connection.execute(
            """
            SELECT relname, pg_total_relation_size(oid) FROM pg_class
            WHERE relname IN ('delivery_message', 'delivery_attempt', 'orders_order')
            """
        ).fetchall()
    return {str(name): int(size) for name, size in rows}


_UNITS = {"deliver": "mails/s", "accept": "orders/s", "status": "reads/s"}


def _findings(one: _Grown, smallest: _Grown) -> Iterator[Finding]:
    size = f"{one.finished:,} finished"
    extra: dict[str, Any] = {"megabytes": sum(one.bytes_of.values()) >> 20}
    for name, figures in one.figures.items():
        grown = one is not smallest
        yield Finding(
            f"{name}, {size}",
            _UNITS[name],
            figures,
            limits=smallest.figures[name] if grown else (),
            limit_name=f"{smallest.finished:,} finished" if grown else "",
            least=_LEAST if grown else None,
            reach=1.0 if grown else None,
            extra=extra,
        )
    yield sweeps.nothing_due({"nothing_due": one.sweep_ms}, extra, f"sweep, {size}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    for finding in measure(short=False, sizes=given.sizes, rounds=given.rounds):
        tell(finding)


if __name__ == "__main__":
    main()
