"""An owner's messages as it shows them to its clients.

Plain rows of a ready-made statement: for a hundred messages the ORM's objects cost more than
everything else about such an answer.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from notifications_platform.delivery.models import Content
from notifications_platform.delivery.states import Channel


class Shown(NamedTuple):
    id: str
    state: str
    reason: str
    state_at: datetime
    recipient: str
    address: str


class Tried(NamedTuple):
    """One try at a message. `cycle` counts the owner's messages, from 1."""

    cycle: int
    number: int
    at: datetime
    result: str
    answer: str
    duration_ms: int | None


def messages_of(owner_kind: str, owner_id: UUID, channel: Channel) -> list[Shown]:
    """In the order in which they were made."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id::text, state, reason, state_at, recipient, address FROM delivery_message
            WHERE owner_id = %s AND owner_kind = %s AND channel = %s
            ORDER BY owner_id, delivery_message.id
            """,
            [owner_id, owner_kind, channel.value],
        )
        return list(map(Shown._make, cursor.fetchall()))


def messages_of_all(owner_kind: str, owner_ids: Collection[UUID]) -> list[tuple[UUID, str, Shown]]:
    """Those of several owners, of every channel: owner, channel, message, as they were made."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT owner_id, channel, id::text, state, reason, state_at, recipient, address
            FROM delivery_message
            WHERE owner_id = ANY(%s) AND owner_kind = %s
            ORDER BY delivery_message.id
            """,
            [list(owner_ids), owner_kind],
        )
        return [(row[0], row[1], Shown._make(row[2:])) for row in cursor.fetchall()]


def attempts_of(owner_kind: str, owner_id: UUID) -> list[Tried]:
    """Those at all messages of this owner, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH message AS (
                SELECT id, row_number() OVER (ORDER BY delivery_message.id) AS cycle
                FROM delivery_message WHERE owner_id = %s AND owner_kind = %s)
            SELECT cycle, number, at, result, answer, duration_ms
            FROM message JOIN delivery_attempt ON message_id = message.id
            ORDER BY cycle, number
            """,
            [owner_id, owner_kind],
        )
        return list(map(Tried._make, cursor.fetchall()))


def content_body(content_id: UUID) -> str:
    """The text that is sent; empty once it was erased."""
    body = Content.objects.filter(pk=content_id).values_list("body", flat=True).first()
    return body or ""
