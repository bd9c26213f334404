"""The systems that own messages, and how they learn what became of them.

Each system registers one function at start. It is called with a batch of outcomes, in the
transaction that records them, and must therefore only touch its own rows. A defect of its own
costs it its word of the outcomes that bring it about, and nobody else anything.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import structlog
from django.db import transaction

from notifications_platform.core.passing import MAY_PASS
from notifications_platform.delivery.states import State

log = structlog.get_logger(__name__)

T = TypeVar("T")


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
# Tells the owners what became of these messages, at this business time.
Tell = Callable[[Iterable[Outcome], datetime], None]
_owners: dict[str, OutcomeFunction] = {}


def register(owner_kind: str, on_outcomes: OutcomeFunction) -> None:
    """Called by each system's AppConfig.ready(). A later call for the same kind replaces it."""
    _owners[owner_kind] = on_outcomes


def outcomes(cursor: Any) -> list[Outcome]:
    """What a statement has returned, its columns in the order of `Outcome`."""
    return list(map(Outcome._make, cursor.fetchall()))


def tell(outcomes: Iterable[Outcome], *, now: datetime) -> None:
    """Give every owner its part of a batch."""
    for on_outcomes, theirs in _by_owner(outcomes):
        on_outcomes(theirs, now)


def confining_defects(write: Callable[[Tell], T]) -> T:
    """Run `write`, a transaction that tells the owners by what it is given. Should it fail, it is
    run once more, with a defect of an owner costing only this owner its word of the outcomes that
    bring it about: what has left must be written down, or it leaves again.
    """
    try:
        return write(_tell_all)
    except MAY_PASS:
        raise
    except Exception:
        log.exception("delivery.writing_again")
        return write(_tell_what_can_be_told)


def _by_owner(
    outcomes: Iterable[Outcome],
) -> Iterator[tuple[OutcomeFunction, list[Outcome]]]:
    by_owner: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_owner[outcome.owner_kind].append(outcome)
    for owner_kind, theirs in sorted(by_owner.items()):
        if on_outcomes := _owners.get(owner_kind):
            yield on_outcomes, theirs


def _tell_all(outcomes: Iterable[Outcome], now: datetime) -> None:
    tell(outcomes, now=now)


def _tell_what_can_be_told(outcomes: Iterable[Outcome], now: datetime) -> None:
    for on_outcomes, theirs in _by_owner(outcomes):
        # In the order in which owners lock their rows, whatever the halves are.
        _tell_in_halves(on_outcomes, sorted(theirs, key=lambda one: one.owner_id), now)


def _tell_in_halves(
    on_outcomes: OutcomeFunction, outcomes: Sequence[Outcome], now: datetime
) -> None:
    try:
        with transaction.atomic():
            on_outcomes(outcomes, now)
    except MAY_PASS:
        raise
    except Exception:
        if len(outcomes) > 1:
            middle = len(outcomes) // 2
            _tell_in_halves(on_outcomes, outcomes[:middle], now)
            _tell_in_halves(on_outcomes, outcomes[middle:], now)
            return
        (one,) = outcomes
        log.exception(
            "delivery.owner_not_told",
            owner_kind=one.owner_kind,
            owner=str(one.owner_id),
            message=str(one.message_id),
            state=one.state,
        )
