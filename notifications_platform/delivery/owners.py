"""The systems that own messages, and how they learn what became of them.

Each system registers one function at start. It is called with a batch of outcomes, in the
transaction that records them, and must therefore only touch its own rows. One that shows when an
attempt begins has itself told of claims, too, in theirs. A defect of its own costs it its word of
what brings it about, and nobody else anything.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import structlog
from django.db import transaction

from notifications_platform.core.passing import MAY_PASS
from notifications_platform.delivery import tallying
from notifications_platform.delivery.states import State
from notifications_platform.delivery.tallying import Reached
from notifications_platform.registers.subjects import Subject

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Outcome(NamedTuple):
    """A message of this owner went from `was` to `state`; `final` ones never change again.

    Put-offs (claimed to queued) and expiries of messages never claimed are outcomes too.
    `result` is what the attempt came to (`Result`), empty where none brought this about, and
    `answer` the provider's words. `not_before`: when the next attempt may start, if there is one.
    `client`: on whose behalf it is.
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
    result: str = ""
    answer: str = ""
    not_before: datetime | None = None
    client: str = ""

    @property
    def succeeded(self) -> bool:
        return self.state in {State.SENT, State.DELIVERED}


OutcomeFunction = Callable[[Sequence[Outcome], datetime], None]
# Owners of messages claimed at this business time; it names those whose messages must not leave
# any more, and which are cancelled without a further word.
ClaimsFunction = Callable[[Sequence[UUID], datetime], Collection[UUID]]
# Tells the owners what became of these messages, at this business time.
Tell = Callable[[Sequence[Outcome], datetime], None]
# Whom in the registers it calls so in `Message.recipient`.
Whom = Callable[[str], Subject | None]
_owners: dict[str, OutcomeFunction] = {}
_of_claims: dict[str, ClaimsFunction] = {}
_sent_again: dict[str, str] = {}
_whom: dict[str, Whom] = {}


def register(
    owner_kind: str,
    on_outcomes: OutcomeFunction,
    *,
    on_claims: ClaimsFunction | None = None,
    sent_again: str = "",
    whom: Whom | None = None,
) -> None:
    """Called by each system's AppConfig.ready(). A later call for the same kind replaces it.

    `sent_again` tells staff how this owner's messages are sent again, where not by a copy.
    `whom` reads what this owner writes of its recipients.
    """
    _owners[owner_kind] = on_outcomes
    _sent_again[owner_kind] = sent_again
    _of_claims.pop(owner_kind, None)
    if on_claims:
        _of_claims[owner_kind] = on_claims
    _whom.pop(owner_kind, None)
    if whom:
        _whom[owner_kind] = whom


def sent_again(owner_kind: str) -> str:
    """How staff send its messages again; empty: by a copy of the message."""
    return _sent_again.get(owner_kind, "")


def whom(owner_kind: str, recipient: str) -> Subject | None:
    """None where it is nobody that a register would know."""
    read = _whom.get(owner_kind)
    return read(recipient) if read and recipient else None


def outcomes(cursor: Any) -> list[Outcome]:
    """What a statement has returned, its columns in the order of `Outcome`."""
    return list(map(Outcome._make, cursor.fetchall()))


def tell(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Count a batch, and give every owner its part of it, in the transaction that brings it about:
    each change of a message's state comes by here, or by `tell_of_claims`.
    """
    _count(outcomes, now)
    for on_outcomes, theirs in _by_owner(outcomes):
        on_outcomes(theirs, now)


def _count(outcomes: Sequence[Outcome], now: datetime) -> None:
    reached = Counter(Reached(one.client, one.channel, one.state, one.reason) for one in outcomes)
    tallying.note(reached, now=now)


def tell_of_claims(claimed: Iterable[tuple[str, UUID]], *, now: datetime) -> set[UUID]:
    """Tell the owners that asked for it, each named by kind and id, in the claim's transaction.
    Those whose messages must not leave. Costs the others nothing.
    """
    asked: dict[str, set[UUID]] = defaultdict(set)
    for owner_kind, owner_id in claimed if _of_claims else ():
        if owner_kind in _of_claims:
            asked[owner_kind].add(owner_id)
    refused: set[UUID] = set()
    for owner_kind, ids in sorted(asked.items()):
        refused |= _refused(owner_kind, sorted(ids), now)
    return refused


def _refused(owner_kind: str, ids: Sequence[UUID], now: datetime) -> set[UUID]:
    refused: set[UUID] = set()

    def told(some: Sequence[UUID], at: datetime) -> None:
        refused.update(_of_claims[owner_kind](some, at))

    for untold in _in_halves(told, ids, now):
        # Better sent than stuck behind a defect.
        log.error("delivery.owner_not_told_of_claim", owner_kind=owner_kind, owner=str(untold))
    return refused


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


def _tell_all(outcomes: Sequence[Outcome], now: datetime) -> None:
    tell(outcomes, now=now)


def _tell_what_can_be_told(outcomes: Sequence[Outcome], now: datetime) -> None:
    _count(outcomes, now)
    for on_outcomes, theirs in _by_owner(outcomes):
        # In the order in which owners lock their rows, whatever the halves are.
        for untold in _in_halves(on_outcomes, sorted(theirs, key=lambda one: one.owner_id), now):
            log.error(
                "delivery.owner_not_told",
                owner_kind=untold.owner_kind,
                owner=str(untold.owner_id),
                message=str(untold.message_id),
                state=untold.state,
            )


def _in_halves(
    told: Callable[[Sequence[T], datetime], object], what: Sequence[T], now: datetime
) -> Iterator[T]:
    """Tell as many as can be told; those of which it fails."""
    try:
        with transaction.atomic():
            told(what, now)
    except MAY_PASS:
        raise
    except Exception:
        if len(what) > 1:
            middle = len(what) // 2
            yield from _in_halves(told, what[:middle], now)
            yield from _in_halves(told, what[middle:], now)
            return
        log.exception("delivery.defect_of_owner")
        yield from what
