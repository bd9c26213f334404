"""One client with a million waiting messages, another that orders single ones all the while.

Half of the million are large orders, half small ones in the same lane as the single messages.
All are placed over HTTP while mail is switched off; then it is switched on, and while the
workers drain them the other client's messages leave within seconds. Nobody waits until all of
the million have left.
"""

import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.faults.calling import Caller, another_client, number, wait
from benchmarks.faults.outcome import Outcome
from benchmarks.faults.pulse import Pulse, spread
from benchmarks.load import quantile
from benchmarks.platform import Platform, running_platform, running_sinks

_LARGE = 10_000
_SMALL = 100  # up to so many an order is not bulk
_CALLERS = 4
_WITHIN_P95 = 3.0
_WITHIN = 10.0
_WAITING = "SELECT count(*) FROM delivery_message WHERE state IN ('queued', 'claimed')"


def measure(*, short: bool, seed: int) -> Outcome:  # noqa: ARG001 nothing is left to chance
    messages, seconds = (20_000, 6) if short else (1_000_000, 90)
    with (
        tempfile.TemporaryDirectory(prefix="notifications-platform-faults-") as folder,
        running_sinks(keep_in=Path(folder)) as sinks,
        running_platform(sinks) as platform,
    ):
        other = another_client(platform, "skd")
        _switch_mail(platform, off=True)
        filled = _fill(platform, messages)
        with Pulse(platform, "/email", sinks.mail, token=other) as pulse:
            wait(lambda: len(pulse.placed) > 3, "the first single messages", seconds=30)
            early = dict(pulse.placed)
            _switch_mail(platform, off=False)
            time.sleep(seconds)
            drained, still = sinks.mail.taken() / seconds, number(platform, _WAITING)
        wait(lambda: not pulse.missing(), "the last single message", seconds=60, pause=1)
        alone = _latencies(pulse, early)
    p95, longest = quantile(alone, 0.95), max(alone)
    figures = {
        "waiting": messages,
        "placed_and_made_in_s": round(filled),
        "single_messages": len(alone),
        "took": spread(alone),
        "answered_in": spread(pulse.answered_in),
        "drained_meanwhile_per_s": round(drained),
        "still_waiting_after": still,
    }
    promises = {
        "all had left before the other client was through": still > 0,
        f"p95 of the other client's messages is {p95:.1f} s": p95 <= _WITHIN_P95,
        f"one took {longest:.1f} s": longest <= _WITHIN,
    }
    broken = [promise for promise, holds in promises.items() if not holds]
    return Outcome(row="two-clients", figures=figures, broken=broken)


def _latencies(pulse: Pulse, waited: dict[str, float]) -> list[float]:
    """Without those that waited until mail was switched on."""
    for address in waited:
        del pulse.placed[address]
    return pulse.latencies()


def _fill(platform: Platform, messages: int) -> float:
    """Until all are messages; seconds."""
    began = time.monotonic()
    sizes = [_LARGE] * (messages // 2 // _LARGE) + [_SMALL] * (messages // 2 // _SMALL)
    shares = [list(enumerate(sizes))[at::_CALLERS] for at in range(_CALLERS)]

    def place(share: list[tuple[int, int]]) -> None:
        caller = Caller(platform)
        for order, size in share:
            recipients = [{"emailAddress": f"m{order}-{one}@faults.example"} for one in range(size)]
            caller.order({"subject": "Alle", "body": "Hei!", "recipients": recipients}, "/email")
        caller.close()

    with ThreadPoolExecutor(_CALLERS) as pool:
        list(pool.map(place, shares))
    wait(lambda: number(platform, _WAITING) >= messages, "making messages", seconds=600, pause=1)
    return time.monotonic() - began


def _switch_mail(platform: Platform, *, off: bool) -> None:
    with platform.connect() as connection:
        connection.execute(
            """
            INSERT INTO delivery_provider
                (channel, name, switched_off, switched_off_by, switched_off_because, failures,
                 last_answer)
            VALUES ('email', %s, %s, 'faults', '', 0, '')
            ON CONFLICT (name) DO UPDATE SET switched_off = excluded.switched_off
            """,
            [f"smtp:127.0.0.1:{platform.sinks.mail.port}", off],
        )
