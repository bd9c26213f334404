"""Kill processes of the real platform under load, then count every message.

Each recipient has an address of its own and the sinks keep what they receive, so what was
accepted (202) is compared with what arrived, message by message. What must hold:

- nothing accepted is lost;
- what arrived twice was in flight at a kill: its row shows an attempt left "unknown";
- in the end nothing is left claimed or waiting, and every order is completed;
- after each kill the platform is back to full speed within 15 s.

"""

import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import ledger
from benchmarks.faults.outcome import Outcome
from benchmarks.ledger import Ledger
from benchmarks.load import quantile
from benchmarks.orderer import Orderer
from benchmarks.platform import Platform, running_platform, running_sinks

LEASE_SECONDS = 5
BACK_WITHIN = 15.0
_WARM_UP = 5.0
_BETWEEN_KILLS = (2.0, 6.0)
# Those who hold messages are hurt most often.
_TARGETS = {"send": 5, "lifecycle": 2, "web": 2, "beat": 1}
_SETTLE_SECONDS = 180.0
_WINDOW = 0.5
_FULL_SPEED = 0.5


@dataclass(frozen=True, slots=True)
class Kill:
    """`at` is in seconds since 1970, `in_flight` how many messages the process held then."""

    name: str
    at: float
    in_flight: int


@dataclass(slots=True)
class _Run:
    kills: Sequence[Kill]
    ledger: Ledger
    pauses: list[float] = field(default_factory=list)

    def broken(self) -> list[str]:
        found = self.ledger
        promises = {
            f"{len(found.lost)} accepted messages are lost": not found.lost,
            f"{len(found.invented)} messages nobody ordered arrived": not found.invented,
            f"{len(found.unexplained)} arrived twice without a trace": not found.unexplained,
            f"{len(found.repeated)} duplicates, more than were in flight": len(found.repeated)
            <= sum(kill.in_flight for kill in self.kills),
            f"{found.open_messages} messages and {found.open_orders} orders never ended": not (
                found.open_messages or found.open_orders
            ),
            f"not back to full speed for {max(self.pauses, default=0):.1f} s": max(
                self.pauses, default=0
            )
            <= BACK_WITHIN,
        }
        return [broken for broken, holds in promises.items() if not holds]


def _run(*, kills: int, seed: int) -> _Run:
    chance = random.Random(seed)
    settings = {"DELIVERY_LEASE_SECONDS": str(LEASE_SECONDS), "WORKERS": "1"}
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_platform(sinks, **settings) as platform,
    ):
        with Orderer(platform) as orderer:
            time.sleep(_WARM_UP)
            done = [_kill_one(platform, chance) for _ in range(kills)]
            time.sleep(_WARM_UP)
        _wait_until_settled(platform)
        arrivals = [at for at, _, _ in sinks.mail.kept()]
        return _Run(done, ledger.compare(platform, orderer), _pauses(done, arrivals))


def _kill_one(platform: Platform, chance: random.Random) -> Kill:
    time.sleep(chance.uniform(*_BETWEEN_KILLS))
    while True:
        target = chance.choices(list(_TARGETS), list(_TARGETS.values()))[0]
        running = platform.processes()
        name = chance.choice([name for name in running if name.startswith(target)])
        at = time.time()
        if _kill(running[name], chance):
            kill = Kill(name, at, ledger.in_flight(platform, running[name]))
            print(f"  kill -9 {name}, {kill.in_flight} messages in flight", flush=True)
            return kill
        time.sleep(0.2)  # it was down just now


def _kill(pid: int, chance: random.Random) -> bool:
    """The process, or of the web server now and then only the worker it started."""
    children = _children(pid)
    try:
        os.kill(chance.choice([pid, *children]), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _wait_until_settled(platform: Platform) -> None:
    deadline = time.monotonic() + _SETTLE_SECONDS
    while ledger.unsettled(platform) and time.monotonic() < deadline:
        time.sleep(1)


def _pauses(kills: Sequence[Kill], arrivals: Sequence[float]) -> list[float]:
    """How long after each kill it took until mail flowed again, at half the usual rate at least:
    on a busy machine the rate swings by itself.
    """
    per_window = Counter(int(at / _WINDOW) for at in arrivals)
    last = int(arrivals[-1] / _WINDOW)
    usual = quantile(list(per_window.values()), 0.5)
    pauses = []
    for kill in kills:
        window = int(kill.at / _WINDOW) + 1
        while window < last and per_window[window] < usual * _FULL_SPEED:
            window += 1
        pauses.append(max(0.0, window * _WINDOW - kill.at))
    return pauses


def measure(*, short: bool, seed: int) -> Outcome:
    run = _run(kills=5 if short else 200, seed=seed)
    found, pauses = run.ledger, run.pauses
    figures = {
        "kills": len(run.kills),
        "killed": dict(Counter(kill.name for kill in run.kills)),
        "accepted": found.accepted,
        "without_answer": found.without_answer,
        "arrived": found.arrived,
        "failed": found.failed,
        "lost": len(found.lost),
        "duplicates": len(found.repeated),
        "in_flight_at_kills": sum(kill.in_flight for kill in run.kills),
        "attempts_left_unknown": found.unknown_attempts,
        "pause_median_s": round(quantile(pauses, 0.5), 1) if pauses else 0,
        "pause_longest_s": round(max(pauses, default=0), 1),
    }
    return Outcome(row="kills", figures=figures, broken=run.broken())
