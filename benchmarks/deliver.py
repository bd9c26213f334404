"""How fast recipients become messages, and messages leave as e-mail and are recorded.

The orders are placed over HTTP. Mail is switched off until all of them are messages (that is
the fan-out), then switched on: delivery is counted from the first claim to the last record, by
the platform's own rows. In turns with it, on the same PostgreSQL and the same sink, run the
limits: for fan-out a COPY of the same rows, for delivery the probe.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg

from benchmarks import probe
from benchmarks.load import closed_loop
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding
from notifications_platform.core import clock

RECIPIENTS = 2000
_BODY = "Hei! Du har fått et nytt brev i innboksen. Logg inn for å lese det. " * 3
_PATIENCE = 120.0
_LEAD = timedelta(seconds=3)
_WARM_UP = 2


@dataclass(slots=True)
class _Rounds:
    figures: list[float] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)


def measure(*, short: bool) -> list[Finding]:
    workers, rounds, orders = (1, 1, 2) if short else (1, 3, 10)
    with running_sinks() as sinks, running_platform(sinks, WORKERS=str(workers)) as platform:
        fan_out, delivery = _Rounds(), _Rounds()
        with platform.connect() as connection:
            _round(platform, connection, _WARM_UP)
            for _ in range(rounds):
                made, sent = _round(platform, connection, orders)
                fan_out.figures.append(made)
                delivery.figures.append(sent)
                fan_out.limits.append(_copy_rate(connection))
                probe.fill(connection, orders * RECIPIENTS)
                delivery.limits.append(probe.run(connection, sinks.mail.port, _BODY))
    return [
        _finding("fan-out", "recipients/s", fan_out, "COPY of the same rows", workers),
        _finding("deliver", "mails/s", delivery, "probe", workers, least=0.5, reach=0.75),
    ]


def _finding(  # noqa: PLR0913 one fact of the table each
    name: str,
    unit: str,
    found: _Rounds,
    limit_name: str,
    workers: int,
    *,
    least: float | None = None,
    reach: float | None = None,
) -> Finding:
    return Finding(
        name=name if workers == 1 else f"{name} {workers} workers",
        unit=unit,
        figures=found.figures,
        limits=found.limits,
        limit_name=limit_name,
        least=least,
        reach=reach,
        extra={"workers": workers},
    )


def _round(
    platform: Platform, connection: psycopg.Connection[Any], orders: int
) -> tuple[float, float]:
    """Recipients made messages a second, mails sent a second."""
    before = platform.sinks.mail.taken()
    began = clock.real()
    _switch_mail(connection, platform, off=True)
    _place(platform, orders, due=began + _LEAD)
    made = orders * RECIPIENTS / _fan_out_seconds(connection, orders)
    connection.execute("ANALYZE delivery_message")
    _switch_mail(connection, platform, off=False)
    _wait(lambda: _sent_since(connection, began)[0] == orders * RECIPIENTS, pause=0.2)
    sent, seconds = _sent_since(connection, began)
    assert platform.sinks.mail.taken() - before == sent, "the sink counted differently"
    return made, sent / seconds


def _switch_mail(connection: psycopg.Connection[Any], platform: Platform, *, off: bool) -> None:
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


def _place(platform: Platform, orders: int, *, due: Any) -> None:
    """Over HTTP, all due at the same moment, which must not be over when the last is placed."""
    requests = [
        platform.order(
            {
                "subject": "Nytt brev",
                "body": _BODY,
                "requestedSendTime": due.isoformat(),
                "recipients": [
                    {"emailAddress": f"receiver{order}-{number}@bench.example"}
                    for number in range(RECIPIENTS)
                ],
            },
            "/email",
        )
        for order in range(orders)
    ]
    for one in requests:
        load = closed_loop(platform.address, [one], connections=1, seconds=0)
        assert load.statuses == {202: 1}, f"refused: {load.statuses}"


def _fan_out_seconds(connection: psycopg.Connection[Any], orders: int) -> float:
    """From the first order taken up to the last one that is messages."""
    waiting = "SELECT count(*) FROM orders_order WHERE status = 'Registered'"
    unmade = "SELECT count(*) FROM orders_order WHERE status IN ('Registered', 'Processing')"
    _wait(lambda: _number(connection, waiting) < orders, pause=0.002)
    began = time.perf_counter()
    _wait(lambda: _number(connection, unmade) == 0, pause=0.005)
    return time.perf_counter() - began


def _sent_since(connection: psycopg.Connection[Any], began: Any) -> tuple[int, float]:
    """How many are recorded as sent, and the seconds from the first claim to the last record."""
    row = connection.execute(
        """
        SELECT count(*), extract(epoch FROM max(message.state_at) - min(attempt.at))::float
        FROM delivery_message AS message JOIN delivery_attempt AS attempt
            ON attempt.message_id = message.id
        WHERE message.created_at >= %s AND message.state = 'sent' AND attempt.result = 'sent'
        """,
        [began],
    ).fetchone()
    return (int(row[0]), row[1] or 0.0) if row else (0, 0.0)


def _copy_rate(connection: psycopg.Connection[Any]) -> float:
    """Rows a second when the rows of the last order are copied once more, ready-made."""
    connection.execute(
        "DROP TABLE IF EXISTS probe_copy; "
        "CREATE TABLE probe_copy (LIKE delivery_message INCLUDING ALL)"
    )
    newest = "SELECT * FROM delivery_message ORDER BY id DESC LIMIT 20000"
    with connection.cursor().copy(f"COPY ({newest}) TO STDOUT") as source:
        rows = b"".join(map(bytes, source))
    began = time.perf_counter()
    with connection.cursor().copy("COPY probe_copy FROM STDIN") as target:
        target.write(rows)
    seconds = time.perf_counter() - began
    connection.execute("DROP TABLE probe_copy")
    return rows.count(b"\n") / seconds


def _number(connection: psycopg.Connection[Any], query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _wait(done: Callable[[], bool], *, pause: float) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the platform has not finished in time")
        time.sleep(pause)
