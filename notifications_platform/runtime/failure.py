"""A step of the start that cannot go on: what was tried, why it failed, how to mend it."""

import errno
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DISK_FULL = "the disk is full"
FREE_SPACE = "free some space on the disk that holds var/ (or set VAR_DIR to a folder elsewhere)"
_FULL_BELOW = 16 * 2**20  # what PostgreSQL asks for at once, to write its log on
_FULL_WORDS = ("No space left on device", "Check free disk space")


class StepError(Exception):
    """Ends a start with one clear line; `detail` (a log's tail) may follow it."""

    def __init__(self, step: str, cause: str, mend: str, detail: str = "") -> None:
        super().__init__(step, cause, mend, detail)
        self.step = step
        self.cause = cause
        self.mend = mend
        self.detail = detail

    def told(self) -> str:
        """As a line for the process that started this one, see `retold`."""
        return json.dumps({"step": self.step, "cause": self.cause, "mend": self.mend})

    def __str__(self) -> str:
        line = f"{self.step} failed: {self.cause}. To mend it: {self.mend}."
        return f"{line}\n{self.detail}" if self.detail else line


def tells_of_full_disk(words: str) -> bool:
    """Whether a program's last words say that there was no space left."""
    return any(sign in words for sign in _FULL_WORDS)


def with_full_disk(error: StepError, folder: Path) -> StepError:
    """The same failure with its true cause, where the disk of `folder` has no space left.

    A database that cannot write fails in many ways, few of which name the reason.
    """
    if shutil.disk_usage(folder).free >= _FULL_BELOW or error.cause.startswith(DISK_FULL):
        return error
    return StepError(error.step, DISK_FULL, FREE_SPACE, error.detail)


def retold(line: str) -> StepError | None:
    """What another process told; None when the line is something else."""
    try:
        return StepError(**json.loads(line))
    except (ValueError, TypeError):
        return None


@contextmanager
def explained(step: str) -> Iterator[None]:
    """Turn what the operating system refuses within `step` into a StepError."""
    try:
        yield
    except OSError as error:
        raise StepError(step, *_reason(error)) from error


def _reason(error: OSError) -> tuple[str, str]:
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DISK_FULL + where, FREE_SPACE
    if isinstance(error, PermissionError):
        return (
            f"this user may not touch {error.filename or 'a file it needs'}",
            "start as the user who made the folder, or set VAR_DIR to a folder of your own",
        )
    return f"{error.strerror or error}{where}", "see the cause"
