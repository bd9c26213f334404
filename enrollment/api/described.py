"""What the served schema says of the routes: one decorator for each view."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from enrollment.api import answer_shapes as answers
from enrollment.api import examples, shapes
from notifications_platform.http.problem_shapes import problems
from notifications_platform.http.schema import OPTIONAL_BODY

Row = Callable[[Any], Any]
JSON = "application/json"
UNKNOWN = "`POL-IP-ENEN-001`: unknown to this caller."

ID = OpenApiParameter(
    "id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The notification's id."
)


def row(  # noqa: PLR0913 each says one thing about the route
    name: str,
    summary: str,
    answer: OpenApiResponse,
    *,
    status: int = 200,
    description: str = "",
    request: type[serializers.Serializer[Any]] | None = None,
    parameters: Iterable[OpenApiParameter] = (),
    refusals: Iterable[int] = (),
    coded: Mapping[int, str] | None = None,
    sent: Iterable[OpenApiExample] = (),
    also: Mapping[int, OpenApiResponse] | None = None,
    optional_body: bool = False,
    extensions: Mapping[str, Any] | None = None,
) -> Row:
    """`refusals` beside those of every route are problem details; `coded` ones, with what they
    mean, are result messages. `sent`: examples of the body. `also`: other successes.
    """
    told = {
        (code, JSON): OpenApiResponse(answers.ResultMessagesAnswer, text)
        for code, text in (coded or {}).items()
    }
    return extend_schema(
        tags=["Enrollment"],
        operation_id=name,
        summary=summary,
        description=description,
        request={JSON: request} if request else None,
        parameters=list(parameters),
        examples=list(sent),
        responses=dict(
            sorted(
                {
                    (status, JSON): answer,
                    **{(code, JSON): other for code, other in (also or {}).items()},
                    **problems(*{401, 403, 406, 503, *refusals}),
                    **told,
                }.items()
            )
        ),
        extensions={**(extensions or {}), **({OPTIONAL_BODY: True} if optional_body else {})},
    )


def header(name: str, *statuses: int, said: str, required: bool = True) -> OpenApiParameter:
    """Of answers with these statuses."""
    return OpenApiParameter(
        name,
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=list(statuses),
        required=required,
        description=said,
    )


def _query(name: str, type: Any, description: str) -> OpenApiParameter:
    return OpenApiParameter(name, type, description=description)


_CRITERIA = (
    "Criteria, as `status.eq('Failed').and.attemptCount.gte(3)`. `.and.` binds tighter than"
    " `.or.`; parentheses group. Operators: `eq`, `neq`, `lt`, `lte`, `gt`, `gte`, `in`, `like`"
    " (`%` for any text). Properties: `id`, `status`, `obsolete`, `policyCode`, `policyGid`,"
    " `personCode`, `notificationDefinitionCode`, `businessEventDefinitionCode`,"
    " `policyEnrollmentEventId`, `attemptCount`, `creationDate`, `lastUpdatedDate`, `sentDate`,"
    " `failedDate`. A date stands for that day in UTC, a date-time for that millisecond."
)
_PAGE = OpenApiResponse(
    answers.NotificationPageAnswer, "A page; `links` lead to the others.", [examples.PAGE]
)

get_notification = row(
    "getEnrollmentEventNotification",
    "Get a notification",
    OpenApiResponse(
        answers.EnrollmentEventNotificationAnswer, "The notification.", [examples.NOTIFICATION]
    ),
    description="With `If-None-Match` it is 304 as long as it is as it was.",
    parameters=[
        ID,
        header("ETag", 200, 304, said="For `If-None-Match` and `If-Match`."),
    ],
    coded={404: UNKNOWN},
    also={304: OpenApiResponse(description="As `If-None-Match` has it. The body is empty.")},
)
find_notifications = row(
    "findEnrollmentEventNotifications",
    "Find notifications",
    _PAGE,
    description="The caller's own. `POST …/search` takes the same in a body.",
    parameters=[
        _query("q", OpenApiTypes.STR, _CRITERIA),
        _query("offset", {"type": "integer", "minimum": 0}, "How many to leave out; 0."),
        _query(
            "limit",
            {"type": "integer", "minimum": 1},
            "How many at most; 50, and never more than 200.",
        ),
        _query(
            "orderBy",
            OpenApiTypes.STR,
            "Comma list of `property` or `property:desc`; ties go by `id`.",
        ),
        _query("totalResults", OpenApiTypes.BOOL, "Whether to count all; false."),
    ],
    refusals=[400],
)
search_notifications = row(
    "searchEnrollmentEventNotifications",
    "Find notifications by a body",
    _PAGE,
    description="Codes of members stay out of addresses and logs. " + _CRITERIA,
    request=shapes.NotificationSearchShape,
    refusals=[400, 413, 415],
    sent=[examples.SEARCH],
)
get_history = row(
    "getEnrollmentEventNotificationHistory",
    "Get a notification's history",
    OpenApiResponse(
        answers.NotificationHistoryAnswer, "Who did what to it, and when.", [examples.HISTORY]
    ),
    parameters=[ID],
    coded={404: UNKNOWN},
)
get_attempts = row(
    "getEnrollmentEventNotificationAttempts",
    "Get the attempts to deliver a notification",
    OpenApiResponse(answers.DeliveryAttemptsAnswer, "What receivers said.", [examples.ATTEMPTS]),
    parameters=[ID],
    coded={404: UNKNOWN},
)
list_collections = row(
    "listEnrollmentCollections",
    "List the collections",
    OpenApiResponse(answers.CollectionsAnswer, "Each with its address."),
)
