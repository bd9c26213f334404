"""The sandbox's own calls; no token, and 404 outside sandbox mode."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications_platform.core import clock
from notifications_platform.sandbox import clock_moves


@extend_schema(exclude=True)
class ClockView(APIView):
    """`GET`/`POST /sandbox/api/v1/clock` (runtime contract 5)."""

    def get(self, _request: Request) -> Response:
        return Response(clock_moves.described(real=clock.real(), offset=clock.offset()))

    def post(self, request: Request) -> Response:
        real = clock.real()
        offset = clock_moves.move(request.data, real=real)
        return Response(clock_moves.described(real=real, offset=offset))
