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
from notifications_platform.runtime.variables import platform_variables

_REDIS_DATABASES = 16
_SERVERS = {"DATABASE_URL", "REDIS_URL"}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Wraps the hook in which pytest-django loads the settings."""
    folder = Path(tempfile.mkdtemp(prefix="notifications-platform-tests-"))
    folder.chmod(0o711)  # as root, PostgreSQL's own user has to get through
    early_config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    servers = Servers(folder, os.environ, ports=PortBook(folder / "ports.json"), durable=False)
    early_config.add_cleanup(servers.stop)
    servers.start()
    # What an operator has set for a running platform must not change a test's outcome.
    for name in {*platform_variables(os.environ), "PROMETHEUS_MULTIPROC_DIR"} - _SERVERS:
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
