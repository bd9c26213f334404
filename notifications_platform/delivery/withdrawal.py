"""Taking back messages that have not left; a claim and this race on the same row.

Of those in the hands of a worker this attempt is the last: one that it does not settle is
cancelled, or failed, by whoever records it. Such a row is `withdrawn`, with the reason that it is
to have.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from notifications_platform.delivery import owners
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason, State


def cancel_queued(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Cancel the queued messages of these owners and tell them; whose they were, one each.

    Waits for those that record an outcome just now: called once in a transaction, before it locks
    anything that owners lock when they are told.
    """
    return _take_back(owner_kind, owner_ids, State.CANCELLED, now)


def fail_queued(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Fail the queued ones, for systems whose contract shows them so; whose they were."""
    return _take_back(owner_kind, owner_ids, State.FAILED, now)


def fail_made_meanwhile(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> None:
    """The same for those that came into being since, by a caller that has locked its own rows by
    now: a message whose outcome is being recorded is left alone.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        outcomes = _fail_waiting(cursor, owner_kind, owner_ids, now)
        # Now, so that one claimed in between is seen.
        cursor.execute(
            """
            WITH claimed AS MATERIALIZED (
                SELECT id FROM delivery_message
                WHERE owner_id = ANY(%s) AND owner_kind = %s AND state = 'claimed'
                FOR UPDATE SKIP LOCKED)
            UPDATE delivery_message AS message SET withdrawn = true, reason = %s
            FROM claimed WHERE message.id = claimed.id
            """,
            [list(owner_ids), owner_kind, Reason.WITHDRAWN.value],
        )
        owners.tell(outcomes, now=now)


def any_to_come(owner_kind: str, owner_ids: Collection[UUID]) -> bool:
    """Whether any message of these owners may still make a new attempt; locks nothing."""
    return Message.objects.filter(
        owner_kind=owner_kind,
        owner_id__in=owner_ids,
        state__in=[State.QUEUED, State.CLAIMED],
        withdrawn=False,
    ).exists()


def _take_back(
    owner_kind: str, owner_ids: Collection[UUID], to: State, now: datetime
) -> list[UUID]:
    reason = Reason.WITHDRAWN.value if to is State.FAILED else ""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH open AS MATERIALIZED (
                SELECT id, state FROM delivery_message
                WHERE owner_id = ANY(%s) AND owner_kind = %s AND state IN ('queued', 'claimed')
                ORDER BY id FOR UPDATE),
            -- No row is touched twice: it is either of these.
            last_attempt AS (
                UPDATE delivery_message AS message SET withdrawn = true, reason = %s
                FROM open WHERE message.id = open.id AND open.state = 'claimed')
            UPDATE delivery_message AS message
            SET state = %s, reason = %s, state_at = %s, final_at = %s
            FROM open WHERE message.id = open.id AND open.state = 'queued'
            RETURNING owner_kind, owner_id, message.id, channel, 'queued', message.state,
                      message.reason, true, attempts, '', '', NULL, client
            """,
            [list(owner_ids), owner_kind, reason, to.value, reason, now, now],
        )
        outcomes = owners.outcomes(cursor)
        owners.tell(outcomes, now=now)
    return [outcome.owner_id for outcome in outcomes]


def _fail_waiting(
    cursor: Any, owner_kind: str, owner_ids: Collection[UUID], now: datetime
) -> list[owners.Outcome]:
    cursor.execute(
        """
        WITH waiting AS MATERIALIZED (
            SELECT id FROM delivery_message
            WHERE owner_id = ANY(%s) AND owner_kind = %s AND state = 'queued'
            ORDER BY id FOR UPDATE)
        UPDATE delivery_message AS message
        SET state = 'failed', reason = %s, state_at = %s, final_at = %s
        FROM waiting WHERE message.id = waiting.id
        RETURNING owner_kind, owner_id, message.id, channel, 'queued', message.state,
                  message.reason, true, attempts, '', '', NULL, client
        """,
        [list(owner_ids), owner_kind, Reason.WITHDRAWN.value, now, now],
    )
    return owners.outcomes(cursor)
