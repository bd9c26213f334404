"""Making notifications obsolete (enrollment contract 3): what a newer one replaces, and what a
policy's revert takes back.

Whoever calls has locked the policy's row. Messages are withdrawn before notifications are locked:
workers, too, lock them in that order.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from enrollment import delivery, transitions
from enrollment.coordinates import owner_of
from enrollment.models import PolicyState
from enrollment.states import OWNER, REVERTED, SUPERSEDED, Action, Status
from enrollment.transitions import Doer
from notifications_platform.delivery.withdrawal import any_to_come


class Key(NamedTuple):
    """Within a policy: of two notifications with the same key the newer one counts."""

    person_code: str
    definition_id: int


def supersede(
    policy: PolicyState, newer: Mapping[Key, int], *, by: Doer, now: datetime
) -> list[int]:
    """Make obsolete what has one of these keys and is not over; `newer` are the ids that replace
    it, not written yet. Who was made obsolete.
    """
    return _make_obsolete(lambda: _replaced(policy, newer), SUPERSEDED, by=by, now=now)


def revert(policy: PolicyState, *, by: Doer, now: datetime) -> list[int]:
    """Make obsolete what has not begun to be delivered. Who was made obsolete."""
    return _make_obsolete(lambda: _not_begun(policy), REVERTED, by=by, now=now)


# Older id -> newer id, None where nothing replaces it.
_Replaced = Mapping[int, int | None]


def _replaced(policy: PolicyState, newer: Mapping[Key, int]) -> _Replaced:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT one.id, newer.id
            FROM unnest(%s::text[], %s::bigint[], %s::bigint[])
                AS newer (person_code, definition_id, id)
            JOIN enrollment_enrollmenteventnotification AS one
              ON one.person_code = newer.person_code AND one.definition_id = newer.definition_id
            WHERE one.client = %s AND one.policy_gid = %s AND NOT one.obsolete
              AND one.status = ANY(%s)
            """,
            [
                [key.person_code for key in newer],
                [key.definition_id for key in newer],
                list(newer.values()),
                policy.client,
                policy.policy_gid,
                _words(SUPERSEDED),
            ],
        )
        return dict(cursor.fetchall())


def _not_begun(policy: PolicyState) -> _Replaced:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM enrollment_enrollmenteventnotification
            WHERE client = %s AND policy_gid = %s AND NOT obsolete AND status = ANY(%s)
            """,
            [policy.client, policy.policy_gid, _words(REVERTED)],
        )
        return dict.fromkeys(row[0] for row in cursor.fetchall())


def _make_obsolete(
    choose: Callable[[], _Replaced], of: Sequence[Status], *, by: Doer, now: datetime
) -> list[int]:
    while replaced := choose():
        with transaction.atomic():
            withdrawn = delivery.withdraw(list(replaced), now=now)
            obsolete = _flag(replaced, of, by=by, now=now)
            if set(obsolete) == set(replaced) and not _any_to_come(obsolete):
                _fail(withdrawn, by=by, now=now)
                return obsolete
            # A worker, or somebody who resends, was faster with one of them: look again, without
            # a lock on any.
            transaction.set_rollback(True)
    return []


def _any_to_come(ids: Sequence[int]) -> bool:
    return any_to_come(OWNER, list(map(owner_of, ids)))


def _fail(ids: Sequence[int], *, by: Doer, now: datetime) -> None:
    """Those of them that waited for a retry."""
    if ids:
        transitions.apply(transitions.FAIL_OBSOLETE, transitions.of_ids(ids), by=by, now=now)


def _flag(replaced: _Replaced, of: Sequence[Status], *, by: Doer, now: datetime) -> list[int]:
    """Set the flag where it is not too late, and note it; the status stays."""
    with connection.cursor() as cursor:
        cursor.execute(_FLAG, _flag_values(replaced, of, by, now))
        return sorted(row[0] for row in cursor.fetchall())


_FLAG = """
    WITH replaced AS MATERIALIZED (
        SELECT * FROM unnest(%(ids)s::bigint[], %(newer)s::bigint[]) AS replaced (id, newer)),
    locked AS MATERIALIZED (
        SELECT id FROM enrollment_enrollmenteventnotification
        WHERE id IN (SELECT id FROM replaced) AND NOT obsolete AND status = ANY(%(of)s)
        ORDER BY id FOR NO KEY UPDATE),
    changed AS (
        UPDATE enrollment_enrollmenteventnotification AS one
        SET obsolete = true, superseded_by = replaced.newer, updated_at = %(now)s
        FROM locked JOIN replaced USING (id) WHERE one.id = locked.id
        RETURNING one.id, one.status),
    noted AS (
        INSERT INTO enrollment_notificationhistory
            (notification_id, action, from_status, to_status, actor, source, at, reason)
        SELECT id, %(action)s, status, status, %(actor)s, %(source)s, %(now)s, %(reason)s
        FROM changed)
    SELECT id FROM changed
    """


def _flag_values(
    replaced: _Replaced, of: Sequence[Status], by: Doer, now: datetime
) -> dict[str, Any]:
    return {
        "ids": list(replaced),
        "newer": list(replaced.values()),
        "of": _words(of),
        "now": now,
        "action": Action.OBSOLETED.value,
        "actor": by.name,
        "source": by.source.value,
        "reason": by.reason,
    }


def _words(statuses: Collection[Status]) -> list[str]:
    return [status.value for status in statuses]
