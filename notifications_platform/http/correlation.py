"""The correlation id of a request (runtime contract 8): taken from the caller when sane, else
made; in every log line, on every message the request causes, and in the answer.
"""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

# A WSGI server spells call-id and call_id alike: HTTP_CALL_ID.
_TAKEN_FROM = ("HTTP_X_REQUEST_ID", "HTTP_X_CORRELATION_ID", "HTTP_CALL_ID", "HTTP_CALLID")
_SANE = re.compile(r"[\x20-\x7e]{1,128}")


def current() -> str:
    """The correlation id of the work this thread is at; empty outside any."""
    return str(structlog.contextvars.get_contextvars().get("correlation_id", ""))


class CorrelationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        correlation_id = given(request) or str(uuid.uuid4())
        # For Django's own log lines about the answer.
        request.correlation_id = correlation_id  # type: ignore[attr-defined]
        # This thread's earlier request bound its own caller; that is not ours.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            response = self.get_response(request)
        response["X-Correlation-ID"] = correlation_id
        return response


def given(request: HttpRequest) -> str:
    for name in _TAKEN_FROM:
        value = request.META.get(name, "").strip()
        if value and _SANE.fullmatch(value):
            return str(value)
    return ""
