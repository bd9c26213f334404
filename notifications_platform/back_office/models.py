"""What the back office itself keeps: whose rows a member of the staff sees, and batches."""

from django.conf import settings
from django.db import models

from notifications_platform.back_office.batch_models import Batch, BatchRow
from notifications_platform.back_office.session_models import StaffSession

__all__ = ["Batch", "BatchRow", "Binding", "StaffSession"]


class Binding(models.Model):
    """A member of the staff sees this client's rows. Without any binding: everybody's."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bindings", db_index=False
    )
    client = models.CharField(max_length=300, help_text="As messages name it.")

    class Meta:
        constraints = [
            # Serves owned.clients_of(), too.
            models.UniqueConstraint(name="binding_once", fields=["user", "client"])
        ]

    def __str__(self) -> str:
        return self.client
