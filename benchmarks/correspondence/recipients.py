"""How fast a letter to 500 recipients is taken, each with a notification order.

Over HTTP with everything on: token, rules, registers, look-ups, events, trail, durable commit.
Beside it, in turns, `bulk_create` of the very rows that such a letter has left.
"""

import subprocess
import sys

from benchmarks.correspondence import calls
from benchmarks.load import Loads, closed_loop
from benchmarks.platform import Platform, running_platform, running_sinks
from benchmarks.report import Finding
from notifications_platform.runtime.state import ROOT

RECIPIENTS = 500
_LEAST = 0.5


def measure(*, short: bool) -> list[Finding]:
    with running_sinks() as sinks, running_platform(sinks) as platform:
        return [measure_on(platform, short=short)]


def measure_on(platform: Platform, *, short: bool) -> Finding:
    numbers = calls.organizations(RECIPIENTS)
    calls.register(platform, numbers)
    letters = calls.letters(calls.token(platform), numbers)
    loads, limits = Loads(), []
    for number in range(2 if short else 9):
        load = closed_loop(platform.address, [next(letters)], connections=1, seconds=0)
        limit = _limit(platform)
        if number:  # the first one warms up
            loads.add(load)
            limits.append(RECIPIENTS / limit)
    return Finding(
        f"letter to {RECIPIENTS}",
        "recipients/s",
        [RECIPIENTS / seconds for seconds in loads.latencies],
        limits=limits,
        limit_name="bulk_create of its rows",
        least=_LEAST,
        broken=_broken(platform, loads),
        extra=loads.latency(),
    )


def _limit(platform: Platform) -> float:
    """Seconds for the rows of the newest letter; the first of two goes is a warm-up."""
    with platform.connect() as connection:
        (letter,) = connection.execute(
            "SELECT id FROM correspondence_letter ORDER BY id DESC LIMIT 1"
        ).fetchone() or ("",)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.limits.letter", str(letter), "2"],
        cwd=ROOT,
        env={**platform.environment, **platform.shared},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.split()[-1])


_LEFT = """
SELECT count(*), count(*) FILTER (WHERE notification.result = 'Success')
FROM correspondence_correspondence AS one
JOIN correspondence_letternotification AS notification ON notification.correspondence_id = one.id
JOIN orders_order ON orders_order.id = notification.order_id
WHERE one.letter_id = (SELECT id FROM correspondence_letter ORDER BY id DESC LIMIT 1)
"""


def _broken(platform: Platform, loads: Loads) -> list[str]:
    with platform.connect() as connection:
        left = connection.execute(_LEFT).fetchone()
    broken = [f"answered {dict(loads.refused)}"] if loads.refused else []
    if left != (RECIPIENTS, RECIPIENTS):
        broken.append(f"of {RECIPIENTS} orders there are {left}, all and with an address")
    return broken
