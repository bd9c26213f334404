"""What a page of mineNotifikasjoner costs, at the beginning and far behind it.

A hundred to the page, with everything that a producer asks of them, over all labels of the
producer and over one of them. Page 1,000 is measured in turns with page 1: where a page begins is
in its cursor, which a walk of large pages has brought.
"""

from collections.abc import Sequence

from benchmarks.cases import calls, history
from benchmarks.cases.calls import Producer
from benchmarks.load import Load, Loads, closed_loop
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

CONNECTIONS = 4
STORED = 1_000_000
PAGE = 1000
_FIRST = 100
_LARGEST = 10_000
_LEAST = 0.9
_WALK = """
query Walk($first: Int, $after: String, $merkelapp: String) {
  mineNotifikasjoner(first: $first, after: $after, merkelapp: $merkelapp) {
    ... on NotifikasjonConnection { pageInfo { endCursor } }
    ... on Error { feilmelding }
  }
}
"""
# What the page has to begin with, found the slow way.
_NTH = """
SELECT id FROM cases_notifikasjon WHERE merkelapp = ANY(%s)
ORDER BY mottatt_tidspunkt, id LIMIT 1 OFFSET %s
"""


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks, SWEEP_SECONDS="86400") as platform:
        stored = 20_000 if short else STORED
        with platform.connect() as connection:
            history.store(connection, stored)
        return measure_on(platform, stored, short=short)


def measure_on(platform: Platform, stored: int, *, short: bool) -> list[Finding]:
    """On a platform with so many notifikasjoner."""
    rounds, seconds, page = (1, 0.5, 50) if short else (10, 2.0, PAGE)
    producer = Producer(platform)
    return [
        _measure(platform, producer, label, page, stored, rounds=rounds, seconds=seconds)
        for label in (None, "Tiltak")
    ]


def _measure(  # noqa: PLR0913 what is measured, and how long
    platform: Platform,
    producer: Producer,
    label: str | None,
    page: int,
    stored: int,
    *,
    rounds: int,
    seconds: float,
) -> Finding:
    before = (page - 1) * _FIRST
    cursor = _walk(producer, label, before)
    first, far = (_request(producer, label, after) for after in (None, cursor))
    broken = [
        *_wrong(platform, producer, label, None, 0),
        *_wrong(platform, producer, label, cursor, before),
    ]
    at_first, at_far = Loads(), Loads()
    for number in range(rounds + 1):
        # There and back, so that a machine that slows down favours none; the first round warms up.
        both = [(at_first, first), (at_far, far)]
        for loads, one in both if number % 2 else reversed(both):
            load = _round(platform, one, seconds)
            if number:
                loads.add(load)
    refused = at_far.refused + at_first.refused
    return Finding(
        f"cases, page {page:,} of {'all labels' if label is None else 'one label'}",
        "pages/s",
        at_far.figures,
        limits=at_first.figures,
        limit_name="page 1",
        least=_LEAST,
        reach=1.0,
        broken=[*broken, *([f"answered {dict(refused)}"] if refused else [])],
        extra=at_far.latency()
        | {f"page_1_{name}": ms for name, ms in at_first.latency().items()}
        | {"rows": stored, "connections": CONNECTIONS},
    )


def _walk(producer: Producer, label: str | None, count: int) -> str:
    """The cursor behind so many."""
    cursor = None
    while count:
        first = min(count, _LARGEST)
        page = producer.ask(_WALK, first=first, after=cursor, merkelapp=label)
        cursor, count = page["pageInfo"]["endCursor"], count - first
    assert cursor
    return str(cursor)


def _wrong(
    platform: Platform, producer: Producer, label: str | None, after: str | None, before: int
) -> list[str]:
    """Whether it is this page that is read, and a whole one."""
    page = producer.ask(calls.MINE_NOTIFIKASJONER, **_variables(label, after))
    ids = [edge["node"]["metadata"]["id"] for edge in page["edges"]]
    labels = list(calls.LABELS) if label is None else [label]
    with platform.connect() as connection:
        row = connection.execute(_NTH, [labels, before]).fetchone()
    wanted = str(row[0]) if row else None
    if len(set(ids)) == _FIRST and ids[0] == wanted:
        return []
    return [f"behind {before:,} there are {len(set(ids))} from {ids[:1]}, not 100 from {wanted}"]


def _request(producer: Producer, label: str | None, after: str | None) -> bytes:
    return producer.request(calls.MINE_NOTIFIKASJONER, _variables(label, after))


def _variables(label: str | None, after: str | None) -> dict[str, object]:
    return {"first": _FIRST, "after": after, "merkelapp": label}


def _round(platform: Platform, one: bytes, seconds: float) -> Load:
    requests: Sequence[bytes] = [one]
    return closed_loop(platform.address, requests, connections=CONNECTIONS, seconds=seconds)
