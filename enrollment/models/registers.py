"""The register of `enrollment`: its clients (enrollment contract 8, runtime contract 4)."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import URLValidator
from django.db import models

from notifications_platform.registers.webhook_secrets import validate_webhook_secret


class EnrollmentClient(models.Model):
    client_id = models.CharField("client id", max_length=300, unique=True)
    name = models.CharField(max_length=300)
    grants = ArrayField(
        models.CharField(max_length=300),
        default=list,
        blank=True,
        help_text="The most it may do, whatever its token says; empty: no ceiling.",
    )
    delivery_url = models.CharField(
        "delivery URL",
        max_length=2000,
        blank=True,
        validators=[URLValidator(schemes=["http", "https"])],
        help_text="Where notifications go whose definition names no address of its own.",
    )
    signing_secret = models.CharField(
        max_length=200, blank=True, validators=[validate_webhook_secret]
    )

    class Meta:
        ordering = ["client_id"]

    def __str__(self) -> str:
        return self.client_id
