"""What deadlines, reminders and scheduled deletions cost with ten thousand and a million waiting.

Two platforms whose own sweeps rest, measured in turns, each step in a process of its own: with
nothing due (what happens every few seconds), and the next five hundred that are due. Everything
stored waits in the indexes that the sweeps read.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks import sending
from benchmarks.cases import history
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

SIZES = (10_000, 1_000_000)
NEXT = 500
_HANDLED = 10_000
_ROUNDS = 4
SHORT_SIZES = (2000, 20_000)
_SHORT_NEXT, _SHORT_HANDLED = 100, 500
_LEAST = 0.9
_NOTHING_MS = 3
RESTING = "86400"


def measure(*, short: bool) -> list[Finding]:
    if short:
        with running_sinks() as sinks, running_platform(sinks, SWEEP_SECONDS=RESTING) as platform:
            return measure_on(platform)
    with (
        running_sinks() as few_sinks,
        running_sinks() as many_sinks,
        running_platform(few_sinks, SWEEP_SECONDS=RESTING) as few,
        running_platform(many_sinks, SWEEP_SECONDS=RESTING) as many,
    ):
        for platform, stored in zip((few, many), SIZES, strict=True):
            fill(platform, stored)
        found = []
        for number in range(_ROUNDS):
            # There and back, so that a machine that slows down favours none.
            turn = [few, many] if number % 2 else [many, few]
            told = {platform.port: steps(platform, next_due=NEXT) for platform in turn}
            found.append((told[few.port], told[many.port]))
        return [*_compared(found, SIZES, NEXT), _handled(many, SIZES[1], _HANDLED)]


def measure_on(platform: Platform) -> list[Finding]:
    """The short form on one platform whose sweeps rest: with few rows, then with more."""
    few, many = SHORT_SIZES
    fill(platform, few)
    before = steps(platform, next_due=_SHORT_NEXT)
    fill(platform, many - few, first=few)
    found = [(before, steps(platform, next_due=_SHORT_NEXT))]
    return [*_compared(found, SHORT_SIZES, _SHORT_NEXT), _handled(platform, many, _SHORT_HANDLED)]


def fill(platform: Platform, stored: int, *, first: int = 0) -> None:
    """Nothing that a reminder orders leaves, for that is measured elsewhere."""
    with platform.connect() as connection:
        sending.switch_mail(connection, platform, off=True)
        history.store(connection, stored, first=first)


def _compared(
    found: Sequence[tuple[dict[str, Any], dict[str, Any]]], sizes: tuple[int, int], due: int
) -> Iterator[Finding]:
    """Of each round what was measured with few rows, and with many."""
    yield _nothing_due(found, sizes)
    for name in found[0][0]["next_due"]:
        yield Finding(
            f"cases, next {due} {name}",
            "rows/s",
            [large["next_due"][name] for _, large in found],
            limits=[small["next_due"][name] for small, _ in found],
            limit_name=f"of {sizes[0]:,}",
            least=_LEAST,
            reach=1.0,
            extra={"rows": sizes[1]},
        )


def _nothing_due(
    found: Sequence[tuple[dict[str, Any], dict[str, Any]]], sizes: tuple[int, int]
) -> Finding:
    slowest = [
        [max(one["nothing_due"].values()) for one in several]
        for several in zip(*found, strict=True)
    ]
    return Finding(
        "cases, nothing due",
        "ms",
        slowest[1],
        limits=slowest[0],
        limit_name=f"of {sizes[0]:,}",
        most=_NOTHING_MS,
        extra={"rows": sizes[1], "steps": found[-1][1]["nothing_due"]},
    )


def _handled(platform: Platform, stored: int, handled: int) -> Finding:
    rates: dict[str, float] = steps(platform, handled=handled)["handled"]
    return Finding(
        f"cases, {handled:,} handled",
        "rows/s",
        [min(rates.values())],
        extra={"rows": stored, "steps": rates},
    )


def steps(platform: Platform, *, next_due: int = 0, handled: int = 0) -> dict[str, Any]:
    """What sweep_steps measured, in a process of its own."""
    told = platform.manage(
        "shell",
        "-v0",
        "-c",
        "from benchmarks.cases import sweep_steps; "
        f"sweep_steps.tell(next_due={next_due}, handled={handled})",
    )
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found
