"""The circuit of a national register: after some failures in a row it is left alone for a
while, by all processes, which share what they know through Redis.
"""

import hashlib
import logging
from typing import Any

import pybreaker
from redis.exceptions import RedisError

from notifications_platform.registers import fair_weather

_FAILURES = 5
_OPEN_SECONDS = 30
# The library logs each Redis error with a traceback; fair_weather logs the first of a series.
_silence = logging.getLogger(f"{__name__}.redis")
_silence.disabled = True


class _SharedState(pybreaker.CircuitRedisStorage):
    """Redis in trouble means a closed circuit, from the first moment on."""

    logger = _silence

    def _initialize_redis_state(self, state: str) -> None:
        try:
            super()._initialize_redis_state(state)
        except RedisError:
            return


def new_breaker(name: str, base_url: str, redis_url: str) -> pybreaker.CircuitBreaker:
    """A breaker for use by one thread: the library holds a lock during each call, which would
    make the threads of a process take turns. Breakers of one register share their state.
    """
    server = hashlib.sha256(base_url.encode()).hexdigest()[:12]
    state: Any = _SharedState(
        pybreaker.STATE_CLOSED,
        fair_weather.client(redis_url),
        namespace=f"registers:{name}:{server}",
    )
    return pybreaker.CircuitBreaker(
        fail_max=_FAILURES,
        reset_timeout=_OPEN_SECONDS,
        # A refusal of our request says nothing about the register's health.
        exclude=[_is_refusal],
        state_storage=state,
        name=name,
        throw_new_error_on_trip=False,
    )


def _is_refusal(failure: Any) -> bool:
    return bool(getattr(failure, "is_refusal", False))
