"""How many single-recipient orders a second the platform accepts over HTTP.

Everything is on: token, validation, audit, durable commits. The limit is the smallest view of
Django REST framework that inserts one row, behind the same granian command and on the same
PostgreSQL, measured in turns with it.

Orders for tomorrow show accepting alone. Orders for now compete for the same cores with the
workers that process and send them, which is what a busy platform looks like.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from benchmarks import accept_many
from benchmarks.limits.server import running_limits
from benchmarks.load import Load, Loads, closed_loop, request
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding
from notifications_platform.core import clock

CONNECTIONS = 8
_DIFFERENT = 1000
_BODY = "Hei! Du har fått et nytt brev i innboksen. Logg inn for å lese det. " * 3


def orders(platform: Platform, *, later: bool) -> list[bytes]:
    extra = {"requestedSendTime": _tomorrow()} if later else {}
    return [
        platform.order(
            {
                "sendersReference": f"ref-{number}",
                "subject": "Nytt brev",
                "body": _BODY,
                "recipients": [{"emailAddress": f"receiver{number}@bench.example"}],
                **extra,
            },
            "/email",
        )
        for number in range(_DIFFERENT)
    ]


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    rounds, seconds = (1, 1.0) if short else (3, 4.0)
    warm_up, limit, later, now = (Loads(fine=202) for _ in range(4))
    before = _stored(platform)
    with running_limits(platform) as limits:
        for_later, for_now = orders(platform, later=True), orders(platform, later=False)
        smallest = [_smallest(number) for number in range(_DIFFERENT)]
        warm_up.add(_round(platform.address, for_later, seconds / 2))
        _round(limits, smallest, seconds / 2)
        for _ in range(rounds):
            later.add(_round(platform.address, for_later, seconds))
            limit.add(_round(limits, smallest, seconds))
        now.add(_round(platform.address, for_now, seconds * 2))
    broken = _broken(_stored(platform) - before, [warm_up, later, now])
    return [
        replace(_finding("accept", later, limit), least=0.55, reach=0.75, broken=broken),
        Finding("accept, p99", "ms", [later.quantile(0.99)], most=50),
        _finding("accept while delivering", now, limit),
        *accept_many.findings(platform, short=short),
    ]


def _broken(stored: int, all_rounds: Sequence[Loads]) -> list[str]:
    """A 202 for each, and an order for each 202."""
    refused = {status for rounds in all_rounds for status in rounds.refused}
    answered = sum(rounds.answered for rounds in all_rounds)
    return [
        *([f"answered {sorted(refused)}"] if refused else []),
        *([f"{stored} orders stored, {answered} answered"] if stored != answered else []),
    ]


def _stored(platform: Platform) -> int:
    with platform.connect() as connection:
        row = connection.execute("SELECT count(*) FROM orders_order").fetchone()
    return int(row[0]) if row else 0


def _finding(name: str, found: Loads, limit: Loads) -> Finding:
    return Finding(
        name=name,
        unit="orders/s",
        figures=found.figures,
        limits=limit.figures,
        limit_name="smallest DRF view that inserts one row",
        extra=found.latency() | {"connections": CONNECTIONS},
    )


def _round(address: tuple[str, int], requests: Sequence[bytes], seconds: float) -> Load:
    return closed_loop(address, requests, connections=CONNECTIONS, seconds=seconds)


def _smallest(number: int) -> bytes:
    body = b'{"to": "receiver%d@bench.example"}' % number
    return request("POST", "/insert", {"Content-Type": "application/json"}, body)


def _tomorrow() -> str:
    return (clock.real() + timedelta(days=1)).isoformat()
