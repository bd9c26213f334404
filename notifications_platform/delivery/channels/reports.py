"""Delivery reports: what a provider says later about a message it took.

Whatever way a report comes in, it becomes a `Report` and goes to the one function that the
engine registered. Knows nothing of rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from notifications_platform.delivery.states import Reason, State

Outcome = Literal[State.DELIVERED, State.FAILED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`provider` is a transport's name, or its part before the first colon where the report
    does not tell which of several. `outcome` None: worth keeping, but changes no state. `raw`
    is the report as it came and may hold personal data. `at` is UTC, None if it did not say.
    """

    provider: str
    reference: str
    outcome: Outcome | None
    reason: Reason | None = None
    raw: str = ""
    at: datetime | None = None

    def is_about(self, transport_name: str) -> bool:
        return transport_name == self.provider or transport_name.startswith(f"{self.provider}:")


Record = Callable[[Sequence[Report]], None]
_record: Record | None = None


def on_report(record: Record | None) -> None:
    """Let `record` have every report. Called once, by the engine, at start."""
    global _record
    _record = record


def hand_over(reports: Sequence[Report]) -> None:
    """Raises what `record` raises: the provider must learn that its report was not kept."""
    if _record is None:
        raise RuntimeError("nobody records delivery reports")
    if reports:
        _record(reports)
