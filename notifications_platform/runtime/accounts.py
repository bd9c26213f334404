"""Which operating-system user an embedded server runs as.

PostgreSQL refuses to run as root. Started by root it therefore becomes `postgres`, or
`nobody`; no permission of a folder above its own is ever changed for that.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from notifications_platform.runtime.failure import StepError

STEP = "Starting PostgreSQL"
USE_OTHER_DATABASE = "set DATABASE_URL to a PostgreSQL 15 or newer"


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int
    name: str


def server_account(data: Path) -> Account | None:
    """The user to become for the cluster in `data`; None: stay who we are.

    Raises StepError when no user fits or the cluster is another user's.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() == 0:
        return _other_than_root(owner)
    _own_entry()
    if owner not in (None, os.geteuid()):
        raise StepError(
            STEP,
            f"{data} belongs to another user (uid {owner}); it was made by a start as that user "
            "or as root",
            f"start as that user again, or move the folder away, or {USE_OTHER_DATABASE}",
        )
    return None


def can_enter(account: Account | None, directory: Path) -> bool:
    """Whether the user may pass through every folder down to this one."""
    if account is None:
        return os.access(directory, os.R_OK | os.X_OK)
    answer = subprocess.run(
        ["/bin/sh", "-c", 'test -r "$1" && test -x "$1"', "sh", str(directory)],
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[account.gid],
        check=False,
    )
    return answer.returncode == 0


def _other_than_root(owner: int | None) -> Account:
    entries = [_by_uid(owner)] if owner else [_by_name("postgres"), _by_name("nobody")]
    for entry in entries:
        if entry and entry.pw_uid != 0:
            return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)
    raise StepError(
        STEP,
        "PostgreSQL does not run as root and there is no other user for it"
        + (f" (its data belongs to uid {owner}, unknown here)" if owner else ""),
        f"start as an ordinary user, or {USE_OTHER_DATABASE}",
    )


def _own_entry() -> None:
    if _by_uid(os.geteuid()) is None:
        raise StepError(
            STEP,
            f"this user (uid {os.geteuid()}) has no entry in /etc/passwd, which PostgreSQL needs",
            f"start as a user with a name, or {USE_OTHER_DATABASE}",
        )


def _by_uid(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _by_name(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
