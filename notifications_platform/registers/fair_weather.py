"""Redis as a fair-weather friend: while it answers, the registers are spared; when it does not,
nothing fails and nobody waits for it.

What this holds is a copy of what a register said, or the memory that a register was down. A
Redis in trouble counts as empty, and after a failure it is left alone for some seconds.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

import redis
import structlog
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

T = TypeVar("T")
_REST_SECONDS = 5.0


class _Rest:
    """Until when Redis is left alone, by `time.monotonic`."""

    until = 0.0


def attempt(call: Callable[[], T], otherwise: T) -> T:
    """What `call` answers, or `otherwise` while Redis is in trouble."""
    if is_resting():
        return otherwise
    try:
        return call()
    except (RedisError, OSError) as failure:
        _rest(failure)
        return otherwise


def is_resting() -> bool:
    return time.monotonic() < _Rest.until


class RestingRedis(redis.Redis):
    """A client that fails at once, without a network call, while Redis is left alone."""

    def execute_command(self, *arguments: Any, **options: Any) -> Any:
        if is_resting():
            raise redis.ConnectionError("left alone after a failure")
        try:
            return super().execute_command(*arguments, **options)  # type: ignore[no-untyped-call]
        except (RedisError, OSError) as failure:
            _rest(failure)
            raise


@lru_cache(maxsize=4)
def client(url: str) -> RestingRedis:
    """One client, with its pool of connections, per process and server."""
    made = RestingRedis.from_url(url, socket_connect_timeout=1, socket_timeout=1)
    return cast(RestingRedis, made)


def _rest(failure: Exception) -> None:
    _Rest.until = time.monotonic() + _REST_SECONDS
    log.warning("registers.redis_unreachable", error=type(failure).__name__)
