"""The sandbox's own calls in the served schema (runtime contract 5 and 6)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from notifications_platform.http.schema import OneOf
from notifications_platform.sandbox import outbox

_DURATION = {"type": "string", "description": "ISO 8601; negative to go back."}


class ClockAnswer(serializers.Serializer[Any]):
    now = serializers.DateTimeField(help_text="UTC.")
    offset = serializers.CharField(
        help_text="How far ahead of real time: an ISO 8601 duration, negative if behind."
    )


class ReceivedAnswer(serializers.Serializer[Any]):
    """A message as the sink received it."""

    channel = OneOf("ReceivedChannel", ["email", "sms"])
    to = serializers.CharField()
    sender = serializers.CharField()
    subject = serializers.CharField(help_text="Empty for an SMS.")
    body = serializers.CharField()
    contentType = serializers.CharField()
    messageId = serializers.CharField()
    at = serializers.DateTimeField(help_text="Business time, UTC.")


class WebhookAnswer(serializers.Serializer[Any]):
    """A call that the receiver took: its signature was good."""

    webhookId = serializers.CharField()
    contentType = serializers.CharField()
    body = serializers.CharField(help_text="As it came.")
    at = serializers.DateTimeField(help_text="Business time, UTC.")


def _only(name: str, schema: dict[str, Any], example: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: schema | {"examples": [example]}},
        "required": [name],
        "additionalProperties": False,
    }


CLOCK_MOVE = {
    "oneOf": [
        _only("advance", _DURATION, "P7DT1H"),
        _only("now", {"type": "string", "format": "date-time"}, "2026-12-24T08:00:00Z"),
        _only("reset", {"const": True}, True),
    ]
}
OUTBOX_QUERY = [
    OpenApiParameter("channel", enum=["", "email", "sms"]),
    OpenApiParameter(
        "to",
        {"type": "string", "maxLength": 320},
        description="The recipient: case, and the `+` of a number, do not matter.",
    ),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": outbox.MOST, "default": outbox.USUAL},
    ),
]
