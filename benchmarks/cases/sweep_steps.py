"""Each step of the sweeps of cases, timed inside one process on the tables of a platform.

Runs in `manage.py shell`, told by benchmarks.cases.sweeps, and prints one line of JSON. Nobody
else may sweep meanwhile. Rows become due by the moment that a step is told, so that they are as
cold as a night has left them.
"""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from cases.lifecycle import erasing, expiring, queueing, reminding
from notifications_platform.core import clock

_ROUNDS = 20
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class _Step:
    """`nth` asks for the moment at which so many are due; `make_due` brings it about. A step
    counts what it handles, `each` rows of notifikasjoner a piece.
    """

    run: Callable[..., int]
    nth: str = ""
    make_due: str = ""
    each: int = 1


_DEADLINES = """
SELECT utgaar_at FROM cases_notifikasjon WHERE utgaar_at IS NOT NULL
ORDER BY utgaar_at LIMIT 1 OFFSET %s - 1
"""
_REMINDERS = """
SELECT tidspunkt FROM cases_paaminnelse WHERE fired_at IS NULL AND closed_at IS NULL
ORDER BY tidspunkt LIMIT 1 OFFSET %s - 1
"""
_NOTIFIKASJONER = """
SELECT hard_delete_at FROM cases_notifikasjon WHERE hard_delete_at IS NOT NULL
ORDER BY hard_delete_at LIMIT 1 OFFSET %s - 1
"""
# Saker are stored to go after their notifikasjoner; these go first, so that they take theirs.
_SAKER = """
UPDATE cases_sak SET hard_delete_at = now() WHERE id IN (
    SELECT id FROM cases_sak WHERE hard_delete_at IS NOT NULL ORDER BY hard_delete_at DESC
    LIMIT %s)
"""

STEPS: Mapping[str, _Step] = {
    "deadlines": _Step(expiring.expire, _DEADLINES),
    "reminders": _Step(reminding.fire, _REMINDERS),
    "notifikasjoner to erase": _Step(erasing.erase_due, _NOTIFIKASJONER),
    "saker to erase": _Step(erasing.erase_due, make_due=_SAKER, each=5),
    "contact points": _Step(queueing.queue_due),
}


def tell(*, next_due: int = 0, handled: int = 0) -> None:
    """Milliseconds with nothing due; rows a second for the next ones due, and for many."""
    due = {name: step for name, step in STEPS.items() if step.nth or step.make_due}
    if next_due or handled:
        for step in due.values():
            _rate(step, _WARM_UP)
    found = {
        "nothing_due": {name: _nothing_due(step) for name, step in STEPS.items()},
        "next_due": {name: _rate(step, next_due) for name, step in due.items() if next_due},
        "handled": {name: _rate(step, handled) for name, step in due.items() if handled},
    }
    print(json.dumps(found))


def _nothing_due(step: _Step) -> float:
    """The median of some; the first one opens the connection."""
    times = []
    for _ in range(_ROUNDS + 1):
        began = time.perf_counter()
        assert step.run(now=clock.now()) == 0, "something was due"
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times[1:]), 2)


def _rate(step: _Step, rows: int) -> float:
    """Notifikasjoner a second, batch by batch as the sweep does it."""
    wanted = rows // step.each
    now = _due(step, wanted)
    done, began = 0, time.perf_counter()
    while done < wanted:
        handled = step.run(now=now)
        assert handled, f"{done} of {wanted} were due"
        done += handled
    return round(done * step.each / (time.perf_counter() - began), 1)


def _due(step: _Step, wanted: int) -> datetime:
    with connection.cursor() as cursor:
        if step.make_due:
            cursor.execute(step.make_due, [wanted])
            return clock.now()
        cursor.execute(step.nth, [wanted])
        moment = cursor.fetchone()
    assert moment, "there are too few rows left"
    found: datetime = moment[0]
    return found
