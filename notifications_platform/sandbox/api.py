"""The sandbox's own calls; no token, and 404 outside sandbox mode."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications_platform.core import clock
from notifications_platform.http.refusals import ValidationProblem
from notifications_platform.sandbox import clock_moves, outbox


@extend_schema(exclude=True)
class ClockView(APIView):
    """`GET`/`POST /sandbox/api/v1/clock` (runtime contract 5)."""

    def get(self, _request: Request) -> Response:
        return Response(clock_moves.described(real=clock.real(), offset=clock.offset()))

    def post(self, request: Request) -> Response:
        real = clock.real()
        offset = clock_moves.move(request.data, real=real)
        return Response(clock_moves.described(real=real, offset=offset))


class OutboxQuery(serializers.Serializer[None]):
    channel = serializers.ChoiceField(["", "email", "sms"], default="")
    to = serializers.CharField(allow_blank=True, default="", max_length=320)
    limit = serializers.IntegerField(min_value=1, max_value=outbox.MOST, default=outbox.USUAL)


@extend_schema(exclude=True)
class OutboxView(APIView):
    """`GET`/`DELETE /sandbox/api/v1/outbox` (runtime contract 6)."""

    def get(self, request: Request) -> Response:
        query = OutboxQuery(data=request.query_params)
        if not query.is_valid():
            raise ValidationProblem(
                {key: list(map(str, said)) for key, said in query.errors.items()}
            )
        return Response(outbox.on_the_wire(outbox.newest(**query.validated_data)))

    def delete(self, _request: Request) -> Response:
        outbox.empty()
        return Response(status=204)
