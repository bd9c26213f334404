"""What every test stands on. The servers come from tests/servers.py."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from hypothesis import settings

from cases import producers
from notifications_platform.back_office import keeping
from notifications_platform.core import clock
from notifications_platform.registers import service_owners
from notifications_platform.sandbox.offset import OffsetReader, read_offset
from tests import static_files, tables

static_files.install()
tables.install()

# A machine that others use too is slow at times; that is no finding about an example.
settings.register_profile("platform", deadline=None)
settings.load_profile("platform")


@pytest.fixture(autouse=True)
def _empty_valkey() -> None:
    """Empty the cache and the broker: wake-ups of an earlier test reach nobody."""
    cache.clear()


@pytest.fixture(autouse=True)
def _figures_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The front page tells what is, not what was some seconds ago."""
    monkeypatch.setattr(keeping, "FRESH_SECONDS", 0.0)


@pytest.fixture(autouse=True)
def _nobody_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Service owners and producers of an earlier test are not known from its memory; those of
    this test stay known, however slow the machine is.
    """
    for register in (service_owners, producers):
        register.forget()
        monkeypatch.setattr(register, "monotonic", lambda: 0.0)


@pytest.fixture(autouse=True)
def _clock_of_the_system() -> None:
    """Business time is real time, wherever an earlier test moved the sandbox clock."""
    clock.follow(None)


@pytest.fixture
def sandbox_clock(transactional_db: None) -> Iterator[OffsetReader]:
    """The movable clock as a running platform has it: it reads what is committed."""
    read_offset.close()
    clock.follow(read_offset)
    yield read_offset
    clock.follow(None)
    read_offset.close()
