"""How soon an abusive document is refused, through the real web server, one after the other.

Each kind is told off by another rule: the text's size, its tokens, what it would cost, the type
system, the variables. All of them that can be are mutations, and nothing of them may be done.
"""

import http.client
import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.cases import calls
from benchmarks.cases.calls import Producer
from benchmarks.load import quantile
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding

MOST_MS = 100
_PATIENCE = 30.0
_LIMIT = "LIMIT_EXCEEDED"
_BAD = "BAD_USER_INPUT"
_INVALID = "VALIDATION_FAILED"
_UNREADABLE = "PARSE_FAILED"


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return measure_on(platform, short=short)


def measure_on(platform: Platform, *, short: bool) -> list[Finding]:
    rounds = 5 if short else 200
    producer = Producer(platform)
    bodies = {name: (make(), wanted) for name, (make, wanted) in KINDS.items()}
    before = _stored(platform)
    times: dict[str, list[float]] = {name: [] for name in bodies}
    broken: set[str] = set()
    connection = http.client.HTTPConnection(*platform.address, timeout=_PATIENCE)
    ask(connection, producer.headers, b'{"query": "{ whoami }"}')
    for _ in range(rounds):
        for name in random.sample(list(bodies), len(bodies)):
            body, wanted = bodies[name]
            milliseconds, code = ask(connection, producer.headers, body)
            times[name].append(milliseconds)
            if code != wanted:
                broken.add(f"{name}: {code or 'no error'} instead of {wanted}")
    connection.close()
    if made := _stored(platform) - before:
        broken.add(f"{made} rows were written")
    return [_finding(times, sorted(broken))]


def _finding(times: Mapping[str, list[float]], broken: list[str]) -> Finding:
    """The figure is the p99 of the slowest kind; the slowest single answer stands beside it."""
    p99 = {name: round(quantile(several, 0.99), 1) for name, several in times.items()}
    slowest = max(p99, key=lambda name: p99[name])
    return Finding(
        "cases, refusals p99",
        "ms",
        [p99[slowest]],
        most=MOST_MS,
        broken=broken,
        extra={
            "kind": slowest,
            "slowest": round(max(map(max, times.values())), 1),
            "median": round(quantile([one for each in times.values() for one in each], 0.5), 1),
            "of_each_kind": len(times[slowest]),
            "p99_ms": p99,
        },
    )


def ask(
    connection: http.client.HTTPConnection, headers: Mapping[str, str], body: bytes
) -> tuple[float, str]:
    """Milliseconds, and the code of the errors; empty where there is none."""
    began = time.perf_counter()
    connection.request("POST", calls.PATH, body, dict(headers))
    answer = connection.getresponse()
    text = answer.read()
    milliseconds = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        return milliseconds, str(answer.status)
    errors = json.loads(text).get("errors", ())
    return milliseconds, "/".join(sorted({error["extensions"]["code"] for error in errors}))


_COUNT = """
    SELECT (SELECT count(*) FROM cases_sak) + (SELECT count(*) FROM cases_notifikasjon)
         + (SELECT count(*) FROM cases_hendelse) + (SELECT count(*) FROM cases_eksterntvarsel)
    """


def _stored(platform: Platform) -> int:
    with platform.connect() as connection:
        row = connection.execute(_COUNT).fetchone()
    return int(row[0]) if row else 0


# ---------------------------------------------------------------- what is sent


def _body(query: str, variables: Any = None) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


_ARGUMENTS = (
    '(nyBeskjed: {mottakere: [{altinn: {serviceCode: "5441", serviceEdition: "1"}}], '
    'notifikasjon: {merkelapp: "Tiltak", tekst: "t", lenke: ""}, '
    'metadata: {virksomhetsnummer: "1", eksternId: "abuse"}})'
)
_NY_BESKJED = f"nyBeskjed{_ARGUMENTS} {{ __typename }}"


def _mutation(more: str = "", fields: str = _NY_BESKJED) -> str:
    return f"mutation {{ {fields} {more} }}"


def _huge() -> bytes:
    return _body(_mutation() + "\n# " + "x" * 100_000)


def _nearly_a_mebibyte() -> bytes:
    return _body(_mutation() + "\n# " + "ø" * 170_000)


def _many_tokens() -> bytes:
    return _body(_mutation("whoami " * 12_000))


def _ten_thousand_aliases() -> bytes:
    return _body(_mutation("".join(f"a{number:x}:whoami " for number in range(10_000))))


def _aliases() -> bytes:
    """As many as the limits of text and tokens let through."""
    return _body(_mutation("".join(f"a{number:x}:whoami " for number in range(3000))))


