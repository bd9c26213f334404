"""The sandbox's own calls; no token, and 404 outside sandbox mode."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import IO, cast

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications_platform.core import clock
from notifications_platform.http.limits import announced_length, read_body
from notifications_platform.http.problem_shapes import problems
from notifications_platform.http.problems import problem_response
from notifications_platform.http.refusals import ValidationProblem
from notifications_platform.http.schema import OPTIONAL_BODY
from notifications_platform.sandbox import clock_moves, outbox, receiver
from notifications_platform.sandbox.api_shapes import (
    CLOCK_MOVE,
    OUTBOX_QUERY,
    ClockAnswer,
    ReceivedAnswer,
    WebhookAnswer,
)


@extend_schema(tags=["Sandbox"])
class ClockView(APIView):
    """`GET`/`POST /sandbox/api/v1/clock` (runtime contract 5)."""

    @extend_schema(
        operation_id="getClock",
        summary="What time it is for the platform",
        responses={200: OpenApiResponse(ClockAnswer, "The clock."), **problems(503)},
    )
    def get(self, _request: Request) -> Response:
        return Response(clock_moves.described(real=clock.real(), offset=clock.offset()))

    @extend_schema(
        operation_id="moveClock",
        summary="Move the clock",
        description="For every process, within a second. By a duration, to an instant between the"
        " years 1970 and 9000, or back to real time.",
        request={"application/json": CLOCK_MOVE},
        responses={
            200: OpenApiResponse(ClockAnswer, "The clock as it now is."),
            **problems(400, 413, 415, 503),
        },
    )
    def post(self, request: Request) -> Response:
        real = clock.real()
        offset = clock_moves.move(request.data, real=real)
        return Response(clock_moves.described(real=real, offset=offset))


class OutboxQuery(serializers.Serializer[None]):
    channel = serializers.ChoiceField(["", "email", "sms"], default="")
    to = serializers.CharField(allow_blank=True, default="", max_length=320, trim_whitespace=False)
    limit = serializers.IntegerField(min_value=1, max_value=outbox.MOST, default=outbox.USUAL)


@extend_schema(tags=["Sandbox"])
class OutboxView(APIView):
    """`GET`/`DELETE /sandbox/api/v1/outbox` (runtime contract 6)."""

    @extend_schema(
        operation_id="readOutbox",
        summary="What the local mail and SMS sinks received",
        description="Newest first; nothing while mail server and SMS gateway are others.",
        parameters=OUTBOX_QUERY,
        responses={
            200: OpenApiResponse(ReceivedAnswer(many=True), "The messages."),
            **problems(400, 503, errors={"limit": ["A valid integer is required."]}),
        },
    )
    def get(self, request: Request) -> Response:
        # A plain dict: of a form's fields an empty one would count as absent, `limit=` too.
        query = OutboxQuery(data=request.query_params.dict())
        if not query.is_valid():
            raise ValidationProblem(
                {key: list(map(str, said)) for key, said in query.errors.items()}
            )
        return Response(outbox.on_the_wire(outbox.newest(**query.validated_data)))

    @extend_schema(
        operation_id="emptyOutbox",
        summary="Forget what the sinks received",
        responses={204: OpenApiResponse(description="It is empty."), **problems(503)},
    )
    def delete(self, _request: Request) -> Response:
        outbox.empty()
        return Response(status=204)


_UNSIGNED = "No signature of the last five minutes is by the sandbox's secret."
_AS_ASKED = "A receiver of this name refuses whatever it gets."


@extend_schema(tags=["Sandbox"])
class ReceiverView(APIView):
    """`/sandbox/api/v1/webhooks/<name>`: a receiver of webhooks."""

    # Whatever its type: the signature is of the bytes.
    parser_classes: Sequence[type[BaseParser]] = ()

    @extend_schema(
        operation_id="readWebhooks",
        summary="What this receiver took",
        description="Newest first.",
        responses={200: OpenApiResponse(WebhookAnswer(many=True), "The calls."), **problems(503)},
    )
    def get(self, _request: Request, name: str) -> Response:
        return Response(
            [
                {
                    "webhookId": one.webhook_id,
                    "contentType": one.content_type,
                    "body": bytes(one.body).decode(errors="replace"),
                    "at": one.at,
                }
                for one in receiver.newest(name)
            ]
        )

    @extend_schema(
        operation_id="sendWebhook",
        summary="Take a webhook",
        description="Signed with the sandbox's secret (docs/sandbox.md), else 401. The receiver"
        " `refuse` answers 503, `gone` 410, to rehearse failures.",
        request={"application/json": {}},
        extensions={OPTIONAL_BODY: True},
        responses={
            204: OpenApiResponse(description="Taken; the signature is good."),
            **problems(401, 410, 413, 503),
        },
    )
    def post(self, request: Request, name: str) -> HttpResponseBase:
        stream = cast("IO[bytes]", request._request)
        body = read_body(stream, receiver.LARGEST, announced_length(request.META))
        headers = {key.lower(): value for key, value in request.headers.items()}
        status = receiver.receive(name, headers, body)
        if status is HTTPStatus.NO_CONTENT:
            return Response(status=status)
        if status is HTTPStatus.UNAUTHORIZED:
            return problem_response(int(status), _UNSIGNED)
        return _as_asked(status)

    @extend_schema(exclude=True)
    def put(self, request: Request, name: str) -> HttpResponseBase:
        return self.post(request, name)

    @extend_schema(
        operation_id="emptyWebhooks",
        summary="Forget what this receiver took",
        responses={204: OpenApiResponse(description="It is empty."), **problems(503)},
    )
    def delete(self, _request: Request, name: str) -> Response:
        receiver.empty(name)
        return Response(status=HTTPStatus.NO_CONTENT)


def _as_asked(status: HTTPStatus) -> HttpResponseBase:
    """The log of the platform does not call an error what is rehearsed."""
    response = problem_response(int(status), _AS_ASKED)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response
