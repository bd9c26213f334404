"""Items that live: a clock that stands still, and a transport that keeps what it is given."""

import pytest

from notifications_platform.core import clock
from notifications_platform.delivery import draining
from tests.cases.lifecycle.living import NOON, Moment
from tests.cases.producing import Api
from tests.transports import FakeTransport


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    """Business time stands at noon of a Tuesday until a test moves it."""
    standing = Moment(NOON)
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    """Takes everything; `post.sent` is what has left."""
    transport = FakeTransport()
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    return transport


@pytest.fixture
def api(moment: Moment, post: FakeTransport, producer: Api) -> Api:
    """A producer at work at noon."""
    return producer
