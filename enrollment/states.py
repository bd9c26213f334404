"""States and choices of enrollment event notifications (enrollment contract 2, 3, 4.6, 7)."""

from django.db import models

from notifications_platform.core.states import StateMachine

# Under this name the engine's messages are ours.
OWNER = "enrollment"
# Under this kind a webhook's address names a definition.
TARGETS = "enrollment"


class Status(models.TextChoices):
    """As on the wire."""

    WAITING = "Waiting for policy approval"
    READY = "Ready"
    IN_PROCESS = "In process"
    SENT = "Sent"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


NOTIFICATION: StateMachine[Status] = StateMachine(
    {
        Status.WAITING: {Status.READY},
        Status.READY: {Status.IN_PROCESS},
        Status.IN_PROCESS: {Status.IN_PROCESS, Status.SENT, Status.FAILED},
        Status.SENT: set(),
        Status.FAILED: {Status.CANCELLED, Status.READY},
        Status.CANCELLED: set(),
    }
)
# What a newer notification makes obsolete; what a policy's revert does.
SUPERSEDED = (Status.READY, Status.WAITING, Status.IN_PROCESS, Status.FAILED)
REVERTED = (Status.READY, Status.WAITING)


class EmitNotification(models.TextChoices):
    PRE_APPROVAL = "PRE_APPROVAL"
    POST_APPROVAL = "POST_APPROVAL"


class HttpMethod(models.TextChoices):
    POST = "POST"
    PUT = "PUT"


class EventType(models.TextChoices):
    BUSINESS = "B"
    MESSAGE = "M"


class Action(models.TextChoices):
    """What a line of the history tells."""

    CREATED = "created"
    APPROVED = "approved"
    CLAIMED = "claimed"
    RETRIED = "retried"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    RESENT = "resent"
    OBSOLETED = "obsoleted"


class Source(models.TextChoices):
    API = "api"
    ADMIN = "admin"
    WORKER = "worker"
    SYSTEM = "system"


class Kind(models.TextChoices):
    """What is done to many at once."""

    CANCEL = "cancel"
    RESEND = "resend"


class BulkState(models.TextChoices):
    RUNNING = "running"
    DONE = "done"
    # It stopped in the middle; what it did stays done, and a repeat does the rest.
    INTERRUPTED = "interrupted"


BULK: StateMachine[BulkState] = StateMachine(
    {
        # One that was taken for dead may live, and finish.
        BulkState.RUNNING: {BulkState.DONE, BulkState.INTERRUPTED},
        BulkState.INTERRUPTED: {BulkState.DONE},
        BulkState.DONE: set(),
    }
)
