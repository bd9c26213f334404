"""What the served schema says of the v1 routes: one decorator for each view."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from notifications_platform.http.problem_shapes import problems
from notifications_platform.http.schema import leads_to
from orders.api import answer_shapes as answers
from orders.api import examples, shapes

View = TypeVar("View", bound=Callable[..., Any])

_ID = OpenApiParameter(
    "id",
    OpenApiTypes.UUID,
    OpenApiParameter.PATH,
    description="The order's id: a GUID, in any letter case, with or without hyphens, bare or in"
    " `{}` or `()`.",
)
_LOCATION = OpenApiParameter(
    "Location",
    OpenApiTypes.URI,
    OpenApiParameter.HEADER,
    response=[202],
    required=True,
    description="The order's own address, as its `self` link has it.",
)
_BAD_ADDRESS = {"Recipients[0].EmailAddress": ["This is no valid e-mail address."]}
_BAD_ID = {"id": ["An order id is a GUID."]}
_NO_REFERENCE = {"sendersReference": ["A sendersReference is needed."]}
_NO_BODY = OpenApiResponse(description="No such order of this client. The body is empty.")


def _following(order_id: str) -> dict[str, Any]:
    """What can be asked of an order once its id is known."""
    parameters = {"id": f"$response.body#/{order_id}"}
    follow_ups = (
        *("getOrder", "getOrderStatus", "cancelOrder"),
        *("getEmailNotifications", "getSmsNotifications"),
    )
    return dict.fromkeys(follow_ups, parameters)


def _placing(
    name: str, summary: str, request: type[serializers.Serializer[Any]], example: OpenApiExample
) -> Callable[[View], View]:
    return extend_schema(
        operation_id=name,
        summary=summary,
        description="The order is stored and answered at once; whether its recipients can be"
        " reached is looked up and told. It is sent at its requested time.",
        request=request,
        responses={
            202: OpenApiResponse(
                answers.OrderReceiptAnswer, "The order is stored.", [examples.RECEIPT]
            ),
            **problems(400, 401, 403, 413, 415, 503, errors=_BAD_ADDRESS),
        },
        parameters=[_LOCATION],
        examples=[example],
        extensions=leads_to(**_following("orderId")),
    )


def _of_one_order(
    name: str,
    summary: str,
    description: str,
    answer: OpenApiResponse,
    refusals: dict[Any, Any],
    **more: Any,
) -> Callable[[View], View]:
    return extend_schema(
        operation_id=name,
        summary=summary,
        description=description,
        request=None,
        parameters=[_ID],
        responses={200: answer, **problems(400, 401, 403, 503, errors=_BAD_ID), **refusals},
        **more,
    )


place_order = _placing(
    "placeOrder", "Place an order by any channel", shapes.OrderShape, examples.NEW_ORDER
)
place_email_order = _placing(
    "placeEmailOrder", "Place an e-mail order", shapes.EmailOrderShape, examples.NEW_EMAIL_ORDER
)
place_sms_order = _placing(
    "placeSmsOrder", "Place an SMS order", shapes.SmsOrderShape, examples.NEW_SMS_ORDER
)
find_orders = extend_schema(
    operation_id="findOrders",
    summary="Find orders by your reference",
    description="All orders with exactly this reference, oldest first. The parameter's name is"
    " read without regard to case.",
    parameters=[
        OpenApiParameter(
            "sendersReference",
            {"type": "string", "minLength": 1},
            required=True,
            description="As it was given with the order.",
        )
    ],
    responses={
        200: OpenApiResponse(
            answers.OrderListAnswer, "The orders; there may be none.", [examples.ORDERS]
        ),
        **problems(400, 401, 403, 503, errors=_NO_REFERENCE),
    },
)
get_order = _of_one_order(
    "getOrder",
    "Get an order",
    "The order as it was placed.",
    OpenApiResponse(answers.OrderAnswer, "The order.", [examples.ORDER]),
    {404: _NO_BODY},
    extensions=leads_to(**_following("id")),
)
get_status = _of_one_order(
    "getOrderStatus",
    "Get an order's status",
    "How far the order has come, and how many notifications it has become.",
    OpenApiResponse(
        answers.OrderWithStatusAnswer, "The order with its status.", [examples.COMPLETED]
    ),
    problems(404),
)
cancel_order = _of_one_order(
    "cancelOrder",
    "Cancel an order",
    "Possible while more than five minutes are left to its requested send time. Cancelling it"
    " again gives the same answer. No body is needed; one that is sent is ignored.",
    OpenApiResponse(
        answers.OrderWithStatusAnswer,
        "The order is cancelled: nothing of it will be sent.",
        [examples.CANCELLED],
    ),
    problems(404, 409),
)
get_email_notifications = _of_one_order(
    "getEmailNotifications",
    "Get an order's e-mails",
    "Each e-mail that the order has become, and what came of it. An order without e-mails has an"
    " empty list.",
    OpenApiResponse(answers.EmailSummaryAnswer, "The e-mails.", [examples.EMAIL_SUMMARY]),
    {404: _NO_BODY},
)
get_sms_notifications = _of_one_order(
    "getSmsNotifications",
    "Get an order's SMS",
    "Each SMS that the order has become, and what came of it. An order without SMS has an empty"
    " list.",
    OpenApiResponse(answers.SmsSummaryAnswer, "The SMS.", [examples.SMS_SUMMARY]),
    {404: _NO_BODY},
)
