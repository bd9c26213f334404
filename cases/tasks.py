"""Wake-ups of the cases app. Each may run any number of times at once, or not at all."""

from collections.abc import Callable

import structlog
from celery import shared_task

from cases.lifecycle import erasing, expiring, queueing, reminding
from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import awake
from notifications_platform.core.metrics import LAST_SWEEP

log = structlog.get_logger(__name__)

# A reminder goes before the deadline of the same oppgave, if both were missed: it came first.
_STEPS = (reminding.fire, expiring.expire, queueing.queue_due, erasing.erase_due)
_gate = Gate()


@shared_task(name="cases.sweep", acks_late=True)
def sweep() -> None:
    """Deadlines, reminders, look-ups of contact points, deletions; every SWEEP_SECONDS."""
    awake("cases.sweep")
    _gate.run(_sweep)


def _sweep() -> int:
    done = sum(_all_due(step) for step in _STEPS)
    LAST_SWEEP.labels("cases.sweep").set(clock.real().timestamp())
    return done


def _all_due(step: Callable[..., int]) -> int:
    """What one step cannot do must not keep the others from being done."""
    done, now = 0, clock.now()
    try:
        while handled := step(now=now):
            done += handled
    except Exception:
        log.exception("cases.sweep_failed", step=step.__name__)
    return done
