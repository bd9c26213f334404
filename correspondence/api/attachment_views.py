"""Attachments of a sender over HTTP (correspondence contract 1, routes 15 to 21)."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.http import StreamingHttpResponse
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from correspondence import attachments, downloading, searching, uploading
from correspondence.api import described, presenters, streaming
from correspondence.api.authentication import WRITERS
from correspondence.api.bases import PartyViewSet, read_id
from correspondence.api.queries import read_attachment_search
from correspondence.requests.letters import read_attachment
from notifications_platform.http import arriving
from notifications_platform.http.json import JSONParser, json_body

_TRANSFER = "HTTP_TRANSFER_ENCODING"


class AttachmentViewSet(PartyViewSet):
    """Make attachments known, upload, look at and delete them, before letters use them."""

    parser_classes = [JSONParser]
    scopes: ClassVar = dict.fromkeys(
        ("create", "list", "upload", "retrieve", "details", "download", "destroy"), WRITERS
    )
    produces: ClassVar = {"download": streaming.OCTETS, "destroy": None}

    @described.new_attachment
    def create(self, request: Request) -> Response:
        new = read_attachment(json_body(request))
        return Response(attachments.initialize_attachment(new, **self.acting()))

    @described.find_attachments
    def list(self, request: Request) -> Response:
        resource_id, status = read_attachment_search(request.query_params)
        found = searching.search_attachments(resource_id, status, caller=self.party)
        return Response({"ids": found})

    @described.upload_attachment
    def upload(self, request: Request, aid: str) -> Response:
        if (request.content_type or "").split(";")[0].strip().lower() != streaming.OCTETS:
            raise UnsupportedMediaType(request.content_type or "")
        meta = request.META
        _refuse_encoded(meta)
        length = arriving.declared_length(meta)
        seen = uploading.upload(_id(aid), meta["wsgi.input"], length, **self.acting())
        return Response(presenters.attachment(seen))

    @described.get_attachment
    def retrieve(self, _request: Request, aid: str) -> Response:
        return Response(presenters.attachment(attachments.view(_id(aid), caller=self.party)))

    @described.get_attachment_details
    def details(self, _request: Request, aid: str) -> Response:
        seen = attachments.view(_id(aid), caller=self.party, with_history=True)
        return Response(presenters.attachment_details(seen))

    @described.download_own_attachment
    def download(self, _request: Request, aid: str) -> StreamingHttpResponse:
        download = downloading.open_for_sender(_id(aid), caller=self.party)
        return streaming.stream(download, streaming.OCTETS)

    @described.purge_attachment
    def destroy(self, _request: Request, aid: str) -> Response:
        attachments.purge_attachment(_id(aid), **self.acting())
        return Response(status=200)


def _refuse_encoded(meta: Mapping[str, Any]) -> None:
    """What is compressed on its way would be stored as it is, and called the file."""
    for header, plain in (("HTTP_CONTENT_ENCODING", "identity"), (_TRANSFER, "chunked")):
        encoding = str(meta.get(header) or plain).strip().lower()
        if encoding != plain:
            raise UnsupportedMediaType(encoding, "Send the bytes of the file as they are.")


def _id(text: str) -> UUID:
    return read_id(text, 2001, attachments.not_found().detail)
