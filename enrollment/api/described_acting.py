"""What the served schema says of cancelling and resending: one decorator for each view."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from enrollment.api import answer_shapes as answers
from enrollment.api import examples, shapes
from enrollment.api.described import ID, UNKNOWN, Row, header, row

_NOT_FAILED = "`POL-IP-ENEN-002`: not failed, or obsolete; so too if it has been done already."
_BAD_LIST = (
    "`GEN-IP-001`: nothing is selected; `GEN-IP-002`: more than 10,000 ids; `POL-IP-ENEN-001`,"
    " `-002`: one message per bad id, and nothing was changed."
)
_LATER = OpenApiResponse(
    answers.ResultMessagesAnswer, "Begun: `Location` leads to the bulk operation."
)
_ETAG = header("ETag", 200, 202, said="Of the notification as it is now.")
_LOCATION = header("Location", 202, said="With `Prefer: respond-async`.", required=False)
_MANY = (
    "All or none of a list; with the flag all that failed. `Prefer: handling=lenient` takes a"
    " list item by item, `Prefer: respond-async` answers before the work of the flag is done."
)


def _one(name: str, summary: str, status: int, description: str) -> Row:
    answer = OpenApiResponse(answers.EnrollmentEventNotificationAnswer, "As it is now.")
    return row(
        name,
        summary,
        answer,
        status=status,
        description=description,
        request=shapes.ReasonShape,
        optional_body=True,
        parameters=[ID, _ETAG],
        refusals=[400, 412, 413, 415],
        coded={404: UNKNOWN, 422: _NOT_FAILED},
    )


def _many(
    name: str,
    summary: str,
    request: type[serializers.Serializer[object]],
    answer: type[serializers.Serializer[object]],
) -> Row:
    return row(
        name,
        summary,
        OpenApiResponse(answer, "What was done; of a dry run, what would be."),
        description=_MANY,
        request=request,
        parameters=[_LOCATION],
        refusals=[400, 413, 415],
        coded={422: _BAD_LIST},
        also={202: OpenApiResponse(answer, "Accepted; the work follows.")},
        sent=examples.SELECTIONS[name],
    )


cancel_one = _one(
    "cancelNotification",
    "Cancel a failed notification",
    200,
    "It will never be sent. No body is needed.",
)
cancel_many = _many(
    "cancelNotifications",
    "Cancel failed notifications",
    shapes.CancelManyShape,
    answers.CancelledNotificationsAnswer,
)
resend_one = _one(
    "resendNotification",
    "Send a failed notification again",
    202,
    "A new delivery cycle begins, with the full retry schedule. No body is needed.",
)
resend_many = _many(
    "resendNotifications",
    "Send failed notifications again",
    shapes.ResendManyShape,
    answers.ResentNotificationsAnswer,
)
get_bulk_operation = row(
    "getBulkOperation",
    "Get a bulk operation",
    OpenApiResponse(answers.BulkOperationAnswer, "How far it has come."),
    parameters=[OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    refusals=[404],
)
