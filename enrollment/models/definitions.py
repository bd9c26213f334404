"""What a client wants to be told of, and where (contract 4.6)."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from enrollment.states import EmitNotification, HttpMethod


class BusinessEventDefinition(models.Model):
    """One that a client has defined itself; those that every client starts with are not rows."""

    client = models.CharField(max_length=300)
    code = models.CharField(max_length=30)
    descr = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="enrollment_business_event_code", fields=["client", "code"]
            )
        ]

    def __str__(self) -> str:
        return self.code


class NotificationDefinition(models.Model):
    """Which business events become notifications, and how those are delivered."""

    client = models.CharField(max_length=300)
    code = models.CharField(max_length=30)
    descr = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    business_event_definition_codes = ArrayField(models.CharField(max_length=30))
    emit_notification = models.CharField(
        max_length=13, choices=EmitNotification, default=EmitNotification.POST_APPROVAL
    )
    endpoint_url = models.TextField(
        "endpoint URL", blank=True, help_text="Empty: the client's own, from the register."
    )
    http_method = models.CharField(
        "HTTP method", max_length=4, choices=HttpMethod, default=HttpMethod.POST
    )
    retry_schedule = ArrayField(
        models.PositiveIntegerField(),
        null=True,
        help_text="Seconds before the first, second … retry; null: the platform's schedule.",
    )
    signing_secret = models.CharField(max_length=200, blank=True)
    # The latest first, with a blank between them.
    former_secret = models.CharField(max_length=200, blank=True)
    former_secret_until = models.DateTimeField(
        null=True, help_text="Until then it signs beside the new one."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="enrollment_definition_code", fields=["client", "code"]),
            models.CheckConstraint(
                name="enrollment_former_secret_ends",
                condition=Q(former_secret="", former_secret_until__isnull=True)
                | (~Q(former_secret="") & Q(former_secret_until__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def former_secrets_at(self, now: datetime) -> list[str]:
        """Those that still sign beside the new one, the latest first."""
        until = self.former_secret_until
        return self.former_secret.split() if until and now < until else []
