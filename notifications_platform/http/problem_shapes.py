"""Problem details in the served schema."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers


class Problem(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]  # the wire's name for it
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Validation: the path of each broken rule, and what is wrong there.",
    )
    traceId = serializers.CharField()


def problems(*statuses: int) -> dict[Any, Any]:
    """Responses for `extend_schema`: these statuses answer with problem details."""
    return {(status, "application/problem+json"): OpenApiResponse(Problem) for status in statuses}
