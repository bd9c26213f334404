"""The limit of mail delivery: claim 1,000 rows, render, send, record the batch, and nothing else.

One process without Django, windows, fairness, leases, owners, retries or circuit breaker, on
the same PostgreSQL and the same sink: what remains when everything that makes the engine an
engine is taken away. One thread serves two connections in turns; with sixteen it would do half
as much again, by waiting for the sink less often.
"""

import smtplib
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import UUID

import psycopg

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7

CLAIM = 1000
CONNECTIONS = 16
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
_HEAD = (
    "From: noreply@altinn.no\r\nSubject: Nytt brev\r\nAuto-Submitted: auto-generated\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 8bit\r\n"
)
Row = tuple[UUID, str, int]


def fill(connection: psycopg.Connection, count: int) -> None:
    """Tables of the probe's own with `count` messages waiting."""
    connection.execute(_TABLES)
    with connection.cursor().copy("COPY probe_message (id, address) FROM STDIN") as copy:
        for number in range(count):
            copy.write_row((uuid7(), f"receiver{number}@bench.example"))
    connection.execute("VACUUM ANALYZE probe_message")


def run(connection: psycopg.Connection, smtp_port: int, body: str) -> float:
    """Send all that waits; messages a second."""
    lines = [_open(smtp_port) for _ in range(CONNECTIONS)]
    sent, began = 0, time.perf_counter()
    while rows := connection.execute(_CLAIM, [CLAIM]).fetchall():
        now = clock.real()
        letters = [_letter(row, now, body) for row in rows]
        answers = _send(lines, letters)
        with connection.transaction():
            connection.execute(_RECORD, [now, [row[0] for row in rows]])
            connection.execute(
                _NOTE, [now, [row[0] for row in rows], [row[2] for row in rows], answers]
            )
        sent += len(rows)
    rate = sent / (time.perf_counter() - began)
    for line in lines:
        line.close()
    return rate


def _open(port: int) -> socket.socket:
    client = smtplib.SMTP("127.0.0.1", port, local_hostname="probe")
    client.ehlo()
    assert client.sock
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client.sock


def _letter(row: Row, now: datetime, body: str) -> tuple[bytes, bytes]:
    """Envelope and content."""
    envelope = f"MAIL FROM:<noreply@altinn.no>\r\nRCPT TO:<{row[1]}>\r\nDATA\r\n"
    date = format_datetime(now.astimezone(UTC))
    content = (
        f"To: {row[1]}\r\nDate: {date}\r\nMessage-ID: <{row[0]}@altinn.no>\r\n{_HEAD}\r\n"
        f"{body}\r\n.\r\n"
    )
    return envelope.encode(), content.encode()


def _send(lines: Sequence[socket.socket], letters: Sequence[tuple[bytes, bytes]]) -> list[str]:
    """Side by side over all connections; an envelope leaves with the content before it."""
    answers: list[str] = []
    for place in range(0, len(letters), len(lines)):
        group = letters[place : place + len(lines)]
        following = letters[place + len(lines) : place + 2 * len(lines)]
        if place == 0:
            for line, (envelope, _) in zip(lines, group, strict=False):
                line.sendall(envelope)
            for line in lines[: len(group)]:
                _replies(line, 3)
        for index, (line, (_, content)) in enumerate(zip(lines, group, strict=False)):
            line.sendall(content + (following[index][0] if index < len(following) else b""))
        for index, line in enumerate(lines[: len(group)]):
            answers.append(_replies(line, 4 if index < len(following) else 1))
    return answers


def _replies(line: socket.socket, count: int) -> str:
    """Wait for so many replies; the first of them."""
    received = b""
    while received.count(b"\n") < count:
        received += line.recv(4096)
    return received.partition(b"\r\n")[0].decode()
