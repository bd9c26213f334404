"""What this process learned within the last seconds. In memory only: contact data of people
goes to no shared cache.
"""

import time
from collections.abc import Collection, Mapping
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Values that are forgotten after `seconds`, and all at once beyond `most` of them."""

    def __init__(self, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._kept: dict[K, tuple[float, V]] = {}
        self._lock = Lock()

    def of(self, keys: Collection[K]) -> dict[K, V]:
        """Those of `keys` that are still remembered."""
        now = time.monotonic()
        found = {}
        for key in keys:
            until_and_value = self._kept.get(key)
            if until_and_value and now < until_and_value[0]:
                found[key] = until_and_value[1]
        return found

    def keep(self, values: Mapping[K, V]) -> None:
        until = time.monotonic() + self._seconds
        with self._lock:
            if len(self._kept) + len(values) > self._most:
                self._kept.clear()
            self._kept.update((key, (until, value)) for key, value in values.items())
