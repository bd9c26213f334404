"""Making a cause's messages forget whom they went to and what they said (delivery contract 2).

What is final is emptied at once, the rest as soon as it is. States, times and counts stay. A
content belongs to one owner, and is emptied with the last of that owner's messages.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from notifications_platform.audit import trail

BATCH = 1000


def erase(owner_kind: str, owner_ids: Collection[UUID], *, by: trail.By, now: datetime) -> None:
    """Erase all messages of these owners, in the caller's transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_message SET erasure = 'asked'
            WHERE owner_id = ANY(%s) AND owner_kind = %s AND erasure = ''
            """,
            [list(owner_ids), owner_kind],
        )
        cursor.execute(
            """
            SELECT id FROM delivery_message
            WHERE owner_id = ANY(%s) AND owner_kind = %s AND erasure = 'asked'
              AND final_at IS NOT NULL
            """,
            [list(owner_ids), owner_kind],
        )
        _empty(cursor, [row[0] for row in cursor.fetchall()])
        trail.record("delivery.erase", owner_kind, owner_ids, by=by, now=now)


def erase_what_became_final() -> int:
    """Empty up to a batch of messages that had to wait for their end; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id FROM delivery_message
            WHERE erasure = 'asked' AND final_at IS NOT NULL
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
            """,
            [BATCH],
        )
        ids = [row[0] for row in cursor.fetchall()]
        _empty(cursor, ids)
    return len(ids)


def _empty(cursor: Any, ids: list[UUID]) -> None:
    if not ids:
        return
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
        SET address = '', recipient = '', "values" = NULL, erasure = 'done'
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
