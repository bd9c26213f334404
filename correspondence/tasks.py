"""Wake-ups of the correspondence app. Each may run any number of times at once, or not at all."""

from celery import shared_task

from correspondence import delivery_check, due_dates, publishing
from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import awake

_publishing, _checking = Gate(), Gate()


@shared_task(name="correspondence.publish", acks_late=True)
def publish() -> None:
    """Publish what is due and ready."""
    awake("correspondence.publish")
    _publishing.run(lambda: publishing.publish_due(now=clock.now()))


@shared_task(name="correspondence.check_deliveries", acks_late=True)
def check_deliveries() -> None:
    """Tell senders what became of notifications."""
    awake("correspondence.check_deliveries")
    _checking.run(lambda: delivery_check.check(now=clock.now()))


@shared_task(name="correspondence.look_at_due", acks_late=True)
def look_at_due() -> None:
    """Tell of letters that should have been read or confirmed by now."""
    due_dates.look_at_due(now=clock.now())
