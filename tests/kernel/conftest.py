from collections.abc import Iterator

import pytest

from notifications_platform.delivery import draining, owners
from tests.kernel.certificates import Certificates
from tests.transports import FakeTransport, Use


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Let the engine use these transports, and these only."""

    def install(*transports: FakeTransport) -> FakeTransport:
        monkeypatch.setattr(draining, "transports", lambda _channel: list(transports))
        return transports[0]

    return install


@pytest.fixture
def told() -> Iterator[list[owners.Outcome]]:
    """What the owner of the test's messages was told."""
    outcomes: list[owners.Outcome] = []
    owners.register("test", lambda batch, _now: outcomes.extend(batch))
    yield outcomes
    owners.register("test", lambda _batch, _now: None)
