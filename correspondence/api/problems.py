"""Refusals in the two dialects of correspondence (contract 2): business errors, one number each,
and shape errors, all together.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from rest_framework.response import Response

from correspondence.errors import BusinessError
from correspondence.requests.refusals import Misshapen, ShapeError
from notifications_platform.http import problems
from notifications_platform.http.refusals import ValidationProblem
from notifications_platform.identity.authentication import challenge

_SHAPE = "STD-00000"
_PLACE = "CORR.VLD-00000"


def handle(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler for the views of correspondence. None: no refusal, but a 500."""
    match exception:
        case BusinessError():
            return _response(_business(exception))
        case ShapeError():
            return _response(_shape(exception))
        case ValidationProblem():
            return _response(_shape(_unreadable(exception)))
    return problems.handle(exception, context)


def _business(error: BusinessError) -> dict[str, Any]:
    members = {"code": f"CORR-{error.number:05}", "errorCode": error.number, **error.parameters}
    return problems.problem(error.status, error.detail, **members)


def _shape(error: ShapeError) -> dict[str, Any]:
    by_place: dict[str, list[str]] = defaultdict(list)
    for one in error.errors:
        by_place[one.dotted].append(one.detail)
    members: dict[str, Any] = {"code": _SHAPE}
    if error.error_code is not None:
        members["errorCode"] = error.error_code
    told = [
        {"code": _PLACE, "detail": one.detail, "paths": [one.path or "/"]} for one in error.errors
    ]
    members |= {"validationErrors": told, "errors": by_place}
    return problems.problem(400, error.detail, **members)


def _unreadable(problem: ValidationProblem) -> ShapeError:
    """What the JSON parser says of a body that is none."""
    return ShapeError([Misshapen((), text) for texts in problem.errors.values() for text in texts])


def _response(body: dict[str, Any]) -> Response:
    response = Response(body, status=body["status"])
    response.content_type = problems.CONTENT_TYPE
    if body["status"] == 401:
        response["WWW-Authenticate"] = challenge()
    return response
