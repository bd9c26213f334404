"""Starting and stopping child processes so that none is ever left behind."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from notifications_platform.runtime.accounts import Account

_PR_SET_PDEATHSIG = 1
_IS_LINUX = sys.platform.startswith("linux")


def clean_environment() -> dict[str, str]:
    """What a server gets to see: nothing of the user's locale, libraries or PG* variables."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "LC_ALL": "C",
        "TZ": "UTC",
    }


def start(  # noqa: PLR0913 (one fact of the child each)
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    directory: Path,
    output: IO[bytes] | int,
    death_signal: signal.Signals,
    account: Account | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own; it gets `death_signal` when we die (Linux).

    Call from the main thread only: the signal follows the thread that started the child.
    Raises OSError when the command cannot be executed.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children are started from the main thread: they die with it")
    return subprocess.Popen(
        [str(word) for word in command],
        env=dict(environment),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[account.gid] if account else None,
        # Runs after the change of user, which would clear the death signal.
        preexec_fn=dying_with_parent(death_signal),  # noqa: PLW1509
    )


def dying_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """A `preexec_fn` after which the child gets `death_signal` when we die; Linux only."""
    if not _IS_LINUX:
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return arrange


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the whole group of a child: what it started itself must not outlive it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def stop(process: subprocess.Popen[bytes], number: signal.Signals, *, patience: float) -> None:
    """Ask the child with `number`, wait `patience` seconds, then kill what is left of its group."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    signal_group(process.pid, signal.SIGKILL)
    process.wait()


def command_line(pid: int) -> str:
    """The command of a running process; empty when there is none of that number."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    with suppress(OSError):
        return subprocess.run(
            ["ps", "-p", str(pid), "-o", "command="],  # noqa: S607 (its place differs by system)
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
    return ""


def working_directory(pid: int) -> Path | None:
    """Where a running process stands; None where the system does not tell (not Linux)."""
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None


def wait_until(done: Callable[[], bool], *, seconds: float, pause: float = 0.02) -> bool:
    """Ask again and again; False when `seconds` have passed without a yes."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, indented, to stand below a failure."""
    try:
        text = path.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
