"""What attacks are tried on: the real web process, started once for all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.abuse.server import WebProcess, running_web
from tests.kernel.sinks import eventually
from tests.orders.conftest import Api


@pytest.fixture(scope="session")
def started_web(
    django_db_setup: None, django_db_blocker: object, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebProcess]:
    with running_web(Path(tmp_path_factory.mktemp("web"))) as running:
        yield running


@pytest.fixture
def web(started_web: WebProcess, db: None) -> Iterator[WebProcess]:
    """After each attack it answers others at once, and its log names nobody."""
    yield started_web
    assert eventually(started_web.is_alive)
    assert started_web.gives_nobody_away()


@pytest.fixture
def api() -> Api:
    """The orders API as the service owner ttd meets it."""
    return Api("ttd")