def _deep_fields() -> bytes:
    depth = 4500
    return _body("{ __schema " + "{ a " * depth + "}" * depth + " }")


def _deep_values() -> bytes:
    depth = 4500
    return _body(
        _mutation("", f"nyBeskjed(nyBeskjed: {'[' * depth}{']' * depth}) {{ __typename }}")
    )


def _fragment_bomb() -> bytes:
    """Each fragment spreads the next one ten times: 10^50 fields."""
    each = [
        f"fragment f{number} on Mutation {{ {f'...f{number + 1} ' * 10} }}" for number in range(50)
    ]
    return _body(
        " ".join(["mutation { ...f0 }", *each, f"fragment f50 on Mutation {{ {_NY_BESKJED} }}"])
    )


def _fragment_cycle() -> bytes:
    each = [
        f"fragment f{number} on Mutation {{ ...f{(number + 1) % 900} }}" for number in range(900)
    ]
    return _body(" ".join(["mutation { ...f0 }", *each]))


def _deep_variables() -> bytes:
    depth = 100_000
    return b'{"query": "{ whoami }", "variables": {"a": %b%b}}' % (b"[" * depth, b"]" * depth)


def _nested_variables() -> bytes:
    """Wide as well: 170,000 lists of 21 levels."""
    deep: list[Any] = []
    for _ in range(21):
        deep = [deep]
    return _body(calls.NY_OPPGAVE, {"nyOppgave": [deep] * 8000})


def _root_fields() -> bytes:
    fields = " ".join(f"a{number}: {_NY_BESKJED}" for number in range(26))
    return _body(_mutation("", fields))


def _directives() -> bytes:
    return _body(
        _mutation("", f"nyBeskjed{_ARGUMENTS} {'@include(if: true) ' * 1600} {{ __typename }}")
    )


def _unknown_fields() -> bytes:
    """All of them unlike any other, with names that are looked for in vain."""
    fields = " ".join(f"mineNotifikasjone{number:x}" for number in range(4500))
    return _body("{ __schema { " + fields + " } }")


def _introspection() -> bytes:
    """Lists within lists within lists: the answer would fill gigabytes."""
    inner = "name"
    for _ in range(5):
        inner = f"fields {{ type {{ {inner} }} }}"
    return _body(f"{{ __schema {{ types {{ {inner} }} }} }}")


def _many_recipients() -> bytes:
    return _body(calls.NY_OPPGAVE, {"nyOppgave": _oppgave(mottakere=[calls.ALTINN] * 10_000)})


def _bad_recipients() -> bytes:
    return _body(calls.NY_OPPGAVE, {"nyOppgave": _oppgave(mottakere=[{"altinn": 1}] * 50_000)})


def _oppgave(**changes: Any) -> dict[str, Any]:
    return {
        "notifikasjon": {"merkelapp": "Tiltak", "tekst": "t", "lenke": ""},
        "metadata": {"virksomhetsnummer": "1", "eksternId": "abuse"},
        **changes,
    }


def _batch() -> bytes:
    return json.dumps([{"query": _mutation()}] * 2000).encode()


def _unclosed() -> bytes:
    return _body("mutation { nyBeskjed(nyBeskjed: " + '"""' + '\\"""' * 20_000)


KINDS: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "100,000 characters": (_huge, _LIMIT),
    "a body of nearly 1 MiB": (_nearly_a_mebibyte, _LIMIT),
    "12,000 tokens": (_many_tokens, _LIMIT),
    "10,000 aliases": (_ten_thousand_aliases, _LIMIT),
    "3,000 aliases": (_aliases, _LIMIT),
    "4,500 levels of fields": (_deep_fields, _LIMIT),
    "4,500 levels of lists": (_deep_values, _LIMIT),
    "a fragment bomb": (_fragment_bomb, _LIMIT),
    "fragments in a circle": (_fragment_cycle, _INVALID),
    "100,000 levels of variables": (_deep_variables, _BAD),
    "8,000 times 21 levels of variables": (_nested_variables, _BAD),
    "26 root fields": (_root_fields, _LIMIT),
    "1,600 directives": (_directives, _LIMIT),
    "4,500 unknown fields": (_unknown_fields, _INVALID),
    "deep introspection": (_introspection, _INVALID),
    "10,000 recipients": (_many_recipients, _BAD),
    "50,000 bad recipients": (_bad_recipients, _BAD),
    "2,000 requests in a list": (_batch, _BAD),
    "a string without end": (_unclosed, _UNREADABLE),
}
