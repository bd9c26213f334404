"""Events, stored with the change they tell of (contract 9)."""

from django.db import models

from notifications_platform.core.ids import uuid7


class Event(models.Model):
    """A CloudEvent. `about` is the kind of thing its `resource_instance` is."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    type = models.CharField(max_length=100, help_text="Without the common prefix.")
    time = models.DateTimeField()
    about = models.CharField(max_length=20, help_text="correspondence, attachment, notification")
    resource_id = models.CharField(max_length=255)
    resource_instance = models.UUIDField()
    subject = models.CharField(max_length=300, help_text="The party, a urn.")
    service_owner = models.CharField(max_length=63)
    correlation_id = models.CharField(max_length=128, blank=True)
    queued = models.BooleanField(default=False, help_text="Sent on as a webhook.")

    class Meta:
        indexes = [
            models.Index(name="event_of_instance", fields=["resource_instance", "id"]),
            models.Index(name="event_of_owner", fields=["service_owner", "id"]),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.resource_instance}"
