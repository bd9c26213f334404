"""At most one supervisor per folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notifications_platform.runtime.failure import StepError, explained
from notifications_platform.runtime.state import read_state


@contextmanager
def only_supervisor(var: Path) -> Iterator[None]:
    """Hold the folder's lock; it goes with the process, however that ends.

    Raises StepError, naming the address, while another supervisor holds it.
    """
    step = "Starting the platform"
    file = var / "run" / "supervisor.lock"
    with explained(step):
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            state = read_state()
            where = state.environment.get("PUBLIC_URL", "") if state else ""
            raise StepError(
                step,
                f"it already runs from this folder{f' at {where}' if where else ''}"
                + (f" (process {state.pid})" if state else ""),
                "use that one, or stop it with Ctrl-C in its terminal",
            ) from error
        yield
