"""Counting what messages come to, so that nobody has to count messages.

Whoever brings a batch of messages into a new state adds a stroke for each kind of outcome in it,
in the same transaction: a message is counted once for each state it reaches, or has not reached it.
Strokes are only ever added, so no two workers wait for each other; each sweep adds up those that
are there, and takes them away. Reading takes both, and is exact at any moment.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction

from notifications_platform.core.prepared import prepared_cursor
from notifications_platform.delivery.states import State

BATCH = 5000
MINUTES_KEPT = timedelta(days=2)
HOURS_KEPT = timedelta(days=396)
# All clients together; no client is called so.
EVERYBODY = ""
COUNTED = frozenset({State.SENT, State.DELIVERED, State.FAILED, State.CANCELLED})


class Reached(NamedTuple):
    """What some messages of a batch came to."""

    client: str
    channel: str
    state: str
    reason: str


def note(reached: Mapping[Reached, int], *, now: datetime) -> None:
    """Add strokes for so many messages each, in the caller's transaction; one statement. States
    that are not `COUNTED` are passed over.
    """
    counted = {key: number for key, number in reached.items() if key.state in COUNTED}
    if not counted:
        return
    with prepared_cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO delivery_stroke (at, client, channel, state, reason, number)
            SELECT %s::timestamptz, *
            FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::int[])
            """,
            [
                now.replace(second=0, microsecond=0),
                *map(list, zip(*counted, strict=True)),
                list(counted.values()),
            ],
        )


def add_up() -> int:
    """Take up to a batch of strokes into the sums of their minutes and hours; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH next AS MATERIALIZED (
                SELECT id FROM delivery_stroke ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED),
            taken AS (
                DELETE FROM delivery_stroke USING next WHERE delivery_stroke.id = next.id
                RETURNING at, client, channel, state, reason, number),
            added AS (
                INSERT INTO delivery_tally (length, at, client, channel, state, reason, number)
                SELECT length, date_trunc(length, at, 'UTC') AS start, whose, channel, state,
                       reason, sum(number)
                FROM taken, unnest(ARRAY['minute', 'hour']) AS length,
                    unnest(CASE client WHEN %s THEN ARRAY[client] ELSE ARRAY[client, %s] END)
                        AS whose
                GROUP BY length, start, whose, channel, state, reason
                -- Two sweeps at once lock the sums in one order.
                ORDER BY length, whose COLLATE "C", start, channel COLLATE "C",
                         state COLLATE "C", reason COLLATE "C"
                ON CONFLICT (length, client, at, channel, state, reason)
                DO UPDATE SET number = delivery_tally.number + excluded.number)
            SELECT count(*) FROM taken
            """,
            [BATCH, EVERYBODY, EVERYBODY],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def forget(*, now: datetime) -> None:
    """Drop up to a batch of sums of minutes and of hours that are older than they are kept."""
    with connection.cursor() as cursor:
        for length, kept in (("minute", MINUTES_KEPT), ("hour", HOURS_KEPT)):
            cursor.execute(
                """
                DELETE FROM delivery_tally WHERE id IN (
                    SELECT id FROM delivery_tally WHERE length = %s AND at < %s
                    ORDER BY at LIMIT %s)
                """,
                [length, now - kept, BATCH],
            )
