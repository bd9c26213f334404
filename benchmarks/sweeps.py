"""What the sweeps cost with a million finished and a million waiting messages.

Every step of delivery and of orders, in one process on a platform whose own sweeps rest: with
nothing due (what happens every few seconds), finding the next thousand that are due, and
handling a hundred thousand.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from benchmarks import history, sending
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding, tell

_ROWS, _HANDLED, _NEXT = 1_000_000, 100_000, 1000
_PER_ORDER = 1000
_LATER = timedelta(days=1)


def measure(*, short: bool) -> list[Finding]:
    rows, handled = (50_000, 2000) if short else (_ROWS, _HANDLED)
    with running_sinks() as sinks, running_platform(sinks, SWEEP_SECONDS="86400") as platform:
        waiting = fill(platform, finished=rows, waiting=rows)
        found = steps(platform, waiting, next_due=_NEXT, handled=handled)
    finds = {name: one["find"] for name, one in found["next_due"].items() if "find" in one}
    rates: dict[str, float] = found["handled"]
    size = {"rows": 2 * rows}
    return [
        nothing_due(found, size),
        Finding(
            f"sweep, next {_NEXT:,} due",
            "ms",
            [max(finds.values())],
            most=15,
            extra={**size, "finding": finds, "whole_step": found["next_due"]},
        ),
        Finding(
            f"sweep, {handled:,} handled",
            "rows/s",
            [min(rates.values())],
            limits=[10_000],
            limit_name="goal",
            least=1.0,
            extra={**size, "steps": rates},
        ),
    ]


def nothing_due(found: Mapping[str, Any], extra: Mapping[str, Any], name: str = "") -> Finding:
    times: dict[str, float] = found["nothing_due"]
    return Finding(
        name or "sweep, nothing due",
        "ms",
        [max(times.values())],
        most=3,
        extra={**extra, "steps": times},
    )


def fill(platform: Platform, *, finished: int, waiting: int) -> list[str]:
    """Rows of the past, and e-mails for tomorrow; the latters' orders."""
    with platform.connect() as connection:
        sending.switch_mail(connection, platform, off=True)
        if finished:
            history.finish(connection, finished)
        orders = history.queue(
            connection, waiting, per_order=_PER_ORDER, wait=_LATER, in_line=False, client=None
        )
        connection.execute("VACUUM ANALYZE delivery_message, orders_order")
    return [str(order) for order in orders]


def steps(
    platform: Platform, waiting: Sequence[str], *, next_due: int = 0, handled: int = 0
) -> dict[str, Any]:
    """What sweep_steps measured, in a process of its own."""
    told = platform.manage(
        "shell",
        "-v0",
        "-c",
        "from benchmarks import sweep_steps; "
        f"sweep_steps.tell({list(waiting)!r}, next_due={next_due}, handled={handled})",
    )
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


def main() -> None:
    for finding in measure(short=False):
        tell(finding)


if __name__ == "__main__":
    main()
