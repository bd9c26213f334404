"""`POST /api/graphql`: the door of producers (cases contract 2)."""

from collections.abc import Mapping
from typing import IO, Any, cast

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cases.authentication import ProducerAuthentication
from cases.graphql.answering import answer
from cases.graphql.limits import BODY
from cases.graphql.shapes import GraphQLAnswerShape, GraphQLRequestShape
from cases.producers import kaller
from cases.schema.executable import SDL
from notifications_platform.http.json import refuse_other_charsets
from notifications_platform.http.limits import announced_length, read_body
from notifications_platform.http.methods import reading_only
from notifications_platform.http.problem_shapes import problems
from notifications_platform.identity.authentication import caller


class JSONText(BaseParser):
    """The body as it came: what is wrong with it is told in GraphQL's own way. Raises
    BodyTooLarge (413), or UnsupportedMediaType (415) for a charset that is not UTF-8.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        refuse_other_charsets(media_type or "")
        request = (parser_context or {}).get("request")
        return read_body(stream, BODY, announced_length(request.META) if request else 0)


class GraphQLView(APIView):
    """Who has no good token gets his 401 before anything is read."""

    authentication_classes = [ProducerAuthentication]
    parser_classes = [JSONText]
    http_method_names = ["post"]

    @extend_schema(
        operation_id="graphql",
        tags=["Cases"],
        summary="Saker and notifikasjoner, by GraphQL",
        description="Answered with 200 whatever comes of it, but for the refusals below. The types"
        " are at `/api/graphql/schema`, and introspection works.",
        request=GraphQLRequestShape,
        responses={
            200: OpenApiResponse(GraphQLAnswerShape, "`data`, `errors` or both."),
            **problems(401, 413, 415, 503),
        },
    )
    def post(self, request: Request) -> Response:
        return Response(answer(_body(request), kaller(caller(request))))


def _body(request: Request) -> bytes:
    if request.stream is not None:
        return cast(bytes, request.data)
    # DRF asks no parser for an empty body, but its media type counts all the same.
    if not (request.content_type or "").lower().startswith(JSONText.media_type):
        raise UnsupportedMediaType(request.content_type or "")
    return b""


@reading_only
def sdl(_request: HttpRequest) -> HttpResponse:
    """`GET /api/graphql/schema`: the type system, for tools that generate code from it."""
    headers = {"Cache-Control": "public, max-age=300"}
    return HttpResponse(SDL, content_type="text/plain; charset=utf-8", headers=headers)
