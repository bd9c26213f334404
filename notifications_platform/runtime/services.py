"""The platform's own processes: what each is called, how it starts, how it is kept alive."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from notifications_platform.runtime.output import Output, PrefixedLog
from notifications_platform.runtime.processes import signal_group, start

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 5.0
_HEALTHY_AFTER = 10.0
_NAME_WIDTH = 9
# Three are left when five wait for bodies and four for uploads.
WEB_THREADS = 12
# Three channels, four runs of orders, and room for the sweeps.
WORKER_THREADS = 12
_QUEUES = "send,lifecycle"


@dataclass(frozen=True, slots=True)
class Service:
    """One process: its arguments to Python, and how long it may take over its last work."""

    name: str
    arguments: Sequence[str]
    patience: float


def planned_services(environment: Mapping[str, str], *, sinks: bool) -> list[Service]:
    """Every process of a run, in the order of starting; stopping goes the other way round."""
    cores = os.cpu_count() or 1
    workers = int(environment.get("WORKERS") or max(2, cores))
    return [
        *([Service("sinks", ["manage.py", "sandbox_sinks"], 3)] if sinks else []),
        _web(environment, int(environment.get("WEB_WORKERS") or max(1, cores // 2))),
        *(_worker(f"worker-{number}") for number in range(1, workers + 1)),
        _beat(),
    ]


def _web(environment: Mapping[str, str], processes: int) -> Service:
    options = {
        "interface": "wsgi",
        "host": environment["HOST"],
        "port": environment["PORT"],
        "workers": str(processes),
        "blocking-threads": str(WEB_THREADS),
        # A thread that ends gives its database connection back: memory follows the load.
        "blocking-threads-idle-timeout": "30",
        "backlog": "1024",
        "respawn-interval": "0.5",
        "workers-kill-timeout": "3",
        "log-level": "error",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    return Service(
        "web",
        [
            "-m",
            "granian",
            *words,
            "--respawn-failed-workers",
            "notifications_platform.wsgi:application",
        ],
        5,
    )


def _worker(name: str) -> Service:
    return Service(
        name,
        [
            # Celery warns against root because of pickled messages; ours are JSON.
            "-Wignore:You're running the worker",
            *("-m", "notifications_platform.runtime.worker", "--queues", _QUEUES),
            *("--hostname", f"{name}@%h", "--concurrency", str(WORKER_THREADS)),
        ],
        8,
    )


def _beat() -> Service:
    return Service("beat", ["-m", "notifications_platform.runtime.beat"], 3)


class Running:
    """A service that is being kept alive: restarted after a growing pause when it ends."""

    def __init__(self, service: Service, root: Path, output: Output) -> None:
        self.service = service
        self.restarts = 0
        self._root = root
        self._output = output
        self._log = PrefixedLog(service.name, _NAME_WIDTH, output)
        self._process: subprocess.Popen[bytes] | None = None
        self._pause = _FIRST_PAUSE
        self._started_at = 0.0
        self._due_at: float | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def tail(self) -> str:
        return self._log.tail()

    def start(self, environment: Mapping[str, str]) -> None:
        """Start the process. From the main thread: it dies with that thread (Linux)."""
        self._process = start(
            [sys.executable, *self.service.arguments],
            environment=environment,
            directory=self._root,
            output=subprocess.PIPE,
            death_signal=signal.SIGTERM,
        )
        self._started_at = time.monotonic()
        self._due_at = None
        if self._process.stdout:
            self._log.follow(self._process.stdout)

    def look_after(self, environment: Mapping[str, str]) -> bool:
        """Restart the process if it ended and its pause is over; True when it was restarted."""
        if self._process is None or self._process.poll() is None:
            return False
        now = time.monotonic()
        if self._due_at is None:
            self._note_the_end(now)
            return False
        if now < self._due_at:
            return False
        self.restarts += 1
        self.start(environment)
        return True

    def ask_to_stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Wait until `deadline` (monotonic clock), then kill what is left of the group."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._output.line(f"  ..  {self.service.name} is still busy: killed")
        signal_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _note_the_end(self, now: float) -> None:
        if self._process is None:
            return
        # What it started itself may live on and hold the port.
        signal_group(self._process.pid, signal.SIGKILL)
        if now - self._started_at > _HEALTHY_AFTER:
            self._pause = _FIRST_PAUSE
        self._due_at = now + self._pause
        self._output.line(
            f"  !!  {self.service.name} ended (code {self._process.returncode}), "
            f"starts again in {self._pause:.1f} s"
        )
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
