"""Gives the suite a PostgreSQL and a Valkey of its own, before Django reads its settings.

A pytest plugin (`-p tests.servers` in pyproject.toml): a conftest.py would come too late.
With DATABASE_URL or REDIS_URL set, that server is used instead, on databases of the
suite's own: `test_<name>`, and the number of REDIS_URL plus eight.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.servers import Servers

_REDIS_DATABASES = 16
# What an operator may have set for a running platform must not change a test's outcome.
_SETTINGS = (
    "ALLOWED_HOSTS",
    "ATTACHMENTS_URL",
    "BROKER_URL",
    "DELIVERY_CONNECTIONS",
    "DELIVERY_LEASE_SECONDS",
    "EMAIL_FROM",
    "EMAIL_RETURN_PATH",
    "EMAIL_URL",
    "EMAIL_WEBHOOK_SECRET",
    "HOST",
    "LOG_FORMAT",
    "MALWARE_SCANNER",
    "MASKINPORTEN_CLIENT_ID",
    "MASKINPORTEN_KEY",
    "MASKINPORTEN_TOKEN_URL",
    "ORDERS_SMS_HOURS",
    "ORGANIZATIONS_URL",
    "OUTBOUND_ALLOW_PRIVATE",
    "PERSONS_URL",
    "PORT",
    "PROMETHEUS_MULTIPROC_DIR",
    "PUBLIC_URL",
    "REGISTERS_FILE",
    "SECRET_KEY",
    "SIGNING_KEY",
    "SMS_GATEWAY_URL",
    "SMS_REPORT_PASSWORD",
    "SMS_REPORT_USER",
    "SMS_SENDER",
    "SWEEP_SECONDS",
    "TOKEN_ISSUERS",
    "WEB_WORKERS",
    "WORKERS",
)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Wraps the hook in which pytest-django loads the settings."""
    folder = Path(tempfile.mkdtemp(prefix="notifications-platform-tests-"))
    folder.chmod(0o711)  # as root, PostgreSQL's own user has to get through
    early_config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    servers = Servers(folder, os.environ, ports=PortBook(folder / "ports.json"), durable=False)
    early_config.add_cleanup(servers.stop)
    servers.start()
    for name in _SETTINGS:
        os.environ.pop(name, None)
    os.environ.update(servers.urls(), SANDBOX="1", VAR_DIR=str(folder / "var"))
    if not servers.valkey:
        os.environ["REDIS_URL"] = _own_database(os.environ["REDIS_URL"])
    return (yield)


def _own_database(url: str) -> str:
    """The same server, another database: the suite empties it before each test."""
    parts = urlsplit(url)
    number = int(parts.path.strip("/") or 0) + _REDIS_DATABASES // 2
    if number >= _REDIS_DATABASES:
        raise pytest.UsageError("REDIS_URL must name a database below 8: tests use that plus 8")
    return parts._replace(path=f"/{number}").geturl()
