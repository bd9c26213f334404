"""Refusals as problem details, RFC 9457 (runtime contract 8).

Members: `type`, `title`, `status`, `detail` where useful, `traceId`, and `errors` (path ->
messages) for validation. Systems with another dialect give their views another handler.
"""

import errno
import sys
import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from notifications_platform.core.errors import DomainError, NotFound, Unavailable
from notifications_platform.core.passing import database_is_away
from notifications_platform.http.json import JSONRenderer, dumps
from notifications_platform.http.refusals import ValidationProblem

log = structlog.get_logger(__name__)

CONTENT_TYPE = "application/problem+json; charset=utf-8"
RFC = "https://tools.ietf.org/html/rfc9110#section-"
KINDS = {
    400: ("15.5.1", "Bad Request"),
    401: ("15.5.2", "Unauthorized"),
    403: ("15.5.4", "Forbidden"),
    404: ("15.5.5", "Not Found"),
    405: ("15.5.6", "Method Not Allowed"),
    406: ("15.5.7", "Not Acceptable"),
    408: ("15.5.9", "Request Timeout"),
    409: ("15.5.10", "Conflict"),
    410: ("15.5.11", "Gone"),
    412: ("15.5.13", "Precondition Failed"),
    413: ("15.5.14", "Content Too Large"),
    415: ("15.5.16", "Unsupported Media Type"),
    422: ("15.5.21", "Unprocessable Content"),
    500: ("15.6.1", "Internal Server Error"),
    502: ("15.6.3", "Bad Gateway"),
    503: ("15.6.4", "Service Unavailable"),
}
_DOMAIN_STATUSES: Mapping[type[DomainError], int] = {NotFound: 404, Unavailable: 503}
_DATABASE_AWAY = "The database cannot be reached just now. Try again in a moment."
_NO_RESOURCES = "This server has run out of a resource just now. Try again in a moment."
_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC}
_RETRY_SECONDS = "5"


def problem(status: int, detail: str = "", **members: object) -> dict[str, Any]:
    """The body of a refusal with this HTTP status."""
    section, title = KINDS.get(status, ("15.5.1", "Error"))
    body: dict[str, Any] = {"type": RFC + section, "title": title, "status": status}
    if detail:
        body["detail"] = detail
    return body | members | {"traceId": _trace_id(status)}


def validation_problem(errors: Mapping[str, list[str]]) -> dict[str, Any]:
    body = problem(400, errors=errors)
    return body | {"title": ValidationProblem.default_detail}


def problem_response(status: int, detail: str = "", **members: object) -> HttpResponse:
    """A refusal from outside DRF: middleware, unknown routes."""
    return HttpResponse(
        dumps(problem(status, detail, **members)), status=status, content_type=CONTENT_TYPE
    )


def handle(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None means: not a refusal, let it be a 500.

    A view may carry `domain_statuses`, its own table from domain errors to HTTP statuses.
    """
    headers: dict[str, str] = {}
    if isinstance(exception, ValidationProblem):
        body = validation_problem(exception.errors)
    elif isinstance(exception, DomainError):
        body = problem(_status_of(exception, context.get("view")), exception.detail)
    elif passing := _passing_trouble(exception):
        body = problem(503, passing)
        headers["Retry-After"] = _RETRY_SECONDS
    else:
        known = _as_api_exception(exception)
        if known is None:
            return None
        body = problem(known.status_code, _detail_of(known))
        headers = _headers_of(known)
    response = Response(body, status=body["status"], headers=headers)
    response.content_type = CONTENT_TYPE
    if request := context.get("request"):
        # A page's own renderer would make a page of it.
        request.accepted_renderer = JSONRenderer()
        request.accepted_media_type = JSONRenderer.media_type
    return response


def not_found(
    _request: HttpRequest,
    exception: Exception,  # noqa: ARG001 Django names it
) -> HttpResponse:
    return problem_response(404)


def bad_request(
    _request: HttpRequest,
    exception: Exception,  # noqa: ARG001 Django names it
) -> HttpResponse:
    return problem_response(400)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Whatever no view has refused: pages outside DRF, middleware."""
    if passing := _passing_trouble(sys.exc_info()[1]):
        response = problem_response(503, passing)
        response["Retry-After"] = _RETRY_SECONDS
        return response
    return problem_response(500, "Something went wrong on our side; the logs name this traceId.")


def _passing_trouble(exception: BaseException | None) -> str:
    """What to tell of a failure that is nobody's mistake and passes; empty for any other."""
    if database_is_away(exception):
        # Only the first line: those that may follow could quote values.
        cause = str(exception).partition("\n")[0]
        log.error("database.unreachable", error=type(exception).__name__, cause=cause)
        return _DATABASE_AWAY
    if isinstance(exception, MemoryError) or (
        isinstance(exception, OSError) and exception.errno in _RESOURCES
    ):
        log.error("server.out_of_resources", error=repr(exception))
        return _NO_RESOURCES
    return ""


def _status_of(error: DomainError, view: object) -> int:
    """By the error's own class, else the nearest one above it."""
    statuses = {**_DOMAIN_STATUSES, **getattr(view, "domain_statuses", {})}
    return next((statuses[kind] for kind in type(error).__mro__ if kind in statuses), 400)


def _as_api_exception(exception: Exception) -> exceptions.APIException | None:
    match exception:
        case Http404():
            return exceptions.NotFound()
        case PermissionDenied():
            return exceptions.PermissionDenied()
        case exceptions.APIException():
            return exception
    return None


def _detail_of(exception: exceptions.APIException) -> str:
    """What the problem's title does not say already."""
    if isinstance(exception.detail, str) and not isinstance(exception, exceptions.NotFound):
        return str(exception.detail)
    return ""


def _headers_of(exception: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exception, "auth_header", ""):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _trace_id(status: int) -> str:
    """A W3C trace parent; logged, so that a caller's report leads to the line."""
    trace_id = f"00-{uuid.uuid4().hex}-{uuid.uuid4().hex[:16]}-00"
    log.info("refused", status=status, trace_id=trace_id)
    return trace_id
