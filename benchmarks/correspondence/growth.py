"""What overview and search cost with a hundred letters stored and with a million.

One platform for each, both running at once and measured in turns: the overview of letters from
all over the past, and searches as sender and as recipient, newest first, by a page of a hundred.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from benchmarks.correspondence import calls, history
from benchmarks.load import Loads, closed_loop
from benchmarks.platform import TOKEN_SECONDS, Platform, running_platform, running_sinks
from benchmarks.report import Finding

SIZES = (100, 1_000_000)
CONNECTIONS = 4
_LEAST = 0.9
_READ = 50
_SEARCH = f"/correspondence?resourceId={calls.RESOURCE}&role="


@dataclass(slots=True)
class _Filled:
    platform: Platform
    letters: int
    requests: Mapping[str, Sequence[bytes]]
    loads: dict[str, Loads] = field(default_factory=dict)


def measure(*, short: bool) -> list[Finding]:
    sizes = (100, 5000) if short else SIZES
    with ExitStack() as stack:
        few, many = (_filled(stack, size) for size in sizes)
        return list(_measured(few, many, short=short))


def _filled(stack: ExitStack, letters: int) -> _Filled:
    sinks = stack.enter_context(running_sinks())
    platform = stack.enter_context(running_platform(sinks, SWEEP_SECONDS="86400"))
    with platform.connect() as connection:
        history.store(connection, letters)
    return _Filled(platform, letters, _requests(platform, letters))


def _requests(platform: Platform, letters: int) -> Mapping[str, Sequence[bytes]]:
    sender = calls.token(platform)
    recipient = platform.manage(
        *("token", "--client", history.RECIPIENT, "--scope", "altinn:correspondence.read"),
        *("--ttl", str(TOKEN_SECONDS)),
    )
    with platform.connect() as connection:
        # The recipient's own, from the beginning to the end.
        ids = connection.execute(
            """
            SELECT id FROM correspondence_correspondence WHERE recipient LIKE %s
            ORDER BY hashtext(id::text) LIMIT %s
            """,
            [f"%{history.RECIPIENT}", _READ],
        ).fetchall()
    return {
        "overview": [calls.read(sender, f"/correspondence/{id}") for (id,) in ids],
        "search as sender": [calls.read(sender, f"{_SEARCH}Sender&limit=100")],
        "search by reference": [
            calls.read(sender, f"{_SEARCH}Sender&sendersReference=stored-{number}")
            for number in range(0, letters, max(1, letters // _READ))
        ],
        "search by a rare status": [calls.read(sender, f"{_SEARCH}Sender&status=Failed&limit=100")],
        "search as recipient": [
            calls.read(recipient, f"{_SEARCH}Recipient&limit={min(10, letters)}")
        ],
    }


def _measured(few: _Filled, many: _Filled, *, short: bool) -> Iterator[Finding]:
    rounds, seconds = (1, 0.5) if short else (8, 2.0)
    for number in range(rounds + 1):
        for one in (few, many) if number % 2 else (many, few):
            for name, requests in one.requests.items():
                load = closed_loop(
                    one.platform.address, requests, connections=CONNECTIONS, seconds=seconds
                )
                if number:  # the first round warms up
                    one.loads.setdefault(name, Loads()).add(load)
    for name, loads in many.loads.items():
        refused = loads.refused + few.loads[name].refused
        yield Finding(
            f"letters, {name}",
            "reads/s",
            loads.figures,
            limits=few.loads[name].figures,
            limit_name=f"with {few.letters:,}",
            least=_LEAST,
            reach=1.0,
            broken=[f"answered {dict(refused)}"] if refused else [],
            extra=loads.latency() | {"letters": many.letters, "connections": CONNECTIONS},
        )
