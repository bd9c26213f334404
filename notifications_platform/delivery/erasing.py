"""Making a cause's messages forget whom they went to and what they said (delivery contract 2).

What is finished is emptied at once, the rest as soon as it is; a report that comes later is kept
without its wording. The correlation id goes, too: callers choose it, and may say there what they
like. States, times and counts stay. A content belongs to one owner, and is emptied
with the last of that owner's messages.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from notifications_platform.audit import trail
from notifications_platform.delivery.resending import OWNER as COPIES

BATCH = 1000
# Accepted is as far as a message surely comes that has no expiry: its report may never come.
_FINISHED = "(final_at IS NOT NULL OR (state = 'sent' AND lapses_at IS NULL))"


def erase(
    owner_kind: str,
    owner_ids: Collection[UUID],
    *,
    by: trail.By,
    now: datetime,
    content_ids: Collection[UUID] = (),
) -> None:
    """Erase all messages of these owners, in the caller's transaction; copies that staff have
    sent included. `content_ids`: texts of theirs of which there may be no message yet.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # Once more for each copy that was being made: it is seen when its first one is locked.
        while marked := _mark(cursor, owner_kind, owner_ids):
            _empty(cursor, [id_ for id_, is_finished in marked if is_finished])
        _empty_unused(cursor, content_ids, owner_ids)
        trail.record("delivery.erase", owner_kind, owner_ids, by=by, now=now)


def _mark(cursor: Any, owner_kind: str, owner_ids: Collection[UUID]) -> list[tuple[UUID, bool]]:
    """Those that were not marked yet, and whether they are finished."""
    cursor.execute(
        f"""
        WITH RECURSIVE family (id) AS (
            SELECT id FROM delivery_message WHERE owner_id = ANY(%s) AND owner_kind = %s
            UNION ALL
            SELECT copy.id FROM family
            JOIN delivery_message AS copy
              ON copy.owner_id = family.id AND copy.owner_kind = %s),
        locked AS MATERIALIZED (
            SELECT id FROM delivery_message
            WHERE id IN (SELECT id FROM family) AND erasure = '' ORDER BY id FOR UPDATE)
        UPDATE delivery_message AS message SET erasure = 'asked'
        FROM locked WHERE message.id = locked.id AND erasure = ''
        RETURNING message.id, {_FINISHED}
        """,  # noqa: S608 - the condition is ours
        [list(owner_ids), owner_kind, COPIES],
    )
    return list(cursor.fetchall())


def erase_what_became_final() -> int:
    """Empty up to a batch of messages that had to wait for their end; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id FROM delivery_message WHERE erasure = 'asked' AND {_FINISHED}
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            """,  # noqa: S608 - the condition is ours
            [BATCH],
        )
        ids = [row[0] for row in cursor.fetchall()]
        _empty(cursor, ids)
    return len(ids)


def _empty(cursor: Any, ids: list[UUID]) -> None:
    if not ids:
        return
    # Two that empty a content's last two messages at once: the second one sees what the first did.
    cursor.execute(
        """
        SELECT FROM delivery_content
        WHERE id IN (SELECT content_id FROM delivery_message WHERE id = ANY(%s))
        ORDER BY id FOR UPDATE
        """,
        [ids],
    )
    cursor.execute(
        "UPDATE delivery_attempt SET answer = '' WHERE message_id = ANY(%s) AND answer <> ''",
        [ids],
    )
    cursor.execute(
        "UPDATE delivery_receipt SET raw = '' WHERE message_id = ANY(%s) AND raw <> ''", [ids]
    )
    cursor.execute(
        """
        UPDATE delivery_message
        SET address = '', recipient = '', "values" = NULL, correlation_id = '', erasure = 'done'
        WHERE id = ANY(%s)
        """,
        [ids],
    )
    cursor.execute(
        """
        UPDATE delivery_content AS content SET sender = '', subject = '', body = ''
        FROM (SELECT DISTINCT owner_id, content_id FROM delivery_message WHERE id = ANY(%s)) AS gone
        WHERE content.id = gone.content_id AND NOT EXISTS (
            SELECT FROM delivery_message AS other
            WHERE other.owner_id = gone.owner_id AND other.content_id = gone.content_id
              AND other.erasure <> 'done')
        """,
        [ids],
    )


def _empty_unused(cursor: Any, content_ids: Collection[UUID], owner_ids: Collection[UUID]) -> None:
    """Those of which no message is waiting for its end."""
    if not content_ids:
        return
    cursor.execute(
        """
        WITH unused AS MATERIALIZED (
            SELECT id FROM delivery_content AS content
            WHERE id = ANY(%s) AND NOT EXISTS (
                SELECT FROM delivery_message AS message
                WHERE message.owner_id = ANY(%s) AND message.content_id = content.id
                  AND erasure <> 'done')
            ORDER BY id FOR UPDATE)
        UPDATE delivery_content AS content SET sender = '', subject = '', body = ''
        FROM unused WHERE content.id = unused.id
        """,
        [list(content_ids), list(owner_ids)],
    )
