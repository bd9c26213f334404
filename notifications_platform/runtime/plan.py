"""What a run is to be, worked out from the environment before anything starts."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from notifications_platform.runtime.failure import StepError
from notifications_platform.runtime.ports import PortBook, is_free
from notifications_platform.runtime.variables import platform_variables

STEP = "Reading the settings"
_YES = {"1", "true", "on", "ok", "y", "yes"}
_NUMBERS = ("PORT", "WORKERS", "WEB_WORKERS")
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (told apart, not bound)


@dataclass(frozen=True, slots=True)
class Plan:
    """`settings` are the platform's variables with their defaults, for children and state file."""

    root: Path
    var: Path
    settings: Mapping[str, str]
    own_sinks: bool
    supervisor: int

    @property
    def sandbox(self) -> bool:
        return self.settings["SANDBOX"].lower() in _YES

    @property
    def port(self) -> int:
        return int(self.settings["PORT"])

    @property
    def public_url(self) -> str:
        return self.settings["PUBLIC_URL"].rstrip("/")

    @property
    def address(self) -> tuple[str, int]:
        """Where the supervisor itself reaches the web server."""
        host = self.settings["HOST"]
        return _ANY_ADDRESS.get(host, host), self.port

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """What every child gets."""
        others = {
            name: value for name, value in os.environ.items() if not platform_variables({name: "x"})
        }
        return {
            **others,
            **self.settings,
            **urls,
            "VAR_DIR": str(self.var),
            "PROMETHEUS_MULTIPROC_DIR": str(self.var / "run" / "metrics"),
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            # The web server's checks load every view; workers need none of them.
            "CELERY_SKIP_CHECKS": "1",
            # Threads share their heaps: less memory for a little waiting.
            "MALLOC_ARENA_MAX": "2",
        }


def make_plan(root: Path, var: Path, given: Mapping[str, str], ports: PortBook) -> Plan:
    """Raises StepError for a number that is none, or a web port that is taken."""
    settings = {"SANDBOX": "1", "HOST": "127.0.0.1", "PORT": "8000"} | platform_variables(given)
    for name in _NUMBERS:
        if name in settings and not (settings[name].isdecimal() and int(settings[name])):
            raise StepError(STEP, f"{name} is {settings[name]!r}", f"give {name} a whole number")
    settings.setdefault("PUBLIC_URL", f"http://127.0.0.1:{settings['PORT']}")
    _refuse_taken_port(settings["HOST"], int(settings["PORT"]))
    sandbox = settings["SANDBOX"].lower() in _YES
    wanted = [name for name in ("EMAIL_URL", "SMS_GATEWAY_URL") if name not in settings]
    if sandbox and wanted:
        settings = _sink_settings(ports) | settings
    return Plan(root, var, settings, own_sinks=sandbox and bool(wanted), supervisor=os.getpid())


def _sink_settings(ports: PortBook) -> dict[str, str]:
    smtp, sms = ports.port("smtp"), ports.port("sms")
    return {
        "SANDBOX_SMTP_PORT": str(smtp),
        "SANDBOX_SMS_PORT": str(sms),
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
        "SMS_GATEWAY_URL": f"pswin+http://sandbox:sandbox@127.0.0.1:{sms}/",
    }


def _refuse_taken_port(host: str, port: int) -> None:
    step = "Choosing the web port"
    try:
        free = is_free(port, host)
    except PermissionError as error:
        raise StepError(
            step, f"this user may not listen on port {port}", "choose one above 1023: PORT=8000"
        ) from error
    except (OSError, OverflowError) as error:
        raise StepError(
            step,
            f"{host}:{port} cannot be listened on ({error})",
            "set HOST to an address of this machine and PORT to 1-65535",
        ) from error
    if not free:
        raise StepError(
            step,
            f"port {port} on {host} is taken by another program",
            f"stop that program, or choose another port: PORT={port + 1} make run",
        )
