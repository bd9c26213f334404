"""An embedded Valkey: the broker and the cache, behind a password, on 127.0.0.1 only."""

import os
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from notifications_platform.runtime.binaries import Program, find_valkey
from notifications_platform.runtime.embedded import EmbeddedServer
from notifications_platform.runtime.failure import (
    DISK_FULL,
    FREE_SPACE,
    StepError,
    tells_of_full_disk,
)
from notifications_platform.runtime.processes import (
    clean_environment,
    command_line,
    log_tail,
    start,
    wait_until,
)

STEP = "Starting Valkey"
_TRIES = 3
_START_SECONDS = 60


@dataclass
class Valkey(EmbeddedServer):
    name: ClassVar[str] = "Valkey"
    step: ClassVar[str] = STEP

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self._port}/0"

    def _start(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        program = find_valkey()
        self._end_leftover()
        self._port = self.ports.port("valkey")
        for _ in range(_TRIES):
            if self._comes_up(program):
                return
            self._port = self.ports.another("valkey")
        raise self._failed("it finds no free port")

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"

    def _end_leftover(self) -> None:
        """Stop a server that outlived its supervisor: two must not write the same files."""
        try:
            pid = int((self.folder / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return
        if not self._is_our_server(pid):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if not wait_until(lambda: not self._is_our_server(pid), seconds=self.stop_seconds):
            raise StepError(
                STEP,
                f"an earlier server of this folder (process {pid}) does not stop",
                f"kill -9 {pid}",
            )

    def _is_our_server(self, pid: int) -> bool:
        return str(self._configuration) in command_line(pid)

    def _comes_up(self, program: Program) -> bool:
        """False when somebody else took the port meanwhile."""
        with self.log.open("wb") as output:
            self._process = start(
                [program.path, self._write_configuration()],
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
        raise self._failed("the server ended, or gave no answer")

    def _write_configuration(self) -> Path:
        """The settings as a file: a password on the command line is everybody's."""
        lines = [
            "bind 127.0.0.1",
            f"port {self._port}",
            f"requirepass {self.password}",
            f"appendonly {'yes' if self.durable else 'no'}",
            "appendfsync everysec",
            f'dir "{self.folder}"',
            f'pidfile "{self.folder / "valkey.pid"}"',
            "set-proc-title no",  # the command line tells whose server it is
            'save ""',
            # A broker that evicts would drop tasks.
            "maxmemory-policy noeviction",
        ]
        self._configuration.touch(mode=0o600)
        self._configuration.write_text("\n".join(lines) + "\n")
        return self._configuration

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = connection.makefile("rb")
                return answer.readline() == b"+OK\r\n" and answer.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def _failed(self, cause: str) -> StepError:
        tail = log_tail(self.log)
        if tells_of_full_disk(tail):
            return StepError(STEP, DISK_FULL, FREE_SPACE, tail)
        return StepError(STEP, cause, f"see {self.log}, or set REDIS_URL to another server", tail)
