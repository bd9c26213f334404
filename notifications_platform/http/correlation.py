"""The correlation id of a request (runtime contract 8, cases contract 2): the caller's own when
it is sane, else one made here; in every log line as `x_correlation_id`, on every message and
event that the request causes, and in the answer.
"""

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog
from django.http import HttpRequest, HttpResponse

# By their rank. A WSGI server spells call-id and call_id alike, HTTP_CALL_ID; ours hands both on.
_TAKEN_FROM = ("HTTP_X_REQUEST_ID", "HTTP_X_CORRELATION_ID", "HTTP_CALL_ID", "HTTP_CALLID")
LOG_KEY = "x_correlation_id"
_SANE = re.compile(r"[\x20-\x7e]{1,128}")


def current() -> str:
    """The correlation id of the work this thread is at; empty outside any."""
    return str(structlog.contextvars.get_contextvars().get(LOG_KEY, ""))


def withheld() -> AbstractContextManager[None]:
    """Within, nothing is told or written under the caller's id."""
    return structlog.contextvars.bound_contextvars(**{LOG_KEY: ""})


class CorrelationMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        correlation_id = given(request) or str(uuid.uuid4())
        # For Django's own log lines about the answer.
        request.correlation_id = correlation_id  # type: ignore[attr-defined]
        # This thread's earlier request bound its own caller; that is not ours.
        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(**{LOG_KEY: correlation_id}):
            response = self.get_response(request)
        response["X-Correlation-ID"] = correlation_id
        return response


def given(request: HttpRequest) -> str:
    """The first one sent counts, and no other: empty when it is not sane."""
    values = (str(request.META.get(name, "")).strip() for name in _TAKEN_FROM)
    first = next((value for value in values if value), "")
    return first if _SANE.fullmatch(first) else ""
