"""Wake-ups of the back office. Each may run any number of times at once, or not at all."""

from celery import shared_task

from notifications_platform.back_office import batches
from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import awake

_gate = Gate()


@shared_task(name=batches.TASK, acks_late=True)
def carry_on() -> None:
    """What staff have asked for of many rows, and nobody has carried out yet; and what is old."""
    awake(batches.TASK)
    if _gate.run(batches.carry_on_all):
        batches.hand_over()
    batches.prune(now=clock.now(), real=clock.real())
