"""The broker dies, forgets everything, stands still, crawls, or takes nothing more, under load.

It carries wake-ups only. So orders must be accepted all along, as fast as a client may expect;
nothing may be lost or sent twice, for no process of ours died; and what was ordered meanwhile,
its wake-up lost, must leave by the sweep within 15 s of the broker's return.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from benchmarks import ledger
from benchmarks.faults import hurting, promises
from benchmarks.faults.arrivals import Arrivals
from benchmarks.faults.outcome import Outcome
from benchmarks.load import quantile
from benchmarks.orderer import Offer, Orderer
from benchmarks.platform import Platform, running_platform, running_sinks

_WARM_UP = 2.0
_BETWEEN = (0.2, 1.0)
_ACCEPT_WITHIN = 2.0
_GIVE_UP = 30.0
# Longer than the platform waits for any answer of the broker.
_STANDS_STILL = 6.0
_LASTS = (1.0, 4.0)
_LONG_AWAY = 40.0
_RETURNS_WITHIN = 20.0
# A crawl: it runs a quarter of the time.
_STOPPED, _RUNNING = 0.3, 0.1


@dataclass(frozen=True, slots=True)
class _Hurt:
    """`resumed` is in seconds from the broker's return; None: not in time."""

    way: str
    resumed: float | None


@contextmanager
def _killed(platform: Platform, _seconds: float) -> Iterator[None]:
    """Its data are on disk, but what it said last may not be; it is back at once."""
    hurting.kill(hurting.broker(platform))
    yield
    _wait_for_broker(platform)


@contextmanager
def _gone(platform: Platform, seconds: float) -> Iterator[None]:
    """For a while nobody is there to start it again."""
    with hurting.suspended(platform.supervisor):
        hurting.kill(hurting.broker(platform))
        yield
        time.sleep(seconds)
    _wait_for_broker(platform)


@contextmanager
def _gone_for_long(platform: Platform, _seconds: float) -> Iterator[None]:
    """Until those who look for it look rarely."""
    with _gone(platform, _LONG_AWAY):
        yield


@contextmanager
def _flushed(platform: Platform, _seconds: float) -> Iterator[None]:
    _client(platform).flushall()
    yield
    _client(platform).flushall()


@contextmanager
def _still(platform: Platform, _seconds: float) -> Iterator[None]:
    with hurting.suspended(hurting.broker(platform)):
        yield
        time.sleep(_STANDS_STILL)


@contextmanager
def _slow(platform: Platform, seconds: float) -> Iterator[None]:
    pid, until = hurting.broker(platform), time.monotonic() + seconds
    with hurting.suspended(pid):
        yield
        time.sleep(_STOPPED)
    while time.monotonic() < until:
        time.sleep(_RUNNING)
        with hurting.suspended(pid):
            time.sleep(_STOPPED)


@contextmanager
def _full(platform: Platform, seconds: float) -> Iterator[None]:
    """It answers every write with an error; readers are served."""
    _client(platform).config_set("maxmemory", "1")
    try:
        yield
        time.sleep(seconds)
    finally:
        _client(platform).config_set("maxmemory", "0")


_WAYS: dict[str, Callable[[Platform, float], AbstractContextManager[None]]] = {
    "killed": _killed,
    "gone for a while": _gone,
    "flushed": _flushed,
    "standing still": _still,
    "slow": _slow,
    "full": _full,
    "gone for long": _gone_for_long,
}
_LONG = [way for way in _WAYS for _ in range(2 if way == "gone for long" else 4)]
_SHORT = ["gone for a while", "flushed", "full"]


def measure(*, short: bool, seed: int) -> Outcome:
    chance = random.Random(seed)
    ways = list(_SHORT if short else _LONG)
    chance.shuffle(ways)
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_platform(sinks, WORKERS="2") as platform,
    ):
        with Orderer(platform, Offer(bulk=200, most_waiting=200)) as orderer:
            time.sleep(_WARM_UP)
            arrivals = Arrivals(sinks.mail)
            done = [_hurt(platform, orderer, arrivals, way, chance) for way in ways]
        promises.settle(platform)
        found = ledger.compare(platform, orderer)
        # As the supervisor tells of each process it has to start again.
        ended = platform.log().count(" ended (code ")
    resumed = [hurt.resumed for hurt in done if hurt.resumed is not None]
    answers = [answer.seconds for answer in orderer.answers]
    figures = {
        "faults": dict(sorted(Counter(ways).items())),
        **promises.figures_of(found),
        "processes_that_ended": ended,
        "orders": len(answers),
        "accept_p99_s": round(quantile(answers, 0.99), 2),
        "accept_slowest_s": round(max(answers), 2),
        "resumed_median_s": round(quantile(resumed, 0.5), 1) if resumed else None,
        "resumed_longest_s": round(max(resumed, default=0.0), 1),
    }
    broken = [
        *promises.broken_in(found, in_flight=0),
        *([f"{ended} processes ended for want of a broker"] if ended else []),
        *_broken(orderer, done),
    ]
    return Outcome(row="broker", figures=figures, broken=broken)


def _broken(orderer: Orderer, done: list[_Hurt]) -> list[str]:
    refused = [answer for answer in orderer.answers if answer.status != 202]
    slowest = max(answer.seconds for answer in orderer.answers)
    late = [hurt for hurt in done if hurt.resumed is None or hurt.resumed > promises.BACK_WITHIN]
    promised = {
        f"{len(refused)} orders were not accepted": not refused,
        f"an order waited {slowest:.1f} s for its answer": slowest <= _ACCEPT_WITHIN,
    }
    return [broken for broken, holds in promised.items() if not holds] + [
        f"{hurt.way}: delivery went on only after {hurt.resumed or _GIVE_UP:.1f} s" for hurt in late
    ]


def _hurt(
    platform: Platform, orderer: Orderer, arrivals: Arrivals, way: str, chance: random.Random
) -> _Hurt:
    with _WAYS[way](platform, chance.uniform(*_LASTS)):
        time.sleep(0.5)
        placed = orderer.order_mails(1)
    returned = time.time()
    came = arrivals.wait_for(placed[1], seconds=_GIVE_UP) if placed else None
    resumed = None if came is None else max(0.0, came - returned)
    told = "never" if resumed is None else f"{resumed:.1f} s after its return"
    print(f"  broker {way}: what was ordered meanwhile came {told}", flush=True)
    time.sleep(chance.uniform(*_BETWEEN))
    return _Hurt(way, resumed)


def _wait_for_broker(platform: Platform) -> None:
    deadline = time.monotonic() + _RETURNS_WITHIN
    while True:
        try:
            _client(platform).ping()
        except redis.RedisError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _client(platform: Platform) -> "redis.Redis":
    return redis.Redis.from_url(platform.shared["REDIS_URL"], socket_timeout=5)
