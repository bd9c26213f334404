"""An embedded Valkey: the broker and the cache, behind a password, on 127.0.0.1 only."""

import signal
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from notifications_platform.runtime.binaries import Program, find_valkey
from notifications_platform.runtime.failure import DISK_FULL, FREE_SPACE, StepFailed, explained
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.processes import (
    clean_environment,
    log_tail,
    start,
    stop,
    wait_until,
)

STEP = "Starting Valkey"
_TRIES = 3
_START_SECONDS = 60
_STOP_SECONDS = 10


@dataclass
class Valkey:
    """The server whose files lie in `folder`. With `durable` off it writes none."""

    folder: Path
    log: Path
    ports: PortBook
    password: str
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _port: int = field(default=0, init=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self._port}/0"

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        return self._process

    def start(self) -> None:
        """Start and wait for the first answer. Call from the main thread. Raises StepFailed."""
        with explained(STEP):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.log.parent.mkdir(parents=True, exist_ok=True)
            program = find_valkey()
            self._port = self.ports.port("valkey")
            for _ in range(_TRIES):
                if self._comes_up(program):
                    return
                self._port = self.ports.another("valkey")
        raise self._failed("it finds no free port")

    def restart(self) -> None:
        """Start again after the server died; same port unless somebody took it."""
        self.stop()
        self.start()

    def stop(self) -> None:
        if self._process:
            stop(self._process, signal.SIGTERM, patience=_STOP_SECONDS)
            self._process = None

    def _comes_up(self, program: Program) -> bool:
        """False when somebody else took the port meanwhile."""
        with self.log.open("wb") as output:
            self._process = start(
                [program.path, self._configuration()],
                environment=clean_environment(),
                directory=self.folder,
                output=output,
                death_signal=signal.SIGTERM,
            )
        process = self._process
        wait_until(lambda: process.poll() is not None or self._answers(), seconds=_START_SECONDS)
        if process.poll() is None and self._answers():
            return True
        self.stop()
        if "Address already in use" in self.log.read_text(errors="replace"):
            return False
        raise self._failed("the server ended at once")

    def _configuration(self) -> Path:
        """The settings as a file: a password on the command line is everybody's."""
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self.password}",
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            # A broker that evicts would drop tasks.
            "maxmemory-policy noeviction",
        ]
        file = self.folder / "valkey.conf"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n")
        return file

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = connection.makefile("rb")
                return answer.readline() == b"+OK\r\n" and answer.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def _failed(self, cause: str) -> StepFailed:
        tail = log_tail(self.log)
        if "No space left on device" in tail:
            return StepFailed(STEP, DISK_FULL, FREE_SPACE, tail)
        return StepFailed(STEP, cause, f"see {self.log}, or set REDIS_URL to another server", tail)
