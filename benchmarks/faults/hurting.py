"""Ways to hurt a running platform from outside."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from benchmarks.platform import Platform


def postmaster(platform: Platform) -> int:
    """The process id of PostgreSQL's first process; 0 while there is none."""
    return _noted(platform.folder / "postgres" / "data" / "postmaster.pid")


def broker(platform: Platform) -> int:
    """The process id of Valkey; 0 while there is none."""
    return _noted(platform.folder / "valkey" / "valkey.pid")


def accepts_statements(platform: Platform) -> bool:
    """Whether the database serves just now."""
    try:
        with platform.connect() as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def is_alive(pid: int) -> bool:
    """Whether it runs: what was killed and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> bool:
    """False when it was down already."""
    if not pid or not is_alive(pid):
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def kill_group(pid: int) -> None:
    """It and all it started, at once, as when a machine loses its power."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


@contextmanager
def suspended(pid: int) -> Iterator[None]:
    """The process stands still, and answers nobody, while the block runs."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def wait_until_dead(pid: int, *, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} did not end")
        time.sleep(0.01)


def _noted(file: Path) -> int:
    try:
        return int(file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
