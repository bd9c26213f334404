"""Cancelling against claiming, thousands of times.

In rounds over HTTP: orders due in a little more than five minutes are cancelled by eight
callers at once, and in the middle of it the sandbox clock jumps past their send time. Each
process sees that at a moment of its own, within half a second: while the one still cancels,
another one claims. Then in process: systems withdraw orders while workers make and send their
messages. What must hold:

- after a 200 nothing of that order is sent, after a 409 its message arrives once, and there is
  no third answer;
- nothing is both withdrawn and sent, and nothing neither;
- what nobody stopped arrives once.
"""

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.faults.calling import CLOCK_PATH, Answer, Caller, number, wait
from benchmarks.faults.outcome import Outcome
from benchmarks.platform import ORDERS_PATH, Platform, running_platform, running_sinks

_CALLERS = 8
_SYSTEMS = 4
_ROUND = 250
# Cancelling ends five minutes before the send time; until the jump there is room for all.
_AHEAD = timedelta(minutes=5, seconds=30)
_JUMP = timedelta(minutes=6)
_LONGEST_HEAD_START = 0.3
_CONFLICT = "https://tools.ietf.org/html/rfc9110#section-15.5.10"
_UNSETTLED = """
    SELECT (SELECT count(*) FROM orders_order
            WHERE status IN ('Registered', 'Processing', 'Processed'))
         + (SELECT count(*) FROM delivery_message WHERE state IN ('queued', 'claimed'))
"""


@dataclass(slots=True)
class _Cancels:
    """Answers by address; `late` are 200s that came after the clock had jumped."""

    answers: dict[str, Answer] = field(default_factory=dict)
    late: int = 0

    def answered(self, status: int) -> set[str]:
        return {address for address, (said, _) in self.answers.items() if said == status}

    def odd(self) -> list[str]:
        """Answers that no document names."""
        return [
            f"{status} {body}"
            for status, body in self.answers.values()
            if not (
                (status == 200 and body["processingStatus"]["status"] == "Cancelled")
                or (status == 409 and (body["status"], body["type"]) == (409, _CONFLICT))
            )
        ]


class _Rounds:
    def __init__(self, platform: Platform, chance: random.Random) -> None:
        self.cancels = _Cancels()
        self._platform, self._chance = platform, chance
        self._callers = [Caller(platform) for _ in range(_CALLERS)]
        # Makes the row that the jumps change.
        self._callers[0].advance_clock("PT1S")

    def run(self, name: str, orders: int) -> None:
        addresses = [f"{name}-{one}@faults.example" for one in range(orders)]
        with ThreadPoolExecutor(_CALLERS) as pool:
            placed = self._place(pool, addresses)
            jumped: list[float] = []
            jumping = pool.submit(self._jump, jumped)
            shares = [list(placed.items())[at :: _CALLERS - 1] for at in range(_CALLERS - 1)]
            done = pool.map(self._cancel, self._callers, shares, [jumped] * len(shares))
            self.cancels.late += sum(done)
            jumping.result()
        wait(lambda: not number(self._platform, _UNSETTLED), "the round's end", seconds=60)

    def _place(self, pool: ThreadPoolExecutor, addresses: Sequence[str]) -> dict[str, str]:
        _, clock = self._callers[0].call("GET", CLOCK_PATH)
        due = datetime.fromisoformat(clock["now"]) + _AHEAD
        shares = [addresses[at::_CALLERS] for at in range(_CALLERS)]

        def place(caller: Caller, share: Sequence[str]) -> dict[str, str]:
            return {address: caller.order(_order(address, due), "/email") for address in share}

        placed: dict[str, str] = {}
        for some in pool.map(place, self._callers, shares):
            placed |= some
        return placed

    def _cancel(
        self, caller: Caller, share: Iterable[tuple[str, str]], jumped: Sequence[float]
    ) -> int:
        late = 0
        for address, order_id in share:
            answer = caller.call("PUT", f"{ORDERS_PATH}/{order_id}/cancel")
            self.cancels.answers[address] = answer
            late += bool(jumped) and answer[0] == 200
        return late

    def _jump(self, jumped: list[float]) -> None:
        """As `manage.py clock` does; over HTTP the web process would be the first to know."""
        time.sleep(self._chance.uniform(0, _LONGEST_HEAD_START))
        with self._platform.connect() as connection:
            connection.execute("UPDATE sandbox_clock SET ahead = ahead + %s", [_JUMP])
        jumped.append(time.monotonic())


