"""Taking back messages that nobody has claimed yet; a claim and this race on the same row."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from notifications_platform.delivery import owners
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason, State


def cancel_queued(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> int:
    """Cancel the queued messages of these owners and tell them; how many. Of those in the hands
    of a worker this attempt is the last: one that fails for now is cancelled then.
    """
    return _take_back(owner_kind, owner_ids, State.CANCELLED, now)


def fail_queued(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> int:
    """Fail the queued ones, for systems whose contract shows them so; how many."""
    return _take_back(owner_kind, owner_ids, State.FAILED, now)


def any_queued(owner_kind: str, owner_ids: Collection[UUID]) -> bool:
    """Whether any message of these owners still waits; locks nothing."""
    return Message.objects.filter(
        owner_kind=owner_kind, owner_id__in=owner_ids, state=State.QUEUED
    ).exists()


def _take_back(owner_kind: str, owner_ids: Collection[UUID], to: State, now: datetime) -> int:
    cancels = to is State.CANCELLED
    among = [State.QUEUED.value, *([State.CLAIMED.value] if cancels else [])]
    reason = "" if cancels else Reason.WITHDRAWN.value
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH open AS MATERIALIZED (
                SELECT id, state FROM delivery_message
                WHERE owner_id = ANY(%s) AND owner_kind = %s AND state = ANY(%s)
                ORDER BY id FOR UPDATE),
            -- No row is touched twice: it is either of these.
            last_attempt AS (
                UPDATE delivery_message AS message SET withdrawn = true
                FROM open WHERE message.id = open.id AND open.state = 'claimed')
            UPDATE delivery_message AS message
            SET state = %s, reason = %s, state_at = %s, final_at = %s
            FROM open WHERE message.id = open.id AND open.state = 'queued'
            RETURNING owner_kind, owner_id, message.id, channel, 'queued', message.state,
                      message.reason, true, attempts
            """,
            [list(owner_ids), owner_kind, among, to.value, reason, now, now],
        )
        outcomes = owners.outcomes(cursor)
        owners.tell(outcomes, now=now)
    return len(outcomes)
