"""Starts the peer: installs it when needed, gives it a database, times its command."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.platform import Platform
from notifications_platform.runtime.state import ROOT

# The fastest of one to three processes, one to five threads, batches of 100, 1,000 and 5,000.
BEST = {"processes": 2, "threads_per_process": 5, "batch_size": 5000}
_LOCK = Path(__file__).parents[1] / "peer-requirements.txt"
_VENV = ROOT / ".venv" / "peer"
_PYTHON = _VENV / "bin" / "python"
_STAMP = _VENV / "installed.txt"
_DATABASE = "peer"


@dataclass(frozen=True, slots=True)
class Peer:
    database_url: str
    lock_file: Path

    def rate(self, count: int, smtp_port: int, body: str) -> float:
        """Mails a second, from the start of its command to its end."""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "DJANGO_SETTINGS_MODULE": "benchmarks.peer.settings",
            "DATABASE_URL": self.database_url,
            "EMAIL_PORT": str(smtp_port),
            **{name.upper(): str(value) for name, value in BEST.items()},
        }
        given = [str(count), str(BEST["processes"]), str(self.lock_file)]
        words = [str(_PYTHON), "-m", "benchmarks.peer.send", *given]
        return count / float(_output(words, environment, body))


@contextmanager
def running_peer(platform: Platform) -> Iterator[Peer | None]:
    """None, and a line that says so, where it cannot be installed."""
    if not installed():
        yield None
        return
    with platform.connect() as connection:
        connection.execute(f"CREATE DATABASE {_DATABASE}")
    address, _, _ = platform.database_url.rpartition("/")
    yield Peer(f"{address}/{_DATABASE}", platform.folder / "peer")


def installed() -> bool:
    """Whether it is there, installing it when needed; says so in a line when it cannot be."""
    if _STAMP.exists() and _STAMP.read_text() == _LOCK.read_text():
        return True
    pip = [str(_PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        _output([sys.executable, "-m", "venv", "--clear", str(_VENV)])
        _output([*pip, "--retries", "1", "--require-hashes", "--requirement", str(_LOCK)])
    except subprocess.CalledProcessError:
        print("django-post_office is not measured: it could not be installed (no internet?)")
        return False
    _STAMP.write_text(_LOCK.read_text())
    return True


def _output(words: list[str], environment: dict[str, str] | None = None, given: str = "") -> str:
    done = subprocess.run(
        words, cwd=ROOT, env=environment, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        done.check_returncode()
    return done.stdout
