"""Serves the limits project by the product's own granian command, on the same PostgreSQL."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.platform import Platform
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.processes import start, stop
from notifications_platform.runtime.services import planned_services
from notifications_platform.runtime.state import ROOT

_DATABASE = "limits"
_READY_SECONDS = 30


@contextmanager
def running_limits(platform: Platform, **settings: str) -> Iterator[tuple[str, int]]:
    """The address of the limits' web server, `platform`'s neighbour."""
    with platform.connect() as connection:
        connection.execute(f"CREATE DATABASE {_DATABASE}")
    port = PortBook(platform.folder / "limits-ports.json").another("web")
    environment = {
        **_environment(port),
        **settings,
        "DATABASE_URL": _url_of(platform.database_url),
        "DJANGO_SETTINGS_MODULE": "benchmarks.limits.settings",
    }
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"],
        cwd=ROOT,
        env=environment,
        check=True,
    )
    with _served("benchmarks.limits.wsgi", environment) as address:
        yield address


@contextmanager
def running_copier(platform: Platform, file: Path) -> Iterator[tuple[str, int]]:
    """The address of one that copies what it gets into `file`."""
    port = PortBook(platform.folder / "copier-ports.json").another("web")
    environment = {**_environment(port), "LIMIT_FILE": str(file)}
    with _served("benchmarks.limits.copy", environment) as address:
        yield address


def _environment(port: int) -> dict[str, str]:
    return {**os.environ, "HOST": "127.0.0.1", "PORT": str(port)}


@contextmanager
def _served(module: str, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    web = next(one for one in planned_services(environment, sinks=False) if one.name == "web")
    process = start(
        [sys.executable, *web.arguments[:-1], f"{module}:application"],
        environment=environment,
        directory=ROOT,
        output=subprocess.DEVNULL,
        death_signal=signal.SIGTERM,
    )
    address = "127.0.0.1", int(environment["PORT"])
    try:
        _wait_for(*address)
        yield address
    finally:
        stop(process, signal.SIGTERM, patience=10)


def _url_of(database_url: str) -> str:
    return f"{database_url.rpartition('/')[0]}/{_DATABASE}"


def _wait_for(host: str, port: int) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        connection = HTTPConnection(host, port, timeout=5)
        with suppress(OSError):
            connection.request("GET", "/empty")
            if connection.getresponse().status == 200:
                return
        connection.close()
        time.sleep(0.1)
    raise TimeoutError("the limits' server did not start")
