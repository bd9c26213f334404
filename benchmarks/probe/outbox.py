"""The probe's own tables, and its loop: claim, send, record."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import psycopg

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7

CLAIM = 1000
_TABLES = """
    DROP TABLE IF EXISTS probe_message, probe_attempt;
    CREATE TABLE probe_message (id uuid PRIMARY KEY, address text NOT NULL,
        state text NOT NULL DEFAULT 'queued', state_at timestamptz, attempts int DEFAULT 0);
    CREATE INDEX ON probe_message (id) WHERE state = 'queued';
    CREATE TABLE probe_attempt (message_id uuid, number int, at timestamptz, result text,
        answer text, PRIMARY KEY (message_id, number));
"""
_CLAIM = """
    UPDATE probe_message AS message SET state = 'claimed', attempts = attempts + 1
    FROM (SELECT id FROM probe_message WHERE state = 'queued' ORDER BY id LIMIT %s
          FOR UPDATE SKIP LOCKED) AS next
    WHERE message.id = next.id RETURNING message.id, address, attempts
"""
_RECORD = "UPDATE probe_message SET state = 'sent', state_at = %s WHERE id = ANY(%s)"
_NOTE = """
    INSERT INTO probe_attempt SELECT id, number, %s, 'sent', answer
    FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS made (id, number, answer)
"""
Row = tuple[UUID, str, int]
Send = Callable[[Sequence[Row]], list[str]]


def fill(connection: psycopg.Connection, addresses: Sequence[str]) -> None:
    """Tables of the probe's own with a message waiting for each address."""
    connection.execute(_TABLES)
    with connection.cursor().copy("COPY probe_message (id, address) FROM STDIN") as copy:
        for address in addresses:
            copy.write_row((uuid7(), address))
    connection.execute("VACUUM ANALYZE probe_message")


def run(connection: psycopg.Connection, send: Send) -> float:
    """Send all that waits; messages a second. `send` answers each row in its order."""
    sent, began = 0, time.perf_counter()
    while rows := connection.execute(_CLAIM, [CLAIM]).fetchall():
        answers = send(rows)
        ids = [row[0] for row in rows]
        with connection.transaction():
            now = clock.real()
            connection.execute(_RECORD, [now, ids])
            connection.execute(_NOTE, [now, ids, [row[2] for row in rows], answers])
        sent += len(rows)
    return sent / (time.perf_counter() - began)
