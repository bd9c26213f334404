"""Cancelling or resending many at once (contract 7)."""

from django.db import models
from django.db.models import Q

from enrollment.states import BulkState, Kind, Source
from notifications_platform.core.ids import uuid7


class BulkOperation(models.Model):
    """One sweeping change, done in chunks of a transaction each; the counts grow with them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=6, choices=Kind)
    client = models.CharField(max_length=300, blank=True, help_text="Empty: of every client.")
    actor = models.CharField(max_length=300)
    source = models.CharField(max_length=6, choices=Source)
    filter = models.TextField(blank=True, help_text="A `q` that narrows it; empty: all failed.")
    reason = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=11, choices=BulkState, default=BulkState.RUNNING)
    started_at = models.DateTimeField()
    active_at = models.DateTimeField(help_text="When its last chunk was done, real time.")
    ended_at = models.DateTimeField(null=True)
    last_client = models.CharField(
        max_length=300, blank=True, help_text="It has come as far as this client's …"
    )
    last_id = models.BigIntegerField(default=0, help_text="… notification of this id.")
    by_worker = models.BooleanField(
        default=False, help_text="Nobody waits for it; workers carry it on until it is done."
    )
    changed_count = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(name="enrollment_bulk_of_client", fields=["client", "id"]),
            # Those whose process died.
            models.Index(
                name="enrollment_bulk_running",
                fields=["active_at"],
                condition=Q(state=BulkState.RUNNING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
