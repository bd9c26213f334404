"""Wake-ups of the correspondence app. Each may run any number of times at once, or not at all."""

from collections.abc import Callable

from celery import shared_task

from correspondence import delivery_check, due_dates, expiring, publishing, verdicts
from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import awake

_publishing, _checking, _removing = Gate(), Gate(), Gate()
# A scan takes as long as its file is large: threads of a worker must be left for all else.
_scanning = Gate(room=2)


@shared_task(name="correspondence.publish", acks_late=True)
def publish() -> None:
    """Publish what is due and ready."""
    awake("correspondence.publish")
    _publishing.run(lambda: _as_long_as_any(publishing.publish_due))


@shared_task(name="correspondence.check_deliveries", acks_late=True)
def check_deliveries() -> None:
    """Tell senders what became of notifications."""
    awake("correspondence.check_deliveries")
    _checking.run(lambda: _as_long_as_any(delivery_check.check))


@shared_task(name="correspondence.look_at_due", acks_late=True)
def look_at_due() -> None:
    """Tell of letters that should have been read or confirmed by now."""
    _as_long_as_any(due_dates.look_at_due)


@shared_task(name="correspondence.scan", acks_late=True)
def scan() -> None:
    """Look through what was uploaded."""
    awake("correspondence.scan")
    _scanning.run(lambda: _as_long_as_any(verdicts.scan_next))


@shared_task(name="correspondence.expire", acks_late=True)
def expire() -> None:
    """Attachments whose time is over, and uploads that died."""
    _as_long_as_any(expiring.expire)
    _as_long_as_any(expiring.give_up_uploads)


@shared_task(name="correspondence.remove", acks_late=True)
def remove() -> None:
    """Remove the bytes of attachments that are gone."""
    awake("correspondence.remove")
    _removing.run(lambda: _as_long_as_any(expiring.remove_bytes))


@shared_task(name="correspondence.remove_orphans", acks_late=True)
def remove_orphans() -> None:
    """Remove bytes that belong to no attachment."""
    expiring.remove_orphans()


def _as_long_as_any(step: Callable[..., int]) -> int:
    done = 0
    while handled := step(now=clock.now()):
        done += handled
    return done
