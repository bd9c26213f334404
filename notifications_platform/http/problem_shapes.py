"""Problem details in the served schema."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers

from notifications_platform.http.problems import KINDS, RFC
from notifications_platform.http.refusals import ValidationProblem

MEDIA_TYPE = "application/problem+json"
_TRACE_ID = "00-6f1d3c0a9b8e4d5f8a7b6c5d4e3f2a1b-9c8b7a6d5e4f3a2b-00"
_DESCRIPTIONS = {
    400: "The request is malformed or breaks a rule; `errors` names each place.",
    401: "No token, or one that is not good.",
    403: "The token is good, but does not allow this.",
    404: "There is no such thing for this caller.",
    406: "The answer's type is not among those accepted.",
    408: "The body came too slowly.",
    409: "The state of the thing does not allow this; nothing was changed.",
    410: "It is gone for good; nothing is taken here any more.",
    412: "It has changed since: a precondition of the request does not hold.",
    413: "The body is too large.",
    415: "The media type is not understood.",
    422: "The request is sound, but cannot be done.",
    500: "Something went wrong on our side; nothing was stored.",
    502: "Something behind us failed; nothing was stored.",
    503: "Something that is needed cannot be reached just now; nothing was stored.",
}


class Problem(serializers.Serializer[Any]):
    """A refusal: problem details of RFC 9457."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField(required=False)
    errors = serializers.DictField(  # type: ignore[assignment]  # the wire's name for it
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Validation: the path of each broken rule, and what is wrong there.",
    )
    traceId = serializers.RegexField(
        r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
        help_text="A W3C trace parent. The logs name it.",
    )


def problems(
    *statuses: int,
    said: Mapping[int, str] | None = None,
    errors: Mapping[str, list[str]] | None = None,
) -> dict[Any, Any]:
    """Responses for `extend_schema`: these statuses answer with problem details.

    `said`: descriptions where a route has more to tell than the status; `errors`: an example of
    what its 400 names.
    """
    descriptions = {**_DESCRIPTIONS, **(said or {})}
    return {
        (status, MEDIA_TYPE): OpenApiResponse(
            Problem, descriptions[status], [_example(status, errors or {})]
        )
        for status in statuses
    }


def _example(status: int, errors: Mapping[str, list[str]]) -> OpenApiExample:
    section, title = KINDS[status]
    value: dict[str, Any] = {"type": RFC + section, "title": title, "status": status}
    if status == 400 and errors:
        value |= {"title": ValidationProblem.default_detail, "errors": errors}
    return OpenApiExample(title, value | {"traceId": _TRACE_ID}, response_only=True)
