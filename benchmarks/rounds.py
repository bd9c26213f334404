"""Orders of many recipients on their way through the platform, in two steps that are timed.

While the providers are switched off, orders become messages and none leaves; then they are
switched on, and delivery is counted by the platform's own rows, from the first claim to the
last record.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg

from benchmarks.load import closed_loop
from benchmarks.platform import Platform
from notifications_platform.core import clock

_PATIENCE = 180.0
_LEAD = timedelta(seconds=2)
# Orders have to be placed before they are due, which takes a second for some 50,000 recipients
# with addresses, and for some 5,000 whose addresses are looked up.
_PLACED_A_SECOND = 2_500


@dataclass(slots=True)
class Rounds:
    """Figures and limits of alternating rounds, and the promises that did not hold."""

    figures: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, figure: float, broken: Sequence[str] = ()) -> None:
        self.figures.append(figure)
        self.broken += broken


@dataclass(frozen=True, slots=True)
class Batch:
    """Orders that are messages by now, held back."""

    began: datetime
    due: datetime
    messages: int
    fan_out_seconds: float


def fan_out(
    platform: Platform, orders: Sequence[Mapping[str, Any]], kind: str, *, messages: int
) -> Batch:
    """Place the orders, all due at one moment, and wait until they are messages."""
    with platform.connect() as connection:
        began = clock.real()
        _switch(connection, platform, off=True)
        recipients = sum(len(order["recipients"]) for order in orders)
        due = began + _LEAD + timedelta(seconds=recipients / _PLACED_A_SECOND)
        _place(platform, orders, kind, due)
        seconds = _fan_out_seconds(connection, len(orders), due)
        connection.execute("ANALYZE delivery_message")
    return Batch(began, due, messages, seconds)


def made(platform: Platform, batch: Batch) -> list[str]:
    """What is wrong with the number of messages that the orders became."""
    with platform.connect() as connection:
        count = _number(
            connection,
            "SELECT count(*) FROM delivery_message WHERE owner_id IN "
            "(SELECT id FROM orders_order WHERE requested_send_time = %s)",
            batch.due,
        )
    return [] if count == batch.messages else [f"{count} messages instead of {batch.messages}"]


def deliver(platform: Platform, batch: Batch, taken: Callable[[], int]) -> tuple[float, list[str]]:
    """Messages sent a second, and what is wrong with their number. `taken` asks the sink how
    many it took.
    """
    expected = taken() + batch.messages
    with platform.connect() as connection:
        _switch(connection, platform, off=False)

        def over() -> bool:
            # Asking the sink costs the database nothing.
            return taken() >= expected and _sent(connection, batch)[0] >= batch.messages

        _wait(over, pause=0.1)
        sent, seconds = _sent(connection, batch)
    broken = [] if sent == batch.messages else [f"{sent} sent of {batch.messages}"]
    if taken() != expected:
        broken.append(f"the sink took {taken() - expected + batch.messages} of {batch.messages}")
    return sent / seconds, broken


def _switch(connection: psycopg.Connection[Any], platform: Platform, *, off: bool) -> None:
    """Both providers, off or on."""
    sinks = platform.sinks
    for channel, name in (
        ("email", f"smtp:127.0.0.1:{sinks.mail.port}"),
        ("sms", f"pswin:127.0.0.1:{sinks.sms.port}"),
    ):
        connection.execute(
            """
            INSERT INTO delivery_provider
                (channel, name, switched_off, switched_off_by, switched_off_because, failures,
                 last_answer)
            VALUES (%s, %s, %s, 'benchmark', '', 0, '')
            ON CONFLICT (name) DO UPDATE SET switched_off = excluded.switched_off
            """,
            [channel, name, off],
        )


def _place(
    platform: Platform, orders: Sequence[Mapping[str, Any]], kind: str, due: datetime
) -> None:
    """Over HTTP; the moment must not be over when the last of them is placed."""
    for order in orders:
        request = platform.order({**order, "requestedSendTime": due.isoformat()}, kind)
        load = closed_loop(platform.address, [request], connections=1, seconds=0)
        assert load.statuses == {202: 1}, f"refused: {load.statuses}"
    assert clock.real() < due, "placing took longer than was planned for"


def _fan_out_seconds(connection: psycopg.Connection[Any], orders: int, due: datetime) -> float:
    """From the first order taken up to the last one that is messages."""
    of_them = "SELECT count(*) FROM orders_order WHERE requested_send_time = %s AND status"
    waiting, unmade = f"{of_them} = 'Registered'", f"{of_them} IN ('Registered', 'Processing')"
    _wait(lambda: _number(connection, waiting, due) < orders, pause=0.002)
    began = time.perf_counter()
    _wait(lambda: _number(connection, unmade, due) == 0, pause=0.01)
    return time.perf_counter() - began


def _sent(connection: psycopg.Connection[Any], batch: Batch) -> tuple[int, float]:
    """How many are recorded as sent, and the seconds from the first claim to the last record."""
    row = connection.execute(
        """
        SELECT count(*), extract(epoch FROM max(message.state_at) - min(attempt.at))::float
        FROM delivery_message AS message JOIN delivery_attempt AS attempt
            ON attempt.message_id = message.id
        WHERE message.created_at >= %s AND message.state = 'sent' AND attempt.result = 'sent'
        """,
        [batch.began],
    ).fetchone()
    return (int(row[0]), row[1] or 0.0) if row else (0, 0.0)


def _number(connection: psycopg.Connection[Any], query: str, *values: Any) -> int:
    row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0


def _wait(done: Callable[[], bool], *, pause: float) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the platform has not finished in time")
        time.sleep(pause)
