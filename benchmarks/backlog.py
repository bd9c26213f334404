"""Whether the delivery rate depends on what waits, and on what is behind it.

A hundred thousand waiting against a thousand: in both rounds the line is kept at its length,
by putting as many in as leave, so that both feed alike. A million finished rows against an
empty table: two platforms side by side, measured in turns, so that neither gets the quieter
minutes.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from benchmarks import history, sending
from benchmarks.history import Connection
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding, tell

_LEAST, _REACH = 0.95, 1.0
_FEED = 1000
_WARM_UP = 2000
_PAUSE = 0.01
_LATER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Size:
    waiting: int
    few: int
    sent: int
    finished: int
    rounds: int


_FULL = _Size(waiting=100_000, few=1000, sent=20_000, finished=1_000_000, rounds=5)
_SHORT = _Size(waiting=10_000, few=1000, sent=3000, finished=20_000, rounds=1)


def measure(*, short: bool) -> list[Finding]:
    size = _SHORT if short else _FULL
    with (
        running_sinks() as young_sinks,
        running_sinks() as old_sinks,
        running_platform(young_sinks, SWEEP_SECONDS=sending.SWEEP) as young,
        running_platform(old_sinks, SWEEP_SECONDS=sending.SWEEP) as old,
    ):
        return [_against_few_waiting(young, size), _against_an_empty_table(young, old, size)]


def measure_on(platform: Platform) -> list[Finding]:
    """The short form of the first on one platform: that all arrives, at any depth."""
    return [_against_few_waiting(platform, _SHORT)]


def _against_few_waiting(platform: Platform, size: _Size) -> Finding:
    many, few = [], []
    with platform.connect() as connection:
        sending.rate(platform, connection, _WARM_UP)
        for _ in range(size.rounds):
            many.append(_at_depth(platform, connection, size.waiting, size.sent))
            few.append(_at_depth(platform, connection, size.few, size.sent))
    return _finding(f"deliver, {size.waiting:,} waiting", many, few, f"{size.few:,} waiting", size)


def _against_an_empty_table(young: Platform, old: Platform, size: _Size) -> Finding:
    behind, empty = [], []
    with young.connect() as young_tables, old.connect() as old_tables:
        history.finish(old_tables, size.finished)
        for platform, tables in ((old, old_tables), (young, young_tables)):
            sending.rate(platform, tables, _WARM_UP)
        for number in range(size.rounds):
            if number % 2:  # there and back, so that a machine that slows down favours none
                behind.append(sending.rate(old, old_tables, size.sent))
            sending.forget_all(young_tables, young)
            empty.append(sending.rate(young, young_tables, size.sent))
            if not number % 2:
                behind.append(sending.rate(old, old_tables, size.sent))
    return _finding(f"deliver, {size.finished:,} finished", behind, empty, "empty table", size)


def _finding(
    name: str, figures: list[float], limits: list[float], limit_name: str, size: _Size
) -> Finding:
    return Finding(
        name,
        "mails/s",
        figures,
        limits=limits,
        limit_name=limit_name,
        least=_LEAST,
        reach=_REACH,
        extra={"sent": size.sent},
    )


def _at_depth(platform: Platform, connection: Connection, depth: int, messages: int) -> float:
    """Mails a second while `depth` wait in line, over `messages` of them."""
    sending.forget_all(connection, platform)
    sending.switch_mail(connection, platform, off=True)
    parked = history.queue(connection, messages * 2, per_order=_FEED, in_line=False, wait=_LATER)
    history.queue(connection, depth, per_order=_FEED)
    before = platform.sinks.mail.taken()
    sending.switch_mail(connection, platform, off=False)
    figure = _fed(platform, connection, parked, messages, before)
    sending.forget_all(connection, platform)
    return figure


def _fed(
    platform: Platform, connection: Connection, parked: Sequence[UUID], messages: int, before: int
) -> float:
    """Start at the first tenth, so that it is in full swing."""
    began = started_with = fed = 0.0
    deadline = time.monotonic() + 180
    for order in parked:
        while True:
            taken = platform.sinks.mail.taken() - before
            if not began and taken >= messages / 10:
                began, started_with = time.perf_counter(), taken
            if began and taken - started_with >= messages:
                return (taken - started_with) / (time.perf_counter() - began)
            assert time.monotonic() < deadline, "the platform has not sent what waits"
            if _short_of(connection) or fed < taken:
                break
            time.sleep(_PAUSE)
        _put_in_line(connection, order)
        fed += _FEED
    raise AssertionError("more was sent than was put in line")


def _short_of(connection: Connection) -> bool:
    """Whether less than a thousand wait; costs the same however many there are."""
    row = connection.execute(
        """
        SELECT count(*) FROM (
            SELECT FROM delivery_message
            WHERE state = 'queued' AND fair_at IS NOT NULL AND channel = 'email' AND lane = 1
            LIMIT %s) AS waiting
        """,
        [_FEED],
    ).fetchone()
    return bool(row and row[0] < _FEED)


def _put_in_line(connection: Connection, order: UUID) -> None:
    """At the end of the line, however long it is."""
    connection.execute(
        """
        UPDATE delivery_message AS message SET fair_at = placed.fair_at, not_before = now()
        FROM (SELECT id, clock_timestamp() + interval '10 min'
                  + row_number() OVER (ORDER BY id) * interval '1 ms' AS fair_at
              FROM delivery_message WHERE owner_id = %s) AS placed
        WHERE message.id = placed.id
        """,
        [order],
    )


def main() -> None:
    for finding in measure(short=False):
        tell(finding)


if __name__ == "__main__":
    main()
