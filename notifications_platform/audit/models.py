"""The one append-only trail of all systems: who changed what, when, why."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class Actor(models.TextChoices):
    CLIENT = "client"
    STAFF = "staff"
    SYSTEM = "system"


class Entry(models.Model):
    """One change of mind. Never updated, never deleted; holds no personal data."""

    at = models.DateTimeField(help_text="Business time, UTC.")
    actor_kind = models.CharField(max_length=8, choices=Actor)
    actor = models.CharField(max_length=200, help_text="Client name, staff user name or task.")
    action = models.CharField(max_length=80, help_text="System and verb: orders.cancel")
    subject_kind = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=80)
    correlation_id = models.CharField(max_length=128, blank=True)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    reason = models.TextField(blank=True)
    detail = models.JSONField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            # The history of one subject, as its page in the back office shows it.
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_of_subject"),
            # What one member of the staff did, newest first.
            models.Index(
                fields=["actor", "id"], name="audit_of_staff", condition=Q(actor_kind="staff")
            ),
            # A period of the trail; rows come in the order of time, so a summary per block does.
            BrinIndex(fields=["at"], name="audit_by_time", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_kind} {self.subject_id}"
