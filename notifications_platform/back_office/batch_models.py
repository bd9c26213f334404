"""What staff do to many rows at once: which rows were chosen, and what became of each."""

from django.db import models
from django.db.models import Q

from notifications_platform.back_office.states import BatchState, Outcome
from notifications_platform.core.ids import uuid7


class Batch(models.Model):
    """One verb for the rows that somebody chose, carried out row by row, each with its outcome in
    the same transaction: whoever dies leaves nothing half-known, and a worker goes on.

    Its id is made when the rows are shown, so that no choice is carried out twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    model = models.CharField(max_length=100, help_text="As app_label.model_name.")
    verb = models.CharField(max_length=30)
    user = models.CharField(max_length=150)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=7, choices=BatchState, default=BatchState.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "batch"
        verbose_name_plural = "batches"
        indexes = [
            # batches.carry_on_all(): those that are not at their end.
            models.Index(
                name="batch_running", fields=["id"], condition=Q(state=BatchState.RUNNING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.id}"


class BatchRow(models.Model):
    """One of them. A refusal's `words` are English, and name its `parameters` in braces."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, db_index=False, related_name="rows")
    number = models.PositiveIntegerField(help_text="Its place among those chosen.")
    row_id = models.CharField(max_length=64)
    outcome = models.CharField(max_length=7, choices=Outcome, blank=True, default="")
    words = models.TextField(blank=True)
    parameters = models.JSONField(null=True)

    class Meta:
        verbose_name = "row of a batch"
        verbose_name_plural = "rows of batches"
        constraints = [
            # Serves its page, too, and whoever carries it on.
            models.UniqueConstraint(name="batch_row_once", fields=["batch", "number"]),
        ]

    def __str__(self) -> str:
        return self.row_id
