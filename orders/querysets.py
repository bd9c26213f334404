"""Reading orders. Every read by a client starts with `visible_to`."""

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5

from notifications_platform.identity.client import Client

if TYPE_CHECKING:
    from orders.models import Order  # noqa: F401  the text in QuerySet["Order"] names it


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, client: Client) -> "OrderQuerySet":
        """An order exists only for its creator; short names compare exactly."""
        return self.filter(creator=client.org)

    def due(self, now: datetime) -> "OrderQuerySet":
        """Waiting to be processed, and its time has come; oldest first."""
        return self.filter(due_at__isnull=False, due_at__lte=now).order_by("due_at")

    def abandoned(self, real: datetime) -> "OrderQuerySet":
        """In the hands of a worker whose lease ran out."""
        return self.filter(lease_until__isnull=False, lease_until__lt=real)

    def referred_to_as(self, senders_reference: str) -> "OrderQuerySet":
        """Exact match, oldest first; a blank reference is never found."""
        if not senders_reference.strip():
            return self.none()
        digest = hashlib.md5(senders_reference.encode(), usedforsecurity=False).hexdigest()
        return (
            self.alias(reference_digest=MD5("senders_reference"))
            .filter(~Q(senders_reference=""), reference_digest=digest)
            .filter(senders_reference=senders_reference)
            .order_by("created_at", "id")
        )
