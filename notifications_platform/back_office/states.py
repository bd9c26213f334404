"""How far a batch has come, and what came of each of its rows."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from notifications_platform.core.states import StateMachine


class BatchState(models.TextChoices):
    RUNNING = "running", _("running")
    DONE = "done", _("done")


class Outcome(models.TextChoices):
    OPEN = "", _("not yet")
    DONE = "done", _("done")
    REFUSED = "refused", _("refused")


BATCH: StateMachine[BatchState] = StateMachine(
    {BatchState.RUNNING: {BatchState.DONE}, BatchState.DONE: set()}
)
