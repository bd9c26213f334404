"""Waiting out what a misbehaving provider put off: with the sandbox clock, or as staff do."""

from collections.abc import Collection
from dataclasses import dataclass, field

from benchmarks.faults.calling import Caller, end_pause, number, wait
from benchmarks.platform import Platform

# Of this channel only: others may be ordering on another one all the while.
_UNMADE = """
    SELECT count(*) FROM orders_order
    WHERE status IN ('Registered', 'Processing') AND lower(channel) = %s
"""
_OPEN = """
    SELECT count(*) FROM delivery_message
    WHERE channel = %s AND state IN ('queued', 'claimed') AND ltrim(address, '+') <> ALL(%s)
"""


@dataclass(slots=True)
class Settling:
    """One channel and its only provider. `step` is an ISO 8601 duration longer than the first
    pauses of a message's schedule; `hopeless` are addresses that are not waited for.
    """

    platform: Platform
    caller: Caller
    channel: str
    provider: str
    step: str
    hopeless: Collection[str] = ()
    pauses_ended: int = field(default=0, init=False)

    def settle(self, seconds: float = 120) -> None:
        """End every pause and move the clock past every put-off, until all has ended."""
        wait(self._nudge, f"settling {self.channel}", seconds=seconds, pause=0.3)

    def paused(self) -> bool:
        query = "SELECT count(*) FROM delivery_provider WHERE name = %s AND paused_until > now()"
        return bool(number(self.platform, query, self.provider))

    def trusted(self) -> bool:
        """Whether nothing is held against the provider any more."""
        query = "SELECT failures FROM delivery_provider WHERE name = %s"
        return not number(self.platform, query, self.provider)

    def _nudge(self) -> bool:
        if self.paused():
            end_pause(self.platform, self.provider)
            self.pauses_ended += 1
        unmade, still_open = number(self.platform, _UNMADE, self.channel), self._open()
        if (
            still_open
            and not unmade
            and not self._open("(state = 'claimed' OR fair_at > '-infinity')")
        ):
            self.caller.advance_clock(self.step)
        return not (unmade or still_open)

    def _open(self, condition: str = "true") -> int:
        query = f"{_OPEN} AND {condition}"
        return number(self.platform, query, self.channel, list(self.hopeless))
