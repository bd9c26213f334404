"""Wake-ups of the orders app. Each may run any number of times at once, or not at all."""

from celery import shared_task

from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import awake
from orders import processing

# Owners who take long over their conditions must not hold all threads of a worker, which also
# sends and sweeps.
_gate = Gate(room=4)


@shared_task(name="orders.sweep_due", acks_late=True)
def sweep_due() -> None:
    """Process the orders whose time has come."""
    awake("orders.sweep_due")
    _gate.run(lambda: processing.process_due(now=clock.now()))


@shared_task(name="orders.recover", acks_late=True)
def recover() -> None:
    """Take back orders whose worker died."""
    processing.recover(real=clock.real(), now=clock.now())
