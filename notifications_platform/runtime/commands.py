"""Runs manage.py commands as steps of a start."""

import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from notifications_platform.runtime.failure import (
    DISK_FULL,
    FREE_SPACE,
    StepError,
    explained,
    retold,
    tells_of_full_disk,
)
from notifications_platform.runtime.processes import dying_with_parent

_IN_SETTINGS = 'notifications_platform/settings.py", line'
_COMMAND = "CommandError: "
_CHECK = re.compile(
    r"^\S+: \([\w.]+E\d+\) (?P<cause>.+?)\.?$(?:\n\s+HINT: (?P<hint>.+?)\.?$)?", re.M
)
_SET_IT = "give the variable to the command, as in NAME=value make run (README.md lists them)"
_KEPT_LINES = 15


def manage(
    arguments: Sequence[str], *, step: str, mend: str, root: Path, environment: Mapping[str, str]
) -> str:
    """What the command prints. Raises StepError with its last words when it fails."""
    return run_step([sys.executable, "manage.py", *arguments], step, mend, root, environment)


def run_step(
    command: Sequence[str], step: str, mend: str, root: Path, environment: Mapping[str, str]
) -> str:
    """What the program prints. Raises StepError with its last words when it fails."""
    with explained(step):
        done = subprocess.run(
            command,
            cwd=root,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            # Out of the terminal's reach: Ctrl-C is the supervisor's to handle.
            start_new_session=True,
            preexec_fn=dying_with_parent(signal.SIGKILL),
            check=False,
        )
    if done.returncode == 0:
        return done.stdout.strip()
    raise _failure(step, mend, done.stderr.strip() or done.stdout.strip())


def _failure(step: str, mend: str, words: str) -> StepError:
    lines = words.splitlines() or ["it ended without a word"]
    tail = "\n".join(f"    {line}" for line in lines[-_KEPT_LINES:])
    last = lines[-1]
    if tells_of_full_disk(words):
        return StepError(step, DISK_FULL, FREE_SPACE, tail)
    if told := retold(last):
        return told
    if _IN_SETTINGS in words:
        return StepError("Reading the settings", last.partition(": ")[2].rstrip("."), _SET_IT)
    if refused := _CHECK.search(words):
        return StepError("Checking the settings", refused["cause"], refused["hint"] or _SET_IT)
    if last.startswith(_COMMAND):
        return StepError(step, last.removeprefix(_COMMAND).rstrip("."), mend)
    return StepError(step, last.rstrip("."), mend, tail)
