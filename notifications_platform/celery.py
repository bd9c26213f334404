"""Celery carries wake-ups and ids, never content (delivery contract 1).

Two queues: `lifecycle` (orders become messages, sweeps) and `send` (messages leave).
Its settings stand in settings.py under CELERY_.
"""

import os
from typing import Any, Self

import kombu
from celery import Celery
from celery.app.amqp import AMQP
from celery.signals import worker_ready

from notifications_platform.core import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")

_RECONNECT_SECONDS = 2


class SteadyConnection(kombu.Connection):
    """A worker's connection that outlives the loss of its broker.

    It looks for the broker every two seconds, for as long as it is away. Celery would look ever
    more rarely, up to half a minute apart, and has no setting for it: the platform would stand
    still for so long after the broker's return.
    """

    def ensure_connection(self, *args: Any, **options: Any) -> Self:
        steps = dict.fromkeys(("interval_start", "interval_max"), _RECONNECT_SECONDS)
        return super().ensure_connection(*args, **steps | options)

    def _do_close_transport(self) -> None:
        """Let the lost transport know us: channels still being cleared away ask it where the
        broker is, and without an answer an AttributeError ends the whole worker.
        """
        lost: Any = getattr(self, "_transport", None)  # the stubs do not know it
        super()._do_close_transport()
        if lost is not None:
            lost.client = self


class SteadyAMQP(AMQP):
    Connection = SteadyConnection


app = Celery("notifications_platform", amqp=SteadyAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def _settle(**_options: Any) -> None:
    garbage.settle()
