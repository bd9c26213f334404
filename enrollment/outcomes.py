"""What workers do with notifications, as the engine tells it (contract 3, 6).

Called in the engine's transactions, with the locks of the messages held: whoever else changes
notifications that have one takes that lock first. Any number of them takes as many statements as
there are kinds of transitions.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from enrollment.coordinates import id_of, owner_of
from enrollment.models import EnrollmentEventNotification
from enrollment.states import Source, Status
from enrollment.transitions import (
    CLAIM,
    FAIL,
    FAIL_OBSOLETE,
    RETRY,
    SEND,
    Doer,
    Rows,
    Transition,
    apply,
    of_ids,
)
from notifications_platform.delivery.channels.webhook import status_of
from notifications_platform.delivery.owners import Outcome
from notifications_platform.delivery.states import Result, State

_Change = Callable[[Sequence[Outcome], datetime], None]

WORKER = Doer(name="worker", source=Source.WORKER)
_DIED = "The worker died in the attempt; whether the endpoint got it is not known."
_ERROR_LENGTH = 500
_ATTEMPTED = """
    SELECT id, http_status, coalesce(error, '') AS error, attempts, next_at
    FROM unnest(%(ids)s::bigint[], %(statuses)s::int[], %(errors)s::text[],
                %(attempts)s::int[], %(dates)s::timestamptz[])
        AS attempted (id, http_status, error, attempts, next_at)"""


def on_claims(owners: Sequence[UUID], now: datetime) -> Collection[UUID]:
    """A cycle begins for those that are `Ready`. Those that are not to be delivered any more:
    obsolete, settled or gone, with a message made just before.
    """
    ids = [id_of(owner) for owner in owners]
    others = set(ids).difference(apply(CLAIM, of_ids(ids), by=WORKER, now=now))
    if not others:
        return ()
    retried = EnrollmentEventNotification.objects.filter(
        pk__in=others, status=Status.IN_PROCESS, obsolete=False
    )
    refused = others.difference(retried.values_list("pk", flat=True))
    if refused:
        apply(FAIL_OBSOLETE, of_ids(list(refused)), by=WORKER, now=now)
    return [owner_of(id_) for id_ in refused]


def on_outcomes(outcomes: Sequence[Outcome], now: datetime) -> None:
    """The notifications follow their messages."""
    by_change: dict[_Change, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_change[_change(outcome)].append(outcome)
    for change, theirs in by_change.items():
        change(theirs, now)


def _change(outcome: Outcome) -> _Change:
    tried = outcome.result not in {"", Result.NOT_TRIED}
    if outcome.succeeded:
        return _sent
    if outcome.state == State.QUEUED:
        return _retried if tried else _put_off
    if outcome.state == State.FAILED or tried:
        return _failed
    return _withdrawn


def _sent(outcomes: Sequence[Outcome], now: datetime) -> None:
    _attempted(SEND, outcomes, now)


def _retried(outcomes: Sequence[Outcome], now: datetime) -> None:
    _attempted(RETRY, outcomes, now)


def _failed(outcomes: Sequence[Outcome], now: datetime) -> None:
    _attempted(FAIL, outcomes, now)


def _attempted(transition: Transition, outcomes: Sequence[Outcome], now: datetime) -> None:
    rows = _rows(outcomes)
    ids = set(rows.values["ids"])
    missed = ids.difference(apply(transition, rows, by=WORKER, now=now))
    # Gone, or its claim was never told: it is made up for.
    if missed and apply(CLAIM, of_ids(list(missed)), by=WORKER, now=now):
        again = [one for one in outcomes if id_of(one.owner_id) in missed]
        apply(transition, _rows(again), by=WORKER, now=now)


def _withdrawn(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Without a further attempt. Who withdraws one that is not obsolete yet sees to it, and holds
    no notification before all that are meant are taken back.
    """
    obsolete = Rows(
        """
        SELECT id FROM enrollment_enrollmenteventnotification
        WHERE id = ANY(%(ids)s) AND obsolete
        """,
        {"ids": _ids(outcomes)},
    )
    apply(FAIL_OBSOLETE, obsolete, by=WORKER, now=now)


def _put_off(outcomes: Sequence[Outcome], now: datetime) -> None:
    """No attempt was made: nothing for the history."""
    rows = _rows(outcomes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH attempted AS MATERIALIZED ({_ATTEMPTED}),
            locked AS MATERIALIZED (
                SELECT id FROM enrollment_enrollmenteventnotification
                WHERE id IN (SELECT id FROM attempted) AND status = %(in_process)s
                ORDER BY id FOR NO KEY UPDATE)
            UPDATE enrollment_enrollmenteventnotification AS one
            SET attempt_count = one.earlier_attempts + attempted.attempts,
                next_attempt_at = attempted.next_at, updated_at = %(now)s
            FROM attempted JOIN locked USING (id) WHERE one.id = attempted.id
            """,  # noqa: S608 - the parts are ours
            {**rows.values, "in_process": Status.IN_PROCESS.value, "now": now},
        )


def _rows(outcomes: Sequence[Outcome]) -> Rows:
    """What the attempts came to, as transitions ask for it."""
    return Rows(
        _ATTEMPTED,
        {
            "ids": _ids(outcomes),
            "statuses": [status_of(one.answer) for one in outcomes],
            "errors": [_error(one) for one in outcomes],
            "attempts": [one.attempts for one in outcomes],
            "dates": [one.not_before for one in outcomes],
        },
    )


def _ids(outcomes: Iterable[Outcome]) -> list[int]:
    return [id_of(outcome.owner_id) for outcome in outcomes]


def _error(outcome: Outcome) -> str | None:
    """None where there is none: the driver looks at each text, were it empty."""
    if outcome.succeeded:
        return None
    return _DIED if outcome.result == Result.UNKNOWN else outcome.answer[:_ERROR_LENGTH]
