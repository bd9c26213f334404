"""Figures that many look at and that are asked of the database once for all of them.

Kept in the cache for a few seconds. Whoever finds them stale asks for new ones; others who come
meanwhile are shown the stale ones. Without the cache each process keeps its own.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core.cache import cache
from redis.exceptions import RedisError

from notifications_platform.core import clock

FRESH_SECONDS = 5.0
# Shown while somebody asks for new ones; and for how long whoever asks keeps others from it.
_SHOWN_SECONDS = 60.0
_ASKING_SECONDS = 10
# A cache that just failed is left alone, so that no page waits for it.
_REST_SECONDS = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """`at`: when the figures were asked for (business time)."""

    value: T
    at: datetime


@dataclass(frozen=True, slots=True)
class _Entry:
    kept: Kept[Any]
    stale_at: float  # real time, which all processes share


class _Own:
    """What this process keeps while the cache is away."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> _Entry | None:
        return self._entries.get(key)

    def keep(self, key: str, entry: _Entry) -> None:
        with self._lock:
            now = time.time()
            self._entries = {
                name: one for name, one in self._entries.items() if one.stale_at > now
            } | {key: entry}


_own = _Own()
_cache_rests_until = 0.0


def kept(key: str, ask: Callable[[], T]) -> Kept[T]:
    """What `ask` gave at most some seconds ago, to anybody who gave the same `key`. It must be
    picklable, and no more than whoever knows the key may see.
    """
    entry = _find(key)
    if entry and (time.time() < entry.stale_at or not _is_ours_to_ask(key)):
        return entry.kept
    at = clock.now()
    fresh = _Entry(Kept(ask(), at), time.time() + FRESH_SECONDS)
    _own.keep(key, fresh)
    _with_cache(lambda: _give_to_all(key, fresh))
    return fresh.kept


def _give_to_all(key: str, fresh: _Entry) -> None:
    cache.set(_name(key), fresh, timeout=_SHOWN_SECONDS)
    cache.delete(_asking(key))


def _find(key: str) -> _Entry | None:
    found, entry = _with_cache(lambda: cache.get(_name(key)))
    if found:
        return entry if isinstance(entry, _Entry) else None
    return _own.get(key)


def _is_ours_to_ask(key: str) -> bool:
    found, first = _with_cache(lambda: cache.add(_asking(key), 1, timeout=_ASKING_SECONDS))
    return bool(first) if found else True


def _asking(key: str) -> str:
    return f"{_name(key)}:asking"


def _name(key: str) -> str:
    return f"figures:{key}"


def _with_cache(call: Callable[[], Any]) -> tuple[bool, Any]:
    """Whether the cache answered, and what."""
    global _cache_rests_until
    if time.monotonic() < _cache_rests_until:
        return False, None
    try:
        return True, call()
    except RedisError:
        _cache_rests_until = time.monotonic() + _REST_SECONDS
        return False, None
