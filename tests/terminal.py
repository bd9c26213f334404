"""A whole platform in a terminal of its own, as `make run` starts it."""

import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.processes import wait_until
from notifications_platform.runtime.state import ROOT

SECONDS = 120


class Terminal:
    """A run of the platform and what it has shown so far."""

    def __init__(self, folder: Path, **settings: str) -> None:
        port = PortBook(folder / "test-ports.json").port("web")
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "VAR_DIR": str(folder),
            "PORT": str(port),
            **settings,
        }
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notifications_platform.runtime"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def wait_for(self, words: str) -> None:
        wait_until(
            lambda: words in self.text or self.process.poll() is not None,
            seconds=SECONDS,
            pause=0.1,
        )
        assert words in self.text, self.text

    def manage(self, words: str) -> str:
        """What manage.py prints in another shell."""
        return subprocess.run(
            [sys.executable, "manage.py", *shlex.split(words)],
            cwd=ROOT,
            env={name: self.environment[name] for name in ("PATH", "VAR_DIR")},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(30)
        self._reader.join()
        return code

    def _read(self) -> None:
        assert self.process.stdout
        with self.process.stdout as shown:
            for line in shown:
                self.text += line
