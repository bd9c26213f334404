"""How many recipients a second the platform accepts over HTTP, in orders of many.

Everything is on, as for orders of one; the limit does the least that could be called accepting
them, on the same PostgreSQL, in turns with it.
"""

from datetime import timedelta

from benchmarks.kinds import BODY
from benchmarks.limits.intake import intake_rate
from benchmarks.load import Load, closed_loop
from benchmarks.platform import Platform
from benchmarks.report import Finding
from benchmarks.rounds import Rounds
from notifications_platform.core import clock

_SIZES = (1000, 10_000)
_DIFFERENT = 5
_CONNECTIONS = 4


def findings(platform: Platform, *, short: bool) -> list[Finding]:
    return [_measure(platform, size, short=short) for size in _SIZES]


def _measure(platform: Platform, size: int, *, short: bool) -> Finding:
    rounds, seconds = (1, 1.0) if short else (3, 4.0)
    requests = [_order(platform, size, number) for number in range(_DIFFERENT)]
    bodies = [request.partition(b"\r\n\r\n")[2] for request in requests]
    found = Rounds()
    _one_round(platform, requests, seconds / 4)
    with platform.connect() as connection:
        for _ in range(rounds):
            before = _stored(platform)
            load = _one_round(platform, requests, seconds)
            answered = (load.statuses + load.late).total()
            found.add(load.rate * size, _wrong(load, (_stored(platform) - before) / size, answered))
            found.limits.append(intake_rate(connection, bodies, seconds=seconds / 2))
    return Finding(
        name=f"accept orders of {size}",
        unit="recipients/s",
        figures=found.figures,
        limits=found.limits,
        limit_name="parse, validate, COPY",
        least=0.4,
        reach=0.6,
        broken=found.broken,
        extra={"connections": _CONNECTIONS},
    )


def _one_round(platform: Platform, requests: list[bytes], seconds: float) -> Load:
    return closed_loop(platform.address, requests, connections=_CONNECTIONS, seconds=seconds)


def _wrong(load: Load, stored: float, answered: int) -> list[str]:
    refused = (load.statuses + load.late).keys() - {202}
    wrong = [f"answered {sorted(refused)}"] if refused else []
    if stored != answered:
        wrong.append(f"{stored:g} orders stored, {answered} answered")
    return wrong


def _stored(platform: Platform) -> int:
    with platform.connect() as connection:
        row = connection.execute("SELECT sum(recipient_count) FROM orders_order").fetchone()
    return int(row[0] or 0) if row else 0


def _order(platform: Platform, size: int, number: int) -> bytes:
    recipients = [{"emailAddress": f"receiver{number}-{n}@bench.example"} for n in range(size)]
    order = {
        "subject": "Nytt brev",
        "body": BODY,
        "requestedSendTime": (clock.real() + timedelta(days=1)).isoformat(),
        "recipients": recipients,
    }
    return platform.order(order, "/email")
