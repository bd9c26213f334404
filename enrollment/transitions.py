"""The legal changes of a notification's status: all of them, and for everyone (contract 3).

Each is one statement that locks the rows in the order of their ids, changes those that are in a
state to be changed, and writes the history of just those. Who is not in the answer was passed
over: another one was faster, or the rule forbids it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from enrollment.callers import Caller
from enrollment.states import NOTIFICATION, Action, Source, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """From any of `before` to `to`. `sets`: further columns, in SQL over the columns of the row
    and of `chosen`. Obsolete rows are passed over unless `also_obsolete`.
    """

    action: Action
    before: frozenset[Status]
    to: Status
    sets: str
    also_obsolete: bool = False

    def __post_init__(self) -> None:
        if not self.before <= NOTIFICATION.before(self.to):
            raise ValueError(f"{self.action} is no legal change")


def _only(status: Status) -> frozenset[Status]:
    return frozenset({status})


APPROVE = Transition(action=Action.APPROVED, before=_only(Status.WAITING), to=Status.READY, sets="")
CLAIM = Transition(
    action=Action.CLAIMED,
    before=_only(Status.READY),
    to=Status.IN_PROCESS,
    sets="",
)
# The worker's four, of rows that say what the attempt came to: `http_status`, `error`, `attempts`
# and `next_at`. It may have been made obsolete meanwhile.
_ATTEMPTED = """attempt_count = one.earlier_attempts + chosen.attempts,
    last_response_status = chosen.http_status, last_error_text = chosen.error"""
RETRY = Transition(
    action=Action.RETRIED,
    before=_only(Status.IN_PROCESS),
    to=Status.IN_PROCESS,
    sets=f"{_ATTEMPTED}, next_attempt_at = chosen.next_at",
    also_obsolete=True,
)
SEND = Transition(
    action=Action.SENT,
    before=_only(Status.IN_PROCESS),
    to=Status.SENT,
    sets=f"{_ATTEMPTED}, next_attempt_at = NULL, sent_at = %(now)s",
    also_obsolete=True,
)
FAIL = Transition(
    action=Action.FAILED,
    before=_only(Status.IN_PROCESS),
    to=Status.FAILED,
    sets=f"{_ATTEMPTED}, next_attempt_at = NULL, failed_at = %(now)s",
    also_obsolete=True,
)
# Without a further attempt, because it was made obsolete.
FAIL_OBSOLETE = Transition(
    action=Action.FAILED,
    before=_only(Status.IN_PROCESS),
    to=Status.FAILED,
    sets="next_attempt_at = NULL, failed_at = %(now)s",
    also_obsolete=True,
)
CANCEL = Transition(
    action=Action.CANCELLED,
    before=_only(Status.FAILED),
    to=Status.CANCELLED,
    sets="cancelled_at = %(now)s, cancelled_by = %(actor)s",
)
RESEND = Transition(
    action=Action.RESENT,
    before=_only(Status.FAILED),
    to=Status.READY,
    sets="failed_at = NULL, earlier_attempts = one.attempt_count",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doer:
    """Who does it, and why, as the history keeps it."""

    name: str
    source: Source
    reason: str = ""
    bulk_operation: UUID | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Doer":
        """Without a reason."""
        return cls(name=caller.name, source=caller.source)


class Rows(NamedTuple):
    """Which rows are meant: SQL of a relation with a column `id` and whatever the transition asks
    for, with its values by name. It neither locks nor looks at the status.
    """

    sql: str
    values: Mapping[str, Any]


def of_ids(ids: Sequence[int]) -> Rows:
    return Rows("SELECT unnest(%(ids)s::bigint[]) AS id", {"ids": list(ids)})


def apply(transition: Transition, rows: Rows, *, by: Doer, now: datetime) -> list[int]:
    """The ids of those changed, ascending. Runs in the caller's transaction.

    `chosen.http_status` goes into the history where the transition's rows have one.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement(transition, rows), values(transition, rows, by=by, now=now))
        return sorted(row[0] for row in cursor.fetchall())


def statement(transition: Transition, rows: Rows, returning: str = "SELECT id FROM changed") -> str:
    """A single statement; `returning` may count instead what `changed (id, was)` holds."""
    attempted = "chosen.http_status" in transition.sets
    # Joined only where `meant` says more than the ids: where the planner expects a handful, each of
    # them would be compared with each.
    chosen = (
        "SELECT meant.*, was FROM meant JOIN locked USING (id)" if attempted else "TABLE locked"
    )
    sets = f", {transition.sets}" if transition.sets else ""
    return f"""
        WITH meant AS MATERIALIZED ({rows.sql}),
        locked AS MATERIALIZED (
            SELECT id, status AS was FROM enrollment_enrollmenteventnotification
            -- An array is looked up one by one under the key; of a join the planner may think
            -- that reading all that failed is less work.
            WHERE id = ANY(ARRAY(SELECT id FROM meant)) AND status = ANY(%(before)s)
              {"" if transition.also_obsolete else "AND NOT obsolete"}
            ORDER BY id FOR NO KEY UPDATE),
        chosen AS ({chosen}),
        changed AS (
            UPDATE enrollment_enrollmenteventnotification AS one
            SET status = %(to)s, updated_at = %(now)s{sets}
            FROM chosen WHERE one.id = chosen.id
            RETURNING one.id, chosen.was, {"chosen.http_status" if attempted else "NULL::int"}
                AS http_status),
        noted AS (
            INSERT INTO enrollment_notificationhistory
                (notification_id, action, from_status, to_status, actor, source, at, reason,
                 bulk_operation_id, http_status)
            SELECT id, %(action)s, was, %(to)s, %(actor)s, %(source)s, %(now)s, %(reason)s,
                   %(bulk)s, http_status
            FROM changed)
        {returning}
        """  # noqa: S608 - the parts are ours


def values(transition: Transition, rows: Rows, *, by: Doer, now: datetime) -> dict[str, Any]:
    return {
        **rows.values,
        "before": [status.value for status in transition.before],
        "to": transition.to.value,
        "action": transition.action.value,
        "now": now,
        "actor": by.name,
        "source": by.source.value,
        "reason": by.reason,
        "bulk": by.bulk_operation,
    }
