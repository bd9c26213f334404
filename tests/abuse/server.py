"""The web process as `make run` starts it, on the test database, with its log kept."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from notifications_platform.runtime.services import planned_services
from tests.kernel.sinks import eventually

ORDERS = "/notifications/api/v1/orders"
REPORTS = "/notifications/sms/api/v1/reports"
# Whatever looks like a person, or opens a door, in what was logged.
_GIVEN_AWAY = re.compile(r"eyJ[\w-]+\.|Bearer |@[\w.]+\.(?:example|no)\b|\b\d{11}\b|\+47\d{8}")
_ANSWER = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True)
class Answers:
    """All that came back over one connection. `closed`: the server hung up."""

    raw: bytes
    closed: bool
    seconds: float

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in _ANSWER.findall(self.raw)]


@dataclass(frozen=True)
class WebProcess:
    port: int
    log: Path
    process: "subprocess.Popen[bytes]"

    def connect(self, timeout: float = 10) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def say(self, request: bytes, *, patience: float = 10) -> Answers:
        """Send these very bytes, then read until the server hangs up or says no more."""
        began, raw, closed = time.monotonic(), b"", False
        with closing(self.connect(patience)) as http:
            try:
                http.sendall(request)
                while piece := http.recv(1 << 16):
                    raw += piece
                closed = True
            except TimeoutError:
                pass
            except OSError:
                closed = True
        return Answers(raw, closed, time.monotonic() - began)

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answers:
        """A request as any client sends it, over a connection of its own."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
        return self.say("\r\n".join(lines).encode() + b"\r\n\r\n" + (body or b""), patience=20)

    def logged(self) -> list[dict[str, Any]]:
        """Each line of the log; every one of them has to be JSON."""
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.strip()]

    def gives_nobody_away(self) -> bool:
        self.logged()
        return _GIVEN_AWAY.search(self.log.read_text()) is None

    def megabytes(self) -> float:
        """Resident memory of the processes that answer."""
        children = subprocess.run(
            ["ps", "-A", "-o", "ppid=,rss="],  # noqa: S607 (its place differs by system)
            capture_output=True,
            text=True,
            check=True,
        )
        lines = [line.split() for line in children.stdout.splitlines()]
        return sum(int(size) for parent, size in lines if int(parent) == self.process.pid) / 1024

    def is_alive(self) -> bool:
        """Answers others within two seconds, whatever goes on beside."""
        answer = self.ask("/health/live")
        return answer.statuses == [200] and answer.seconds < 2


@contextmanager
def running_web(folder: Path, **more: str) -> Iterator[WebProcess]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    chosen = {"HOST": "127.0.0.1", "PORT": str(port), "WEB_WORKERS": "1"}
    # The dev issuer's name is made of it.
    chosen["PUBLIC_URL"] = settings.PUBLIC_URL
    web = next(one for one in planned_services(chosen, sinks=False) if one.name == "web")
    database = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(
        **connection.settings_dict
    )
    log = folder / "web.log"
    with log.open("wb") as kept:
        process = subprocess.Popen(
            [sys.executable, *web.arguments],
            cwd=settings.BASE_DIR,
            env=os.environ | chosen | {"DATABASE_URL": database, "LOG_FORMAT": "json"} | more,
            stderr=kept,
            start_new_session=True,
        )
    running = WebProcess(port, log, process)
    try:
        eventually(lambda: _is_up(running), seconds=60)
        yield running
    finally:
        process.terminate()
        process.wait(15)


def _is_up(web: WebProcess) -> bool:
    try:
        return web.ask("/health/live").statuses == [200]
    except OSError:
        return False
