"""How many nyOppgave a second the platform accepts, each with two messages and a reminder.

Through `POST /api/graphql` with everything on: token, limits, type system, validation, events,
audit, durable commits. Beside it, in turns, orders of one recipient as in the row `accept`. Each
oppgave is of a sak, has an SMS and an e-mail, and a reminder with an SMS.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from benchmarks import accept, sending
from benchmarks.cases import calls
from benchmarks.cases.calls import Producer
from benchmarks.load import Load, Loads, closed_loop
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

CONNECTIONS = 8
_LEAST = 0.5
_SAKER = 1000
# A request that is sent twice is a repeat, which is answered without writing anything.
_MOST_A_SECOND = 800


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    rounds, seconds = (1, 1.0) if short else (5, 4.0)
    producer = Producer(platform)
    saker = _make_saker(producer, 100 if short else _SAKER)
    before = _stored(platform)
    warm_up, later, now = Loads(), Loads(), Loads()
    order_later, order_now = Loads(fine=202), Loads(fine=202)
    for_later = calls.oppgaver(producer, later=True, saker=saker)
    orders = accept.orders(platform, later=True)
    warm_up.add(_round(platform, _some(for_later, seconds / 2), seconds / 2))
    _round(platform, orders, seconds / 2)
    for _ in range(rounds):
        later.add(_round(platform, _some(for_later, seconds), seconds))
        order_later.add(_round(platform, orders, seconds))
    for_now = calls.oppgaver(producer, later=False, saker=saker)
    orders = accept.orders(platform, later=False)
    for _ in range(-(-rounds // 2)):
        now.add(_round(platform, _some(for_now, seconds), seconds))
        _wait_until_sent(platform)
        order_now.add(_round(platform, orders, seconds))
        _wait_until_sent(platform)
    made = {name: count - before[name] for name, count in _stored(platform).items()}
    oppgaver = warm_up.answered + later.answered + now.answered
    broken = _broken(made, oppgaver, at_once=now.answered)
    return [
        _finding("cases, nyOppgave", later, order_later, broken),
        _finding("cases, nyOppgave delivered", now, order_now, ()),
    ]


def _finding(name: str, found: Loads, orders: Loads, broken: Sequence[str]) -> Finding:
    refused = {**found.refused, **orders.refused}
    return Finding(
        name,
        "oppgaver/s",
        found.figures,
        limits=orders.figures,
        limit_name="orders of one recipient",
        least=_LEAST,
        broken=[*broken, *([f"answered {refused}"] if refused else [])],
        extra=found.latency()
        | {f"order_{name}": ms for name, ms in orders.latency().items()}
        | {"connections": CONNECTIONS},
    )


def _broken(made: dict[str, int], answered: int, *, at_once: int) -> list[str]:
    """Each answer has left one of everything, and what was to leave has left."""
    wanted = {
        "cases_notifikasjon": answered,
        "cases_paaminnelse": answered,
        "cases_hendelse": answered,
        "cases_eksterntvarsel": 3 * answered,
        "delivery_message": 2 * answered,
        "sent": 2 * at_once,
    }
    return [
        f"{made[name]} in {name} instead of {count}, after {answered} oppgaver"
        for name, count in wanted.items()
        if made[name] != count
    ]


_COUNTS = """
    SELECT (SELECT count(*) FROM cases_notifikasjon) AS cases_notifikasjon,
           (SELECT count(*) FROM cases_paaminnelse) AS cases_paaminnelse,
           (SELECT count(*) FROM cases_hendelse WHERE type = 'OppgaveOpprettet') AS cases_hendelse,
           (SELECT count(*) FROM cases_eksterntvarsel) AS cases_eksterntvarsel,
           (SELECT count(*) FROM delivery_message WHERE owner_kind = 'cases') AS delivery_message,
           (SELECT count(*) FROM delivery_message
            WHERE owner_kind = 'cases' AND state = 'sent') AS sent
    """


def _stored(platform: Platform) -> dict[str, int]:
    with platform.connect() as connection:
        cursor = connection.execute(_COUNTS)
        row = cursor.fetchone()
        assert row
        assert cursor.description
        return {
            column.name: int(count) for column, count in zip(cursor.description, row, strict=True)
        }


def _make_saker(producer: Producer, count: int) -> Sequence[str]:
    requests, names = calls.saker(producer, count)
    for each in requests:
        load = closed_loop(producer.address, [each], connections=1, seconds=0)
        assert load.statuses == {200: 1}, f"refused: {load.statuses}"
    return names


def _some(requests: Iterator[bytes], seconds: float) -> list[bytes]:
    return list(islice(requests, int(seconds * _MOST_A_SECOND)))


def _round(platform: Platform, requests: Sequence[bytes], seconds: float) -> Load:
    return closed_loop(platform.address, requests, connections=CONNECTIONS, seconds=seconds)


_AT_WORK = """
    SELECT EXISTS (SELECT FROM orders_order WHERE status = 'Processing'
                   OR status = 'Registered' AND requested_send_time <= now())
        OR EXISTS (SELECT FROM delivery_message WHERE state = 'claimed'
                   OR state = 'queued' AND fair_at IS NOT NULL)
    """


def _wait_until_sent(platform: Platform) -> None:
    """Nothing that one round has begun is left for the next one."""
    with platform.connect() as connection:
        sending.wait(lambda: connection.execute(_AT_WORK).fetchone() == (False,), pause=0.1)
