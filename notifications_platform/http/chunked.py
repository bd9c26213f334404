"""Bodies sent in chunks, as many HTTP clients do by default.

Django takes a request without Content-Length for one without a body. So a chunked one is said
to be one byte longer than any may be: whoever reads it comes to its end, or finds it too long.
Nothing is read here: who has no token gets his 401 however slowly he sends. Uploads of raw
bytes stay a stream: their route reads `wsgi.input` itself.
"""

from collections.abc import Callable, Iterable
from typing import Any

from notifications_platform.http.limits import UNKNOWN_LENGTH

_RAW = "application/octet-stream"

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class ChunkedBodies:
    """WSGI middleware."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        if _is_chunked(environ):
            environ["CONTENT_LENGTH"] = str(UNKNOWN_LENGTH)
        return self._application(environ, start_response)


def _is_chunked(environ: Environ) -> bool:
    # Without the server's word that its input ends, reading on would wait for ever.
    return (
        bool(environ.get("wsgi.input_terminated"))
        and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        and not environ.get("CONTENT_TYPE", "").lower().startswith(_RAW)
    )
