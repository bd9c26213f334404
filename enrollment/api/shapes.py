"""Bodies of the requests, for the served schema; `enrollment.requests` reads them. Where a member
may be left out, null stands for that; only what sweeps must be said outright.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

Shape = serializers.Serializer[Any]


def _text(help_text: str = "", most: int | None = None) -> serializers.CharField:
    return serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=most,
        help_text=help_text or None,
    )


def _truth(help_text: str, *, null: bool = True) -> serializers.BooleanField:
    return serializers.BooleanField(required=False, allow_null=null, help_text=help_text)


# --- search --------------------------------------------------------------------------------
class SearchResourceShape(Shape):
    q = _text("Criteria.", 10_000)
    offset = serializers.IntegerField(required=False, allow_null=True, min_value=0)
    limit = serializers.IntegerField(required=False, allow_null=True, min_value=1)
    orderBy = _text("Comma list of `property` or `property:desc`.")
    totalResults = _truth("Whether to count all.")


class NotificationSearchShape(Shape):
    resource = SearchResourceShape(required=False)


# --- cancel and resend ---------------------------------------------------------------------
class ReasonShape(Shape):
    reason = _text("Kept in the history.", 500)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class _Id(serializers.Field[Any, Any, Any, Any]):
    """A decimal number, as text or not."""


class NotificationIdShape(Shape):
    notificationId = _Id()


class _SelectionShape(Shape):
    enrollmentEventNotificationList = NotificationIdShape(
        many=True, required=False, help_text="All or none of them; 10,000 at most."
    )
    dryRun = _truth("Only count those meant, change nothing.", null=False)
    q = serializers.CharField(required=False, help_text="Narrows the flag, as in searches.")
    reason = _text("Kept in the history.", 500)


class CancelManyShape(_SelectionShape):
    cancelAllFailedNotifications = _truth("All that failed and are not obsolete.", null=False)


class ResendManyShape(_SelectionShape):
    sendAllFailedNotifications = _truth("All that failed and are not obsolete.", null=False)
