"""How fast notifications reach an endpoint that keeps up: signed, recorded, with their history.

Beside a bare loop of as many connections to the same sink, in turns with it.
"""

from typing import Any

import psycopg

from benchmarks.enrollment import bare
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding
from benchmarks.rounds import Rounds
from benchmarks.sending import SWEEP, wait
from benchmarks.sinks import Sink

_CLIENT = "benchmark"
_LEAST = 0.5
_MESSAGES, _ROUNDS = 10_000, 3
_WARM_UP = 2000
_SHORT = 500
# Those of a worker on an endpoint that keeps up, times the workers of this machine.
CONNECTIONS = 16


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks, SWEEP_SECONDS=SWEEP) as platform:
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    count, rounds = (_SHORT, 1) if short else (_MESSAGES, _ROUNDS)
    workers = sum(name.startswith("worker") for name in platform.processes())
    connections = CONNECTIONS * max(1, workers)
    found = Rounds()
    with Sink("http") as sink:
        if not short:
            _round(platform, sink, _WARM_UP)
        for _ in range(rounds):
            found.add(*_round(platform, sink, count))
            found.limits.append(bare.rate(sink.port, count, connections))
    return [
        Finding(
            name="enrollment, delivered",
            unit="notifications/s",
            figures=found.figures,
            limits=found.limits,
            limit_name="bare loop",
            least=_LEAST,
            broken=found.broken,
            extra={"connections": connections},
        )
    ]


def _round(platform: Platform, sink: Sink, count: int) -> tuple[float, list[str]]:
    """Notifications a second, from the first claim to the last record, and which promises did
    not hold.
    """
    before = sink.taken()
    with platform.connect() as connection:
        _switch(connection, off=True)
        platform.manage(
            "shell",
            "-v0",
            "-c",
            "from benchmarks.enrollment import resending; "
            f"resending.resend({_CLIENT!r}, {count}, {sink.port})",
        )
        connection.execute("ANALYZE delivery_message")
        began = _resent(connection)
        _switch(connection, off=False)
        wait(lambda: sink.taken() - before >= count and _open(connection) == 0, pause=0.1)
        seconds = _seconds(connection, began)
        sent = _number(
            connection,
            "SELECT count(*) FROM enrollment_notificationhistory "
            "WHERE action = 'sent' AND at >= %s",
            began,
        )
    broken = [] if sent == count else [f"{sent} sent of {count}"]
    if (taken := sink.taken() - before) != count:
        broken.append(f"the sink took {taken} of {count}")
    return count / seconds, broken


def _switch(connection: psycopg.Connection[Any], *, off: bool) -> None:
    connection.execute(
        """
        INSERT INTO delivery_provider
            (channel, name, switched_off, switched_off_by, switched_off_because, failures,
             last_answer)
        VALUES ('webhook', 'webhook', %s, 'benchmark', '', 0, '')
        ON CONFLICT (name) DO UPDATE SET switched_off = excluded.switched_off
        """,
        [off],
    )


def _resent(connection: psycopg.Connection[Any]) -> Any:
    row = connection.execute(
        "SELECT max(at) FROM enrollment_notificationhistory WHERE action = 'resent'"
    ).fetchone()
    assert row
    return row[0]


def _open(connection: psycopg.Connection[Any]) -> int:
    return _number(
        connection,
        "SELECT count(*) FROM enrollment_enrollmenteventnotification "
        "WHERE client = %s AND status IN ('Ready', 'In process')",
        _CLIENT,
    )


def _seconds(connection: psycopg.Connection[Any], began: Any) -> float:
    row = connection.execute(
        """
        SELECT extract(epoch FROM max(message.state_at) - min(attempt.at))::float
        FROM delivery_message AS message
        JOIN delivery_attempt AS attempt ON attempt.message_id = message.id
        WHERE message.owner_kind = 'enrollment' AND message.created_at >= %s
          AND message.state = 'sent'
        """,
        [began],
    ).fetchone()
    assert row
    return float(row[0])


def _number(connection: psycopg.Connection[Any], query: str, *values: Any) -> int:
    row = connection.execute(query.encode(), values).fetchone()
    return int(row[0]) if row else 0
