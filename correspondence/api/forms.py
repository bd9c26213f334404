"""A letter with files as it comes in (correspondence contract 4.5): fields in memory, files in
temporary ones that vanish when the request is done.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO

import structlog
from django.conf import settings
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from correspondence.api.authentication import calling_party
from correspondence.api.multipart import Malformed, Part, parts
from correspondence.errors import BusinessError
from correspondence.requests.refusals import Misshapen, ShapeError
from correspondence.rules import LARGEST_FILE, MOST_ATTACHMENTS
from correspondence.uploading import LONGEST_SILENCE
from notifications_platform.http import arriving
from notifications_platform.http.arriving import BodyBrokenOff, SenderSilent
from notifications_platform.http.json import refuse_other_charsets
from notifications_platform.http.refusals import BodyTooLarge

log = structlog.get_logger(__name__)

# Of all parts of a form together. More has room in uploads of their own.
LARGEST_FORM = 10_000_000_000
_MEDIA_TYPE = "multipart/form-data"
_FILES = "attachments"
_HELD_IN_MEMORY = 1 << 16


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """Called what its sender calls it; of one that is not wanted the size alone was kept."""

    name: str
    size: int
    content: IO[bytes]

    def read(self, size: int = -1, /) -> bytes:
        return self.content.read(size)


@dataclass(frozen=True, slots=True)
class Form:
    """`fields` as they were sent, a name as often as it was; `files` in their order."""

    fields: Sequence[tuple[str, str]]
    files: Sequence[ReceivedFile]


@contextmanager
def received(request: Request) -> Iterator[Form]:
    """The form in the body of this request, its files open for as long as the `with` lasts.

    Raises UnsupportedMediaType (415), ShapeError, BodyTooLarge (413), TooManyBodies (503), and
    BusinessError 2022 (408) for a sender who falls silent, 2002 (502) where there is no room.
    """
    content_type = request.content_type or ""
    if content_type.split(";")[0].strip().lower() != _MEDIA_TYPE:
        raise UnsupportedMediaType(content_type)
    refuse_other_charsets(content_type)
    length = arriving.declared_length(request.META)
    if (length or 0) > LARGEST_FORM:
        raise BodyTooLarge
    stream = request.META["wsgi.input"]
    with ExitStack() as opened:
        with (
            _told(),
            arriving.body(
                stream,
                length=length,
                silence=LONGEST_SILENCE,
                caller=calling_party(request).urn,
            ) as pieces,
        ):
            form = _read(_bounded(pieces), content_type, opened)
        yield form


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong on the way, in words for the sender."""
    try:
        yield
    except (SenderSilent, BodyBrokenOff) as error:
        seconds = f"{LONGEST_SILENCE:.0f}"
        raise BusinessError(
            2022, f"Nothing came for {seconds} seconds, or the body broke off."
        ) from error
    except Malformed as error:
        raise ShapeError([Misshapen((), f"This is no multipart form. {error}")]) from error
    except OSError as error:
        log.warning("correspondence.form_not_kept", error=str(error))
        raise BusinessError(2002, "The files could not be stored.") from error


def _bounded(pieces: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST_FORM:
            raise BodyTooLarge
        yield piece


def _read(pieces: Iterator[bytes], content_type: str, opened: ExitStack) -> Form:
    fields: list[tuple[str, str]] = []
    files: list[ReceivedFile] = []
    room = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    for number, part in enumerate(parts(pieces, content_type)):
        if number >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise Malformed("There are too many parts.")
        if part.file_name is None:
            value = _field(part, room)
            room -= len(part.name) + len(value)
            fields.append((part.name, part.decoded(value)))
        elif part.name.lower() == _FILES:
            # Beyond so many the letter will be refused, at that rule's place among the others.
            kept = LARGEST_FILE if len(files) < MOST_ATTACHMENTS else 0
            files.append(_file(part, part.file_name, kept, opened))
    return Form(fields, files)


def _field(part: Part, room: int) -> bytes:
    value = bytearray()
    for piece in part.content:
        value += piece
        if len(part.name) + len(value) > room:
            raise BodyTooLarge
    return bytes(value)


def _file(part: Part, name: str, kept: int, opened: ExitStack) -> ReceivedFile:
    """`kept`: bytes at most."""
    folder = settings.FILE_UPLOAD_TEMP_DIR
    file = SpooledTemporaryFile(_HELD_IN_MEMORY, dir=folder)  # noqa: SIM115 open until the answer
    opened.callback(file.close)
    size = 0
    for piece in part.content:
        size += len(piece)
        if size <= kept:
            file.write(piece)
    file.seek(0)
    return ReceivedFile(name, size, file)
