"""Letters over HTTP (correspondence contract 1, routes 1 to 11)."""

from typing import ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from correspondence import access, initialize, preparing, purging, reading, receiving, searching
from correspondence.api import described, presenters
from correspondence.api.authentication import EITHER, READERS, WRITERS
from correspondence.api.bases import PartyViewSet, read_id
from correspondence.api.queries import read_search
from correspondence.requests.letters import read_letter
from notifications_platform.http.json import JSONParser, json_body


class CorrespondenceViewSet(PartyViewSet):
    """Initialize, find, read and delete letters."""

    parser_classes = [JSONParser]
    scopes: ClassVar = {
        "create": WRITERS,
        "list": EITHER,
        "retrieve": EITHER,
        "details": EITHER,
        "purge": EITHER,
        "content": READERS,
        "mark_read": READERS,
        "confirm": READERS,
        "archive": READERS,
    }
    produces: ClassVar = {"content": "text/plain"}

    @described.initialize
    def create(self, request: Request) -> Response:
        new = read_letter(json_body(request))
        prepared = preparing.prepare(new, file_sizes=(), **self.acting())
        answer = initialize.initialize(prepared, (), **self.acting())
        return Response(presenters.initialized(answer))

    @described.search
    def list(self, request: Request) -> Response:
        query = read_search(request.query_params)
        return Response({"ids": searching.search(query, caller=self.party)})

    @described.overview
    def retrieve(self, _request: Request, id: str) -> Response:
        return Response(presenters.overview(reading.overview(_id(id), **self.acting())))

    @described.details
    def details(self, _request: Request, id: str) -> Response:
        return Response(presenters.details(reading.details(_id(id), **self.acting())))

    @described.content
    def content(self, _request: Request, id: str) -> HttpResponse:
        body = reading.content(_id(id), **self.acting())
        return HttpResponse(body, content_type="text/plain; charset=utf-8")

    @described.mark_read
    def mark_read(self, _request: Request, id: str) -> Response:
        one = reading.find_as_recipient(_id(id), **self.acting())
        receiving.mark_read(one.id, **self.acting())
        return Response(one.id)

    @described.confirm
    def confirm(self, _request: Request, id: str) -> Response:
        one = reading.find_as_recipient(_id(id), **self.acting())
        receiving.confirm(one.id, **self.acting())
        return Response(one.id)

    @described.archive
    def archive(self, _request: Request, id: str) -> Response:
        one = reading.find_as_recipient(_id(id), **self.acting())
        receiving.archive(one.id, **self.acting())
        return Response(one.id)

    @described.purge
    def purge(self, _request: Request, id: str) -> Response:
        one, standing = reading.find(_id(id), **self.acting())
        purging.purge(
            one.id,
            as_sender=standing.as_sender,
            as_recipient=standing.as_recipient,
            **self.acting(),
        )
        return Response(one.id)


def _id(text: str) -> UUID:
    return read_id(text, 1001, access.NOT_FOUND)
