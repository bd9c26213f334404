"""How fast the real workers send e-mails that stand in the outbox already, by its own rows."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

from benchmarks import history
from benchmarks.history import Connection
from benchmarks.platform import Platform

# The workers of a benchmark look at the line this often, so that a wake-up that was folded
# away costs little.
SWEEP = "0.5"
_PATIENCE = 180.0
_TABLES = (
    "delivery_message, delivery_attempt, delivery_receipt, delivery_content, orders_order, "
    "audit_entry, delivery_turn"
)


def rate(platform: Platform, connection: Connection, messages: int) -> float:
    """Mails a second, from the first claim to the last record, of so many that wait at once."""
    before = platform.sinks.mail.taken()
    switch_mail(connection, platform, off=True)
    orders = history.queue(connection, messages)
    switch_mail(connection, platform, off=False)
    wait(lambda: platform.sinks.mail.taken() - before >= messages, pause=0.1)
    wait(lambda: _recorded(connection, orders)[0] == messages, pause=0.1)
    assert platform.sinks.mail.taken() - before == messages, "the sink took some of them twice"
    return messages / _recorded(connection, orders)[1]


def switch_mail(connection: Connection, platform: Platform, *, off: bool) -> None:
    connection.execute(
        """
        INSERT INTO delivery_provider
            (channel, name, switched_off, switched_off_by, switched_off_because, failures,
             last_answer)
        VALUES ('email', %s, %s, 'benchmark', '', 0, '')
        ON CONFLICT (name) DO UPDATE SET switched_off = excluded.switched_off
        """,
        [f"smtp:127.0.0.1:{platform.sinks.mail.port}", off],
    )


def forget_all(connection: Connection, platform: Platform) -> None:
    """Empty tables, as on the first day; what is just being sent is waited for."""
    switch_mail(connection, platform, off=True)
    claimed = "SELECT NOT EXISTS (SELECT FROM delivery_message WHERE state = 'claimed')"
    wait(lambda: bool(connection.execute(claimed).fetchone() == (True,)), pause=0.1)
    connection.execute(f"TRUNCATE {_TABLES}".encode())
    switch_mail(connection, platform, off=False)


def wait(done: Callable[[], bool], *, pause: float) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the platform has not finished in time")
        time.sleep(pause)


def _recorded(connection: Connection, orders: Sequence[UUID]) -> tuple[int, float]:
    """How many are recorded as sent, and the seconds from the first claim to the last record."""
    row = connection.execute(
        """
        SELECT count(*), extract(epoch FROM max(message.state_at) - min(attempt.at))::float
        FROM delivery_message AS message JOIN delivery_attempt AS attempt
            ON attempt.message_id = message.id
        WHERE message.owner_id = ANY(%s) AND message.state = 'sent' AND attempt.result = 'sent'
        """,
        [list(orders)],
    ).fetchone()
    return (int(row[0]), row[1] or 0.0) if row else (0, 0.0)
