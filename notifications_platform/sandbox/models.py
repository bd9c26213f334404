"""Tables of the sandbox: the clock's offset, what sinks and receiver got, reports still to make."""

from datetime import timedelta

from django.db import models
from django.db.models.functions import Lower

from notifications_platform.core.ids import uuid7
from notifications_platform.delivery.states import Channel


class ClockOffset(models.Model):
    """One row at most; none means zero."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    ahead = models.DurationField(default=timedelta(0))

    class Meta:
        db_table = "sandbox_clock"
        constraints = [
            models.CheckConstraint(name="sandbox_has_one_clock", condition=models.Q(id=1))
        ]

    def __str__(self) -> str:
        return f"ahead by {self.ahead}"


class Received(models.Model):
    """One message as it came in over SMTP (`content` is MIME) or from the SMS gateway's XML
    (`content` is the text in UTF-8). `at` is business time; the id orders by arrival.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    channel = models.CharField(
        max_length=5, choices=[(Channel.EMAIL.value, "e-mail"), (Channel.SMS.value, "SMS")]
    )
    recipient = models.TextField()
    sender = models.TextField(blank=True)
    reference = models.TextField(blank=True)
    content = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_received"
        verbose_name_plural = "received messages"
        indexes = [
            models.Index(
                Lower("recipient"), models.F("id").desc(), name="sandbox_received_recipient"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.id}"


class PendingReport(models.Model):
    """A delivery report the SMS sink still owes the platform. `due_at` is real time."""

    id = models.BigAutoField(primary_key=True)
    reference = models.UUIDField()
    receiver = models.CharField(max_length=20)
    state = models.CharField(max_length=10)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_pending_report"
        indexes = [models.Index(fields=["due_at"], name="sandbox_report_due")]

    def __str__(self) -> str:
        return f"{self.state} {self.reference}"


class ReceivedWebhook(models.Model):
    """A call that the sandbox's receiver took; its signature was good. `at` is business time."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    name = models.CharField(max_length=50, help_text="Of the receiver: the end of its address.")
    webhook_id = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100, blank=True)
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "sandbox_received_webhook"
        indexes = [models.Index(fields=["name", "-id"], name="sandbox_webhook_by_name")]

    def __str__(self) -> str:
        return f"{self.name} {self.webhook_id}"
