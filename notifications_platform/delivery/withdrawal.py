"""Taking back messages that have not left; a claim and this race on the same row.

Of those in the hands of a worker this attempt is the last: one that it does not settle is
cancelled, or failed, by whoever records it. Such a row is `withdrawn`, with the reason that it is
to have.

What staff have sent again goes with the message that it is a copy of. One that has failed is
`withdrawn`, too, and keeps its reason: nobody sends it again.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from notifications_platform.delivery import owners
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.resending import OWNER as COPIES
from notifications_platform.delivery.states import Channel, Reason, State


def cancel_queued(
    owner_kind: str,
    owner_ids: Collection[UUID],
    *,
    now: datetime,
    settled_ids: Collection[UUID] = (),
) -> list[UUID]:
    """Cancel the queued messages of these owners and tell them; whose they were, one each. Of the
    owners `settled_ids` only what staff have sent again is taken back.

    Waits for those that record an outcome just now: called once in a transaction, before it locks
    anything that owners lock when they are told.
    """
    return _take_back(owner_kind, owner_ids, settled_ids, State.CANCELLED, now)


def fail_queued(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Fail the queued ones, for systems whose contract shows them so; whose they were."""
    return _take_back(owner_kind, owner_ids, (), State.FAILED, now)


def fail_made_meanwhile(owner_kind: str, owner_ids: Collection[UUID], *, now: datetime) -> None:
    """The same for those that came into being since, by a caller that has locked its own rows by
    now: a message whose outcome is being recorded is left alone.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        outcomes = _fail_waiting(cursor, owner_kind, owner_ids, now)
        # Now, so that one claimed in between is seen.
        cursor.execute(
            f"""
            WITH others AS MATERIALIZED (
                SELECT id, state FROM delivery_message
                WHERE owner_id = ANY(%s) AND owner_kind = %s AND NOT withdrawn
                  AND (state = 'claimed' OR {_COPIED})
                FOR UPDATE SKIP LOCKED)
            UPDATE delivery_message AS message SET withdrawn = true,
                reason = CASE others.state WHEN 'claimed' THEN %s ELSE message.reason END
            FROM others WHERE message.id = others.id
            """,  # noqa: S608 - the condition is ours
            [list(owner_ids), owner_kind, Reason.WITHDRAWN.value],
        )
        owners.tell(outcomes, now=now)


def any_to_come(owner_kind: str, owner_ids: Collection[UUID]) -> bool:
    """Whether any message of these owners may still make a new attempt, of itself or because
    staff send it again; locks nothing.
    """
    tried_again = Q(state__in=[State.QUEUED, State.CLAIMED])
    copied = ~Q(channel=Channel.WEBHOOK) & (
        Q(state=State.FAILED) | Q(state=State.SENT, final_at__isnull=True)
    )
    return Message.objects.filter(
        tried_again | copied, owner_kind=owner_kind, owner_id__in=owner_ids, withdrawn=False
    ).exists()


def _take_back(
    owner_kind: str,
    open_ids: Collection[UUID],
    settled_ids: Collection[UUID],
    to: State,
    now: datetime,
) -> list[UUID]:
    outcomes: list[owners.Outcome] = []
    with transaction.atomic(), connection.cursor() as cursor:
        again = True
        # Once more for each copy that was being made: it is seen when its first one is locked.
        while again:
            touched = _touch(cursor, _family(cursor, owner_kind, open_ids, settled_ids), to, now)
            outcomes += [one for one in touched if one.was == State.QUEUED]
            again = any(one.was == State.FAILED for one in touched)
        owners.tell(outcomes, now=now)
    return [one.owner_id for one in outcomes if one.owner_kind == owner_kind]


# What has been sent again, or may be once it has failed; a webhook call never is.
_COPIED = "channel <> 'webhook' AND (state = 'failed' OR state = 'sent' AND final_at IS NULL)"


def _family(
    cursor: Any, owner_kind: str, open_ids: Collection[UUID], settled_ids: Collection[UUID]
) -> list[UUID]:
    """Their messages that are not at an end, or that have failed, and copies of the latter."""
    cursor.execute(
        f"""
        SELECT id, state = 'failed' FROM delivery_message
        WHERE owner_id = ANY(%s) AND owner_kind = %s
          AND (state IN ('queued', 'claimed') AND owner_id = ANY(%s) OR {_COPIED})
        """,  # noqa: S608 - the condition is ours
        [[*open_ids, *settled_ids], owner_kind, list(open_ids)],
    )
    rows = cursor.fetchall()
    family = [id for id, _ in rows]
    # Few fail: a walk of its own, since no plan for both together is good for many owners.
    while failed := [id for id, is_failed in rows if is_failed]:
        cursor.execute(
            """
            SELECT id, state = 'failed' FROM delivery_message
            WHERE owner_id = ANY(%s) AND owner_kind = %s
            """,
            [failed, COPIES],
        )
        rows = cursor.fetchall()
        family += [id for id, _ in rows]
    return family


def _touch(cursor: Any, ids: list[UUID], to: State, now: datetime) -> list[owners.Outcome]:
    """Take back those that wait; see to it that the others are neither tried nor copied again.
    `was` says which of them had not been touched before.
    """
    if not ids:
        return []
    outcome = """message.owner_kind, message.owner_id, message.id, message.channel,
        open.state AS was, message.state, message.reason, true, message.attempts, '', '', NULL,
        message.client"""
    cursor.execute(
        f"""
        WITH open AS MATERIALIZED (
            SELECT id, state FROM delivery_message
            WHERE id = ANY(%(ids)s)
              AND (state = 'queued' OR NOT withdrawn AND (state = 'claimed' OR {_COPIED}))
            ORDER BY id FOR UPDATE),
        -- No row is touched twice: it is either of these.
        marked AS (
            UPDATE delivery_message AS message SET withdrawn = true,
                reason = CASE open.state WHEN 'claimed' THEN %(reason)s ELSE message.reason END
            FROM open WHERE message.id = open.id AND open.state <> 'queued'
            RETURNING {outcome}),
        taken AS (
            UPDATE delivery_message AS message
            SET state = %(to)s, reason = %(reason)s, state_at = %(now)s, final_at = %(now)s
            FROM open WHERE message.id = open.id AND open.state = 'queued'
            RETURNING {outcome})
        SELECT * FROM marked UNION ALL SELECT * FROM taken
        """,  # noqa: S608 - the parts are ours
        {
            "ids": ids,
            "to": to.value,
            "reason": Reason.WITHDRAWN.value if to is State.FAILED else "",
            "now": now,
        },
    )
    return owners.outcomes(cursor)


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
