"""Wake-ups of the engine. Each may run any number of times at once, or not at all."""

from celery import shared_task

from notifications_platform.core import clock
from notifications_platform.core.jobs import awake, wake
from notifications_platform.core.metrics import LAST_SWEEP
from notifications_platform.delivery import (
    draining,
    erasing,
    line,
    receipts,
    stopping,
    sweeping,
    tallying,
)
from notifications_platform.delivery.states import Channel


@shared_task(name="delivery.drain", acks_late=True)
def drain(channel: str) -> None:
    """Send what is due on `channel`."""
    awake("delivery.drain", channel)
    draining.drain(Channel(channel))


@shared_task(name="delivery.sweep", acks_late=True)
def sweep() -> None:
    """Expire, line up, take back and wake; every SWEEP_SECONDS."""
    now, real = clock.now(), clock.real()
    sweeping.each(
        lambda: sweeping.repeat(lambda: sweeping.expire(now=now)),
        lambda: sweeping.repeat(stopping.bring_back),
        lambda: sweeping.repeat(lambda: sweeping.line_up(now=now, real=real)),
        lambda: sweeping.repeat(lambda: sweeping.reclaim(real=real, now=now)),
        lambda: sweeping.repeat(lambda: receipts.settle(now=now)),
        lambda: receipts.lay_aside(now=now),
        lambda: sweeping.repeat(erasing.erase_what_became_final, erasing.BATCH),
        lambda: line.forget_turns(real=real),
        lambda: sweeping.repeat(tallying.add_up),
        lambda: tallying.forget(now=now),
        _wake_drains,
    )
    LAST_SWEEP.labels("delivery.sweep").set(clock.real().timestamp())


def _wake_drains() -> None:
    for channel in {channel for channel, _ in line.heads()}:
        wake("delivery.drain", channel)
