"""Kill processes of the real platform under load, one or several at once, at random instants.

The mail provider takes 20 ms a message, and the connections are few: so the rate is the
provider's, not the machine's of this moment, and a fall of it means something. What must hold
stands in promises.py; duplicates are bounded by what the killed processes held.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import ledger
from benchmarks.faults import hurting, promises
from benchmarks.faults.outcome import Outcome
from benchmarks.orderer import Offer, Orderer
from benchmarks.platform import Platform, running_platform, running_sinks

_WARM_UP = 2.0
_BASELINE = 3.0
# Now and then everybody gets the time to come back whole.
_REST = 16.0
_LAST = 6.0
_REST_EVERY = 6
_BETWEEN_KILLS = (0.5, 3.0)
_AT_ONCE = {1: 12, 2: 5, 3: 2, 4: 1}
# Those who hold messages are hurt most often.
_TARGETS = {"worker": 7, "web": 2, "beat": 1}
_PROVIDER_MS = 20
# Long enough that the senders have work while nobody takes orders.
_LONG, _SHORT = Offer(most_waiting=20_000), Offer(bulk=1000, most_waiting=4_000)
_SETTINGS = {
    "DELIVERY_LEASE_SECONDS": str(promises.LEASE_SECONDS),
    "DELIVERY_CONNECTIONS": "16",
    "WORKERS": "2",
}


@dataclass(frozen=True, slots=True)
class Kill:
    """`at` is in seconds since 1970, `in_flight` how many messages the process held then."""

    name: str
    at: float
    in_flight: int


@dataclass(slots=True)
class _Course:
    """When what happened, in seconds since 1970."""

    began: float
    rounds: list[list[Kill]] = field(default_factory=list)
    ended: float = 0.0

    @property
    def kills(self) -> list[Kill]:
        return [kill for together in self.rounds for kill in together]


def measure(*, short: bool, seed: int) -> Outcome:
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder), delay_ms=_PROVIDER_MS) as sinks,
        running_platform(sinks, **_SETTINGS) as platform,
    ):
        with Orderer(platform, _SHORT if short else _LONG) as orderer:
            course = _hurt(platform, random.Random(seed), kills=5 if short else 200)
        settling = promises.settle(platform)
        found = ledger.compare(platform, orderer)
        recovered = promises.recovery(
            [at for at, _, _ in sinks.mail.kept()],
            [together[-1].at for together in course.rounds],
            baseline=(course.began, course.began + _BASELINE),
            end=course.ended,
        )
    in_flight = sum(kill.in_flight for kill in course.kills)
    figures = {
        "kills": len(course.kills),
        "killed": dict(sorted(Counter(kill.name for kill in course.kills).items())),
        "several_at_once": sum(len(together) > 1 for together in course.rounds),
        **promises.figures_of(found),
        "in_flight_at_kills": in_flight,
        **recovered.figures(),
        "settled_after_s": round(settling, 1),
    }
    broken = [
        *promises.broken_in(found, in_flight=in_flight),
        *promises.surprises_in(orderer),
        *recovered.broken(),
    ]
    return Outcome(row="kills", figures=figures, broken=broken)


def _hurt(platform: Platform, chance: random.Random, *, kills: int) -> _Course:
    time.sleep(_WARM_UP)
    course = _Course(time.time())
    time.sleep(_BASELINE)
    while (left := kills - len(course.kills)) > 0:
        count = min(left, chance.choices(list(_AT_ONCE), list(_AT_ONCE.values()))[0])
        course.rounds.append(_kill(platform, chance, count))
        rests = len(course.rounds) % _REST_EVERY == 0
        time.sleep(_REST if rests else chance.uniform(*_BETWEEN_KILLS))
    time.sleep(_LAST)
    course.ended = time.time()
    return course


def _kill(platform: Platform, chance: random.Random, count: int) -> list[Kill]:
    """Up to `count` different processes at the same moment; at least one."""
    killed: list[tuple[str, int, float]] = []
    while not killed:
        running = platform.processes()
        for name in _choose(list(running), chance, count):
            at = time.time()
            if hurting.kill(_one_of(running[name], chance)):
                killed.append((name, running[name], at))
        time.sleep(0 if killed else 0.1)  # all of them were down just now
    # A dead worker's claims stand until their lease runs out, whenever one counts them.
    kills = [Kill(name, at, ledger.in_flight(platform, pid)) for name, pid, at in killed]
    told = ", ".join(f"{kill.name} ({kill.in_flight})" for kill in kills)
    print(f"  kill -9, with messages in flight: {told}", flush=True)
    return kills


def _choose(names: Sequence[str], chance: random.Random, count: int) -> list[str]:
    weights = [_TARGETS[name.partition("-")[0]] for name in names]
    chosen: dict[str, None] = {}
    while len(chosen) < min(count, len(names)):
        chosen[chance.choices(names, weights)[0]] = None
    return list(chosen)


def _one_of(pid: int, chance: random.Random) -> int:
    """The process, or of the web server now and then only the worker that it started."""
    return chance.choice([pid, *hurting.children(pid)])
