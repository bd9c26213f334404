"""Letters over HTTP (correspondence contract 1, routes 1 to 11)."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from correspondence import (
    access,
    attachments,
    downloading,
    initialize,
    preparing,
    purging,
    reading,
    receiving,
    searching,
    uploading,
)
from correspondence.api import described, forms, presenters, streaming
from correspondence.api.authentication import EITHER, READERS, WRITERS
from correspondence.api.bases import PartyViewSet, read_id
from correspondence.api.queries import read_search
from correspondence.errors import BusinessError
from correspondence.inputs import NewAttachment
from correspondence.requests.forms import as_body
from correspondence.requests.letters import read_letter
from correspondence.rules import match_files
from notifications_platform.http.json import JSONParser, json_body


class CorrespondenceViewSet(PartyViewSet):
    """Initialize, find, read and delete letters."""

    parser_classes = [JSONParser]
    scopes: ClassVar = {
        "create": WRITERS,
        "upload": WRITERS,
        "list": EITHER,
        "retrieve": EITHER,
        "details": EITHER,
        "purge": EITHER,
        "content": READERS,
        "mark_read": READERS,
        "confirm": READERS,
        "archive": READERS,
        "download": READERS,
    }
    # A file's own type shows only when it is found.
    produces: ClassVar = {"content": "text/plain", "download": None}

    @described.initialize
    def create(self, request: Request) -> Response:
        new = read_letter(json_body(request))
        prepared = preparing.prepare(new, file_sizes=(), **self.acting())
        answer = initialize.initialize(prepared, (), **self.acting())
        return Response(presenters.initialized(answer))

    @described.initialize_upload
    def upload(self, request: Request) -> Response:
        with forms.received(request) as form:
            new = read_letter(as_body(form.fields))
            files = _matched(new.content.attachments, form.files)
            sizes = None if files is None else [file.size for file in files]
            prepared = preparing.prepare(new, file_sizes=sizes, **self.acting())
            entries = new.content.attachments
            with uploading.stored(entries, files or (), prepared, now=self.now) as made:
                answer = initialize.initialize(prepared, made, **self.acting())
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

    @described.download
    def download(self, request: Request, id: str, aid: str) -> StreamingHttpResponse:
        one = reading.find_as_recipient(_id(id), **self.acting())
        attachment_id = read_id(aid, 2001, attachments.not_found().detail)
        download = downloading.open_for_recipient(one, attachment_id, **self.acting())
        media_type = streaming.served_type(download)
        streaming.refuse_unless_accepted(request, download, media_type)
        receiving.downloaded(one.id, attachment_id, **self.acting())
        return streaming.stream(download, media_type, inline=streaming.is_inline(download))

    @described.purge
    def purge(self, _request: Request, id: str) -> Response:
        one, standing = reading.find(_id(id), to_purge=True, **self.acting())
        purging.purge(
            one.id,
            as_sender=standing.as_sender,
            as_recipient=standing.as_recipient,
            **self.acting(),
        )
        return Response(one.id)


def _matched(
    entries: Sequence[NewAttachment], files: Sequence[forms.ReceivedFile]
) -> Sequence[Any] | None:
    """The file of each entry. None where they differ: a rule (1005) that has its place."""
    try:
        order = match_files(entries, [file.name for file in files])
    except BusinessError:
        return None
    return [files[position] for position in order]


def _id(text: str) -> UUID:
    return read_id(text, 1001, access.NOT_FOUND)
