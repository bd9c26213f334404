"""The one clock (runtime contract 5).

`now()` is business time: due times, windows, retries and expiry follow it, and the sandbox
may move it. `real()` is the system clock: leases, pauses, time-outs and token expiry follow
it. Both are aware UTC datetimes. Faces (views, tasks, commands) call `now()`; everything
below takes `now` as a keyword argument.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_read_offset: Callable[[], timedelta] | None = None


def real() -> datetime:
    return datetime.now(UTC)


def offset() -> timedelta:
    """How far business time stands ahead of real time; zero outside the sandbox."""
    return _read_offset() if _read_offset else timedelta(0)


def now() -> datetime:
    return real() + offset()


def follow(read_offset: Callable[[], timedelta] | None) -> None:
    """Let `read_offset` move business time. Called once, by the sandbox, at start."""
    global _read_offset
    _read_offset = read_offset
