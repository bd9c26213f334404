"""The limit of an upload: a WSGI application that copies what it gets into a file.

POST /  ->  the bytes, into the file that LIMIT_FILE names; 200 and how many there were
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

_PIECE = 1 << 20


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    received = 0
    if environ["REQUEST_METHOD"] == "POST":
        with open(os.environ["LIMIT_FILE"], "wb") as file:
            while piece := environ["wsgi.input"].read(_PIECE):
                received += file.write(piece)
    body = str(received).encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
