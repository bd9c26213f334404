"""How fast an order's status is read with a million messages stored, over eight connections.

Two routes of orders with a hundred recipients, each time another order: the status with its
counts, and the list of the hundred notifications. The limit is an empty view of Django REST
framework behind the same granian command, measured in turns with them.
"""

import random
from collections.abc import Sequence

from benchmarks import history
from benchmarks.limits.server import running_limits
from benchmarks.load import Load, Loads, closed_loop, request
from benchmarks.platform import ORDERS_PATH, Platform, running_platform, running_sinks
from benchmarks.report import Finding, tell

CONNECTIONS = 8
RECIPIENTS = 100
STORED = 1_000_000
_DIFFERENT = 1000
_WARM_UP = 2.0
_EMPTY = request("GET", "/empty", {})
_LATEST_MS = 25
_NOTIFICATIONS = "/notifications/email"


def measure(*, short: bool) -> list[Finding]:
    with (
        running_sinks() as sinks,
        running_platform(sinks) as platform,
        running_limits(platform) as limits,
    ):
        return measure_on(platform, limits, short=short)


def measure_on(platform: Platform, limits: tuple[str, int], *, short: bool) -> list[Finding]:
    stored, rounds, seconds = (20_000, 1, 0.5) if short else (STORED, 5, 4.0)
    with platform.connect() as connection:
        history.finish(connection, stored, per_order=RECIPIENTS)
        orders = placed_by(connection, "ttd")
    status, listed = (reads(platform, orders, rest) for rest in ("/status", _NOTIFICATIONS))
    statuses, lists, empty = Loads(), Loads(), Loads()
    for asked in (status, listed):
        _round(platform.address, asked, min(seconds, _WARM_UP))
    for _ in range(rounds):
        statuses.add(_round(platform.address, status, seconds))
        empty.add(_round(limits, [_EMPTY], seconds))
        lists.add(_round(platform.address, listed, seconds))
    return [
        _finding("order status", statuses, empty, stored),
        _finding("list of 100 notifications", lists, empty, stored),
    ]


def placed_by(connection: history.Connection, creator: str) -> list[str]:
    """Some of its e-mail orders, from all over the history."""
    rows = connection.execute(
        "SELECT id FROM orders_order WHERE creator = %s AND channel = 'Email'", [creator]
    ).fetchall()
    ids = [str(row[0]) for row in rows]
    return random.sample(ids, min(len(ids), _DIFFERENT))


def reads(platform: Platform, orders: Sequence[str], rest: str) -> list[bytes]:
    """Requests for one route of each of `orders`, which are ttd's."""
    headers = {"Authorization": f"Bearer {platform.token}"}
    return [request("GET", f"{ORDERS_PATH}/{order}{rest}", headers) for order in orders]


def _finding(name: str, found: Loads, empty: Loads, stored: int) -> Finding:
    broken = [f"{found.refused.total()} reads were refused"] if found.refused else []
    late = found.quantile(0.99) > _LATEST_MS
    return Finding(
        name,
        "reads/s",
        found.figures,
        limits=empty.figures,
        limit_name="empty DRF GET",
        least=0.22,
        reach=0.4,
        broken=broken,
        extra={
            **found.latency(),
            f"p99_within_{_LATEST_MS}_ms": not late,
            "rows": stored,
            "connections": CONNECTIONS,
        },
    )


def _round(address: tuple[str, int], requests: Sequence[bytes], seconds: float) -> Load:
    return closed_loop(address, requests, connections=CONNECTIONS, seconds=seconds)


def main() -> None:
    for finding in measure(short=False):
        tell(finding)


if __name__ == "__main__":
    main()
