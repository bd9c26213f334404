"""The real platform, started as `make run` starts it, in a folder of its own, with fast sinks.

Supervisor, granian, Celery workers, beat, PostgreSQL and Valkey are the product's own, with
every safety on. Only what stands for the outside world, mail server and SMS gateway, is ours.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.load import request
from benchmarks.sinks import Sink
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.processes import start, stop
from notifications_platform.runtime.state import ROOT
from notifications_platform.runtime.variables import platform_variables

ORDERS_PATH = "/notifications/api/v1/orders"
SCOPE = "altinn:serviceowner/notifications.create"
_READY_SECONDS = 120
_READY_WORDS = "notifications-platform runs at"
_STOP_SECONDS = 40
TOKEN_SECONDS = 4 * 3600  # the long rows outlive the hour that is usual


@dataclass(frozen=True, slots=True)
class Sinks:
    """What stands for the outside world: a mail server and an SMS gateway."""

    mail: Sink
    sms: Sink

    @property
    def environment(self) -> dict[str, str]:
        return {
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "SMS_GATEWAY_URL": f"pswin+http://bench:bench@127.0.0.1:{self.sms.port}/",
        }


@contextmanager
def running_sinks(*, keep_in: Path | None = None, delay_ms: float = 0) -> Iterator[Sinks]:
    """With `keep_in`, a folder, they keep what they receive, else they only count it."""
    mail, sms = (keep_in and keep_in / name for name in ("mail", "sms"))
    with (
        Sink("smtp", delay_ms=delay_ms, keep=mail) as mail_sink,
        Sink("pswin", delay_ms=delay_ms, keep=sms) as sms_sink,
    ):
        yield Sinks(mail_sink, sms_sink)


@dataclass(slots=True)
class Platform:
    """A running platform; `token` is the service owner ttd's."""

    folder: Path
    port: int
    sinks: Sinks
    environment: Mapping[str, str]
    token: str = ""

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    @property
    def shared(self) -> Mapping[str, str]:
        """The settings that its processes got, as other shells of the folder read them."""
        return dict(self._state()["environment"])

    @property
    def database_url(self) -> str:
        return self.shared["DATABASE_URL"]

    @property
    def supervisor(self) -> int:
        return int(self._state()["pid"])

    def processes(self) -> dict[str, int]:
        """Process ids by name; the supervisor's own is not among them."""
        return dict(self._state()["processes"])

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout.strip()

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.database_url, autocommit=True)

    def order(self, order: Mapping[str, Any], kind: str = "") -> bytes:
        """The request that places `order`; `kind` is `/email`, `/sms` or empty."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return request("POST", ORDERS_PATH + kind, headers, json.dumps(order).encode())

    def log(self) -> str:
        return _log_file(self.folder).read_text(errors="replace")

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads((self.folder / "run" / "state.json").read_text())
        return state


@contextmanager
def running_platform(
    sinks: Sinks, prepare: Callable[[Path], None] | None = None, /, **settings: str
) -> Iterator[Platform]:
    """The platform with `settings` on top of the sandbox's, ready and with a token.

    `prepare` gets the empty folder in which it is to live. A setting given as "" is the
    product's own default: `EMAIL_URL=""` starts the sandbox' own sinks.
    """
    folder = Path(tempfile.mkdtemp(prefix="notifications-platform-bench-"))
    folder.chmod(0o711)  # as root, PostgreSQL's own user has to get through
    if prepare:
        prepare(folder)
    port = PortBook(folder / "bench-ports.json").another("web")
    own = {
        "VAR_DIR": str(folder),
        "SANDBOX": "1",
        "PORT": str(port),
        "ORDERS_SMS_HOURS": "0-24",
        "LOG_FORMAT": "json",
        **sinks.environment,
        **settings,
    }
    # What is exported in this shell for another platform must not reach this one.
    others = {
        name: value for name, value in os.environ.items() if not platform_variables({name: "x"})
    }
    own = {name: value for name, value in own.items() if value}
    platform = Platform(folder, port, sinks, others | own)
    supervisor = _start(platform)
    try:
        _wait_until_ready(platform, supervisor)
        platform.token = platform.manage(
            "token", "--client", "ttd", "--scope", SCOPE, "--ttl", str(TOKEN_SECONDS)
        )
        yield platform
    except BaseException:
        print(_last_words(platform.log()), file=sys.stderr)
        raise
    finally:
        stop(supervisor, signal.SIGTERM, patience=_STOP_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _start(platform: Platform) -> subprocess.Popen[bytes]:
    with _log_file(platform.folder).open("wb") as log:
        return start(
            [sys.executable, "-m", "notifications_platform.runtime"],
            environment=platform.environment,
            directory=ROOT,
            output=log,
            death_signal=signal.SIGTERM,
        )


def _wait_until_ready(platform: Platform, supervisor: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while _READY_WORDS not in platform.log():
        if supervisor.poll() is not None:
            raise RuntimeError("the platform did not come up, see above")
        if time.monotonic() > deadline:
            raise TimeoutError(f"the platform was not ready after {_READY_SECONDS} s")
        time.sleep(0.1)


def _last_words(log: str) -> str:
    """Without the banner, which shows a token."""
    lines = [line for line in log.splitlines() if " | " in line or line.startswith("  ")]
    return "\n".join(line for line in lines[-30:] if "Token" not in line)


def _log_file(folder: Path) -> Path:
    return folder / "platform.log"
