"""A letter with files as it comes in (correspondence contract 4.5): fields in memory, files in
temporary ones that vanish when the request is done.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from correspondence.errors import BusinessError
from correspondence.requests.refusals import Misshapen, ShapeError, Steps
from correspondence.rules import LARGEST_FILE
from correspondence.uploading import LONGEST_SILENCE
from notifications_platform.http import arriving
from notifications_platform.http.arriving import BodyBrokenOff, SenderSilent
from notifications_platform.http.refusals import BodyTooLarge

_MEDIA_TYPE = "multipart/form-data"
_FILES = "attachments"
# Said to Django's parser of a body whose length nobody knows.
_ENDLESS = 1 << 62


@dataclass(frozen=True, slots=True)
class Form:
    """`fields` as they were sent, a name as often as it was; `files` in their order."""

    fields: Sequence[tuple[str, str]]
    files: "Sequence[UploadedFile[bytes]]"


@contextmanager
def received(request: Request) -> Iterator[Form]:
    """The form in the body of this request, its files open for as long as the `with` lasts.

    Raises UnsupportedMediaType (415), ShapeError, BodyTooLarge (413), TooManyBodies (503), and
    BusinessError 2022 (408) for a sender who falls silent.
    """
    if (request.content_type or "").split(";")[0].strip().lower() != _MEDIA_TYPE:
        raise UnsupportedMediaType(request.content_type or "")
    fields, files = _parsed(request)
    with ExitStack() as opened:
        for file in [one for _, some in files.lists() for one in some]:
            opened.callback(file.close)
        yield Form(
            fields=[(name, value) for name, values in fields.lists() for value in values],
            files=[one for name, some in files.lists() if name.lower() == _FILES for one in some],
        )


def _parsed(request: Request) -> tuple[Any, Any]:
    meta = request.META
    length = arriving.declared_length(meta)
    announced = {**meta, "CONTENT_LENGTH": _ENDLESS if length is None else length}
    stream = meta["wsgi.input"]
    try:
        with arriving.body(stream, length=length, silence=LONGEST_SILENCE) as pieces:
            body: Any = _Body(pieces)
            return MultiPartParser(announced, body, [_Spool()], "utf-8").parse()
    except (SenderSilent, BodyBrokenOff) as error:
        seconds = f"{LONGEST_SILENCE:.0f}"
        raise BusinessError(
            2022, f"Nothing came for {seconds} seconds, or the body broke off."
        ) from error
    except MultiPartParserError as error:
        raise _misshapen((), "This is no multipart form.") from error
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    except TooManyFieldsSent as error:
        raise _misshapen((), "There are too many fields.") from error
    except TooManyFilesSent as error:
        raise _misshapen((_FILES,), "100 files at most.", 1038) from error


def _misshapen(steps: Steps, detail: str, error_code: int | None = None) -> ShapeError:
    return ShapeError([Misshapen(steps, detail, error_code)])


class _Body:
    """Pieces as a stream, as Django's parser reads one."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def read(self, size: int) -> bytes:
        if not self._left:
            self._left = next(self._pieces, b"")
        piece, self._left = self._left[:size], self._left[size:]
        return piece


class _Spool(TemporaryFileUploadHandler):
    """Of a file that is too large anyhow, only the size is kept."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= LARGEST_FILE:
            super().receive_data_chunk(raw_data, start)
