"""The systems that own messages, and how they learn what became of them.

Each system registers one function at start. It is called with a batch of outcomes, in the
transaction that records them, and must therefore only touch its own rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from notifications_platform.delivery.states import State


class Outcome(NamedTuple):
    """A message of this owner went from `was` to `state`; `final` ones never change again.

    Put-offs (claimed to queued) and expiries of messages never claimed are outcomes too.
    """

    owner_kind: str
    owner_id: UUID
    message_id: UUID
    channel: str
    was: str
    state: str
    reason: str
    final: bool
    attempts: int

    @property
    def succeeded(self) -> bool:
        return self.state in {State.SENT, State.DELIVERED}


OutcomeFunction = Callable[[Sequence[Outcome], datetime], None]
_owners: dict[str, OutcomeFunction] = {}


def register(owner_kind: str, on_outcomes: OutcomeFunction) -> None:
    """Called by each system's AppConfig.ready(). A later call for the same kind replaces it."""
    _owners[owner_kind] = on_outcomes


def outcomes(cursor: Any) -> list[Outcome]:
    """What a statement has returned, its columns in the order of `Outcome`."""
    return list(map(Outcome._make, cursor.fetchall()))


def tell(outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """Give every owner its part of a batch."""
    by_owner: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_owner[outcome.owner_kind].append(outcome)
    for owner_kind, theirs in sorted(by_owner.items()):
        if on_outcomes := _owners.get(owner_kind):
            on_outcomes(theirs, now)
