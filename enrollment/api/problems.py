"""Refusals in the two dialects of enrollment (contract 1): result messages and problem details."""

from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from enrollment.results import Refused, result
from notifications_platform.http import problems

_CONTENT_TYPE = "application/json; charset=utf-8"


def handle(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler for the views of enrollment. None: no refusal, but a 500."""
    if isinstance(exception, Refused):
        messages = result(exception.messages, succeeded=False)
        return coded({"resultMessages": messages}, status=exception.status)
    return problems.handle(exception, context)


def coded(body: Mapping[str, Any], *, status: int = 200) -> Response:
    """An answer with result messages: plain JSON, whatever `Accept` prefers."""
    return Response(body, status=status, content_type=_CONTENT_TYPE)