def _order(address: str, due: datetime) -> dict[str, Any]:
    return {
        "subject": "Nytt brev",
        "body": "Hei!",
        "requestedSendTime": due.isoformat(),
        "recipients": [{"emailAddress": address}],
    }


@dataclass(slots=True)
class _Withdrawals:
    kept: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)

    def run(self, platform: Platform, orders: int, seed: int) -> None:
        """In several processes at once."""

        def withdraw(system: int) -> str:
            call = f"withdrawing.run(orders={orders // _SYSTEMS}, name='w{system}', seed={seed})"
            script = f"from benchmarks.faults import withdrawing; {call}"
            return platform.manage("shell", "--no-imports", "-c", script)

        with ThreadPoolExecutor(_SYSTEMS) as pool:
            for said in pool.map(withdraw, range(_SYSTEMS)):
                done = json.loads(said.splitlines()[-1])
                self.kept |= set(done["kept"])
                self.withdrawn |= set(done["withdrawn"])
        wait(lambda: not number(platform, _UNSETTLED), "the withdrawals' end", seconds=60)


def _outcomes(platform: Platform) -> dict[str, str]:
    """What the rows say became of each address: `cancelled`, `withdrawn`, `sent` or else."""
    query = """
        SELECT recipients->0->>'emailAddress',
               CASE WHEN status = 'Cancelled' THEN 'cancelled'
                    WHEN reason = 'withdrawn' THEN 'withdrawn' ELSE coalesce(state, status) END
        FROM orders_order LEFT JOIN delivery_message
            ON owner_id = orders_order.id
    """
    with platform.connect() as connection:
        return dict(connection.execute(query).fetchall())


def _broken(
    cancels: _Cancels,
    withdrawals: _Withdrawals,
    outcomes: Mapping[str, str],
    arrived: Mapping[str, int],
) -> list[str]:
    stopped = {one for one, outcome in outcomes.items() if outcome in {"cancelled", "withdrawn"}}
    going = set(outcomes) - stopped
    sent_after_200 = cancels.answered(200) & set(arrived)
    odd = cancels.odd()
    promises = {
        f"{len(sent_after_200)} messages arrived after a 200": not sent_after_200,
        f"{len(odd)} answers are neither 200 nor 409, as {odd[:1]}": not odd,
        "a cancel that got its 200 is not cancelled": all(
            outcomes[one] == "cancelled" for one in cancels.answered(200)
        ),
        "a cancel that got its 409 did not arrive": cancels.answered(409) <= set(arrived),
        f"{len(stopped & set(arrived))} were both stopped and sent": not stopped & set(arrived),
        f"{len(going - set(arrived))} were neither stopped nor sent": going <= set(arrived),
        "orders that nobody stopped were stopped": withdrawals.kept <= going,
        "something arrived twice": max(arrived.values(), default=0) <= 1,
    }
    return [promise for promise, holds in promises.items() if not holds]


def measure(*, short: bool, seed: int) -> Outcome:
    chance = random.Random(seed)
    orders = 250 if short else 5_000
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        # Sweeps follow the jumps quickly, so that claims come while others still cancel.
        running_platform(sinks, SWEEP_SECONDS="0.2") as platform,
    ):
        rounds = _Rounds(platform, chance)
        for turn, _ in enumerate(range(0, orders, _ROUND)):
            rounds.run(f"c{turn}", _ROUND)
        withdrawals = _Withdrawals()
        # A fifth of them is not withdrawn.
        withdrawals.run(platform, orders * 5 // 4, seed)
        outcomes = _outcomes(platform)
        arrived = Counter(address for _, address, _ in sinks.mail.kept())
        broken = _broken(rounds.cancels, withdrawals, outcomes, arrived)
    refusals = Counter(
        body["detail"] for _, body in rounds.cancels.answers.values() if "detail" in body
    )
    became = Counter(outcomes[address] for address in withdrawals.withdrawn)
    figures = {
        "cancels": len(rounds.cancels.answers),
        "answered_200": len(rounds.cancels.answered(200)),
        "of_these_after_the_jump": rounds.cancels.late,
        "answered_409": dict(refusals),
        "sent_after_200": len(rounds.cancels.answered(200) & set(arrived)),
        "withdrawals": len(withdrawals.withdrawn),
        "withdrawn_became": dict(became),
        "not_withdrawn": len(withdrawals.kept),
        "arrived": len(arrived),
    }
    return Outcome(row="cancel", figures=figures, broken=broken)
