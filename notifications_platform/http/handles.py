"""Says in the log that this process has run out of file handles.

Without one it can take no connection, so that nobody who asks it can be told: callers wait. The
web server says nothing either, and goes on by itself once there are handles again.
"""

import os
import threading
import time
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0


def watch() -> None:
    """Look from a thread of its own for as long as the process lives."""
    threading.Thread(target=_watch, name="handles", daemon=True).start()


def trouble() -> str:
    """Why no further file can be opened just now; empty when one can."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return str(error)
    return ""


def _watch() -> None:
    while True:
        time.sleep(_LOOK_SECONDS)
        if found := trouble():
            with suppress(OSError):
                log.error("server.out_of_resources", error=found)
