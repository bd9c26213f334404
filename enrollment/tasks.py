"""Wake-ups of the enrollment app. Each may run any number of times at once, or not at all."""

from celery import shared_task

from enrollment import bulk
from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import awake

_gate = Gate()


@shared_task(name=bulk.TASK, acks_late=True)
def carry_on() -> None:
    """Bulk operations that are left to workers, and those that nobody carries on any more. A tick
    has its end, however much there is: the next one goes on where this one stopped.
    """
    awake(bulk.TASK)
    _gate.run(_tick)


def _tick() -> int:
    bulk.give_up(now=clock.now())
    return bulk.carry_on(now=clock.now())
