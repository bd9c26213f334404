"""What the embedded servers have in common: one process, started, watched and stopped."""

import signal
import subprocess
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from notifications_platform.runtime.failure import explained
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.processes import stop


@dataclass
class EmbeddedServer(ABC):
    """Its files lie in `folder`. With `durable` off it is fast and keeps nothing for sure."""

    folder: Path
    log: Path
    ports: PortBook
    password: str
    durable: bool = True
    name: ClassVar[str]
    step: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_seconds: ClassVar[int] = 10
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _port: int = field(default=0, init=False)

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers, with its password."""

    @abstractmethod
    def _start(self) -> None:
        """Start the process and wait for its first answer."""

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it and wait for its first answer; also after it died.

        Call from the main thread. Raises StepError.
        """
        try:
            with explained(self.step):
                self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        if self._process:
            stop(self._process, self.stop_signal, patience=self.stop_seconds)
            self._process = None
