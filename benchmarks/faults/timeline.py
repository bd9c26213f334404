"""The sandbox clock, moved from outside, with a record of our own of what it showed when."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.faults.calling import CLOCK_PATH, Caller

# Processes follow within a second; so much may lie between an instant and its record.
_SLACK = 1.0


@dataclass(frozen=True, slots=True)
class _Move:
    """`began` and `ended` in seconds since 1970; `ahead` counts from then on."""

    began: float
    ended: float
    ahead: timedelta


@dataclass(slots=True)
class Timeline:
    caller: Caller
    _moves: list[_Move] = field(default_factory=lambda: [_Move(0.0, 0.0, timedelta(0))])

    def go_to(self, instant: datetime) -> None:
        """Every process follows when this returns."""
        began = time.time()
        self._move({"now": instant.astimezone(UTC).isoformat()})
        ahead = instant - datetime.fromtimestamp(began, UTC)
        self._moves.append(_Move(began, time.time(), ahead))

    def advance(self, length: timedelta) -> None:
        self.go_to(self.now() + length)

    def reset(self) -> None:
        began = time.time()
        self._move({"reset": True})
        self._moves.append(_Move(began, time.time(), timedelta(0)))

    @property
    def moves(self) -> int:
        return len(self._moves) - 1

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC) + self._moves[-1].ahead

    def shown(self, at: float) -> list[datetime]:
        """What the clock may have shown at `at`, seconds since 1970: more than one instant
        around a move of it.
        """
        real = datetime.fromtimestamp(at, UTC)
        current = [move for move in self._moves if move.ended <= at - _SLACK][-1:]
        around = [move for move in self._moves if move.began <= at and move.ended > at - _SLACK]
        return [real + move.ahead for move in (*current, *around)]

    def _move(self, to: dict[str, object]) -> None:
        status, answer = self.caller.call("POST", CLOCK_PATH, to)
        assert status == 200, f"the clock was not moved: {answer}"
