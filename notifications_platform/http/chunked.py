"""Bodies sent in chunks, as many HTTP clients do by default.

Django takes a request without Content-Length for one without a body. So a chunked body is
gathered first, on disk beyond a megabyte, and gets its length. Uploads of raw bytes stay a
stream: their route reads `wsgi.input` itself.
"""

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from notifications_platform.http.limits import BODY_LIMIT

_IN_MEMORY = 1 << 20
_PIECE = 1 << 16
_RAW = "application/octet-stream"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class ChunkedBodies:
    """WSGI middleware. Of a body over the limit one byte more is kept: enough to be refused."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if _is_gathered(environ):
            gathered, length = _gather(environ["wsgi.input"])
            environ["wsgi.input"] = gathered
            environ["CONTENT_LENGTH"] = str(length)
        return self._application(environ, start_response)


def _is_gathered(environ: Environ) -> bool:
    # Without the server's word that its input ends, reading on would wait for ever.
    return (
        bool(environ.get("wsgi.input_terminated"))
        and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        and not environ.get("CONTENT_TYPE", "").lower().startswith(_RAW)
    )


def _gather(stream: Any) -> tuple[Any, int]:
    gathered = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - the request's, closed with it
    length = 0
    while piece := stream.read(min(_PIECE, BODY_LIMIT + 1 - length)):
        gathered.write(piece)
        length += len(piece)
    gathered.seek(0)
    return gathered, length
