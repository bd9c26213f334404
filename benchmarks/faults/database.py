"""PostgreSQL dies and comes back under load: killed whole or in part, and shut down in a hurry.

The supervisor of `make run` starts it again. Besides what promises.py holds, every request of
the outage must get a clear 503 within seconds, whatever it asks for.
"""

import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from benchmarks import ledger
from benchmarks.faults import hurting, promises
from benchmarks.faults.asking import Reader
from benchmarks.faults.outcome import Outcome
from benchmarks.load import quantile
from benchmarks.orderer import Answer, Offer, Orderer
from benchmarks.platform import Platform, running_platform, running_sinks

_WARM_UP = 2.0
_BASELINE = 3.0
_BETWEEN = (3.0, 6.0)
_LAST = 6.0
_PROVIDER_MS = 20
_PATIENCE = 5.0


def _kill_server(platform: Platform, _chance: random.Random) -> None:
    """Its other processes find themselves orphaned, and may go on for a moment."""
    hurting.kill(hurting.postmaster(platform))


def _kill_all(platform: Platform, _chance: random.Random) -> None:
    hurting.kill_group(hurting.postmaster(platform))


def _kill_backend(platform: Platform, chance: random.Random) -> None:
    """The server then ends all others too, and starts over from its log."""
    server = hurting.postmaster(platform)
    hurting.kill(chance.choice(hurting.children(server) or [server]))


def _shut_at_once(platform: Platform, _chance: random.Random) -> None:
    hurting.kill(hurting.postmaster(platform), signal.SIGQUIT)


def _shut_fast(platform: Platform, _chance: random.Random) -> None:
    hurting.kill(hurting.postmaster(platform), signal.SIGINT)


def _away_for(seconds: float) -> Callable[[Platform, random.Random], None]:
    """Killed whenever it is started again, for a while. The supervisor must go on meanwhile: it
    reads what web and workers log, and they would stand still once nobody does.
    """

    def hurt(platform: Platform, chance: random.Random) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if hurting.is_alive(hurting.postmaster(platform)):
                _kill_all(platform, chance)
            time.sleep(0.02)

    return hurt


_LEASE_SECONDS = 10
_SETTINGS = {"DELIVERY_LEASE_SECONDS": str(_LEASE_SECONDS), "DELIVERY_CONNECTIONS": "16"}
_WAYS: dict[str, Callable[[Platform, random.Random], None]] = {
    "server killed": _kill_server,
    "all killed": _kill_all,
    "backend killed": _kill_backend,
    "immediate shutdown": _shut_at_once,
    "fast shutdown": _shut_fast,
    "away for a while": _away_for(4.0),
    # Then workers cannot write down what has left before their hold on it is over.
    "away for longer than a lease": _away_for(_LEASE_SECONDS + 4.0),
}
# The kills of the issue, and a few of the others among them.
_LONG = ["server killed"] * 12 + ["all killed"] * 8 + ["backend killed"] * 4
_LONG += ["immediate shutdown"] * 2 + ["fast shutdown"] * 2
_LONG += ["away for a while"] * 3 + ["away for longer than a lease"] * 2
_SHORT = ["server killed", "away for a while"]


@dataclass(frozen=True, slots=True)
class _Outage:
    """`at` and `over`, when it could come back, in seconds since 1970; `claimed` how many
    messages any worker held just before.
    """

    way: str
    at: float
    over: float
    claimed: int


def measure(*, short: bool, seed: int) -> Outcome:
    chance = random.Random(seed)
    ways = list(_SHORT if short else _LONG)
    chance.shuffle(ways)
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder), delay_ms=_PROVIDER_MS) as sinks,
        running_platform(sinks, **_SETTINGS) as platform,
    ):
        with Reader(platform) as reader, Orderer(platform, _offer(short=short)) as orderer:
            time.sleep(_WARM_UP)
            began = time.time()
            time.sleep(_BASELINE)
            outages = [_hurt(platform, way, chance) for way in ways]
            time.sleep(_LAST)
            ended = time.time()
        settling = promises.settle(platform)
        found = ledger.compare(platform, orderer)
        recovered = promises.recovery(
            [at for at, _, _ in sinks.mail.kept()],
            [outage.over for outage in outages],
            baseline=(began, began + _BASELINE),
            end=ended,
        )
    claimed = sum(outage.claimed for outage in outages)
    accepting = _accepting_again(orderer.answers, outages)
    slowest = max(answer.seconds for answer in orderer.answers)
    figures = {
        "outages": dict(sorted(Counter(ways).items())),
        **promises.figures_of(found),
        "in_flight_at_outages": claimed,
        "refusals_503": sum(answer.status == 503 for answer in orderer.answers),
        "read_refusals_503": sum(
            answer.status == 503 for answers in reader.answers.values() for answer in answers
        ),
        "slowest_answer_s": round(slowest, 1),
        "accepting_median_s": round(quantile(accepting, 0.5), 1),
        "accepting_longest_s": round(max(accepting), 1),
        **recovered.figures(),
        "settled_after_s": round(settling, 1),
    }
    broken = [
        *promises.broken_in(found, in_flight=claimed),
        *promises.surprises_in(orderer),
        *_unanswered(orderer, slowest),
        *reader.broken(patience=_PATIENCE),
        *recovered.broken(),
    ]
    return Outcome(row="database", figures=figures, broken=broken)


def _offer(*, short: bool) -> Offer:
    return Offer(bulk=1000, most_waiting=4_000 if short else 12_000)


def _hurt(platform: Platform, way: str, chance: random.Random) -> _Outage:
    _wait_for_server(platform)
    claimed, at = ledger.claimed(platform), time.time()
    _WAYS[way](platform, chance)
    over = time.time()
    print(f"  PostgreSQL: {way}, {claimed} messages in flight", flush=True)
    time.sleep(chance.uniform(*_BETWEEN))
    return _Outage(way, at, over, claimed)


def _wait_for_server(platform: Platform) -> None:
    deadline = time.monotonic() + promises.BACK_WITHIN
    while not hurting.accepts_statements(platform):
        if time.monotonic() > deadline:
            raise TimeoutError("PostgreSQL did not come back")
        time.sleep(0.1)


def _unanswered(orderer: Orderer, slowest: float) -> list[str]:
    """The web server is not hurt in this row: it owes everybody an answer, soon."""
    silent = sum(answer.status == 0 for answer in orderer.answers)
    found = [f"{silent} orders got no answer at all"] if silent else []
    return found + ([f"an order waited {slowest:.1f} s"] if slowest > _PATIENCE else [])


def _accepting_again(answers: Sequence[Answer], outages: Sequence[_Outage]) -> list[float]:
    """Seconds from each outage's end until orders were accepted and none was refused any more."""
    ends = [*(outage.at for outage in outages[1:]), inf]
    pauses = []
    for outage, end in zip(outages, ends, strict=True):
        within = [answer for answer in answers if outage.at <= answer.at < end]
        refused = max((answer.at for answer in within if answer.status == 503), default=0.0)
        taken = [
            answer.at + answer.seconds
            for answer in within
            if answer.status == 202 and answer.at > refused
        ]
        pauses.append(max(0.0, min(taken, default=end) - outage.over) if refused else 0.0)
    return pauses
