"""What every test stands on. The servers come from tests/servers.py."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def _empty_valkey() -> None:
    """Empty the cache and the broker: wake-ups of an earlier test reach nobody."""
    cache.clear()
