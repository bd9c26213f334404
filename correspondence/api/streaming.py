"""Bytes of attachments in answers, a piece at a time (correspondence contract 5.2)."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse
from rest_framework.request import Request

from correspondence.downloading import Download
from correspondence.file_names import content_disposition, file_type
from correspondence.storage.base import PIECE, Stored
from notifications_platform.http.accepting import refuse_unacceptable

OCTETS = "application/octet-stream"


def served_type(download: Download) -> str:
    """As its recipient gets it."""
    known = file_type(download.attachment.file_name)
    return known.served if known else OCTETS


def refuse_unless_accepted(request: Request, download: Download, media_type: str) -> None:
    """Raises NotAcceptable (406), with nothing left open."""
    try:
        refuse_unacceptable(request, media_type.partition(";")[0])
    except Exception:
        download.stored.close()
        raise


def stream(download: Download, media_type: str, *, inline: bool = False) -> StreamingHttpResponse:
    response = StreamingHttpResponse(_Pieces(download.stored), content_type=media_type)
    response["Content-Length"] = str(download.size)
    response["Content-Disposition"] = content_disposition(
        download.attachment.file_name, inline=inline
    )
    return response


def is_inline(download: Download) -> bool:
    known = file_type(download.attachment.file_name)
    return known is not None and known.inline


class _Pieces:
    """Closed with the response, even if nobody has read of it."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self._stored.read(PIECE), b"")

    def close(self) -> None:
        self._stored.close()
