"""Asking a national register over HTTP: kept connections, time-outs, retries, a circuit.

A register that is down, slow, or answers what nobody can read raises RegisterUnavailable;
nothing of it is ever taken for "not found". No address, no number and no body is logged.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson
import pybreaker
import requests
import structlog
from django.conf import settings

from notifications_platform.registers.circuit import new_breaker
from notifications_platform.registers.lookup import RegisterUnavailable

log = structlog.get_logger(__name__)

_TRY_AGAIN = frozenset({408, 425, 429})


class RegisterRefused(RegisterUnavailable):
    """The register answered, but refused our request: wrong settings, or a token it dislikes.

    `status` is its HTTP status.
    """

    code = "register_refused"
    is_refusal = True

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a call may take, in seconds. No attempt starts after `total`."""

    connect: float = 2.0
    read: float = 5.0
    total: float = 12.0
    attempts: int = 3
    pause: float = 0.2


class Service:
    """One national register. Every call must be safe to repeat. Used by many threads."""

    def __init__(self, name: str, base_url: str, patience: Patience | None = None) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._patience = patience or Patience()
        self._own = threading.local()

    def get(self, path: str, *, absent: frozenset[int] = frozenset(), **arguments: Any) -> Any:
        """The JSON of the answer, None for the statuses in `absent`.

        Raises RegisterUnavailable, and of it RegisterRefused for other 4xx.
        """
        return self._guarded("GET", path, absent, arguments)

    def post(self, path: str, **arguments: Any) -> Any:
        """As `get`; for questions that are too long or too private for a URL."""
        return self._guarded("POST", path, frozenset(), arguments)

    def unavailable(self, why: str) -> RegisterUnavailable:
        log.warning("register.unavailable", register=self.name, why=why)
        return RegisterUnavailable(f"The register {self.name} cannot be asked just now.")

    def _guarded(
        self, method: str, path: str, absent: frozenset[int], arguments: Mapping[str, Any]
    ) -> Any:
        try:
            return self._breaker.call(self._persist, method, path, absent, arguments)
        except pybreaker.CircuitBreakerError:
            raise self.unavailable("left alone after failures") from None

    def _persist(
        self, method: str, path: str, absent: frozenset[int], arguments: Mapping[str, Any]
    ) -> Any:
        """Try until there is an answer, the attempts are used up or time is."""
        patience = self._patience
        give_up_at = time.monotonic() + patience.total
        pause = patience.pause
        for attempt in range(1, patience.attempts + 1):
            try:
                return self._once(method, path, absent, arguments)
            except _NotNow as failure:
                if attempt == patience.attempts or time.monotonic() + pause > give_up_at:
                    raise self.unavailable(str(failure)) from None
            time.sleep(pause)
            pause *= 2
        raise self.unavailable("no attempt was allowed")

    def _once(
        self, method: str, path: str, absent: frozenset[int], arguments: Mapping[str, Any]
    ) -> Any:
        patience = self._patience
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                timeout=(patience.connect, patience.read),
                allow_redirects=False,
                **arguments,
            )
        except requests.RequestException as failure:
            raise _NotNow(type(failure).__name__) from None
        if response.status_code in absent:
            return None
        if response.status_code >= 500 or response.status_code in _TRY_AGAIN:
            raise _NotNow(f"HTTP {response.status_code}")
        if response.status_code != HTTPStatus.OK:
            raise self._refused(response.status_code)
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            raise _NotNow("an answer that is not JSON") from None

    def _refused(self, status: int) -> RegisterRefused:
        log.error("register.refused", register=self.name, status=status)
        return RegisterRefused(f"The register {self.name} refused the question.", status)

    @property
    def _session(self) -> requests.Session:
        """A session per thread: connections are kept, and sessions are not thread-safe."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
            self._own.session.headers["Accept"] = "application/json"
        session: requests.Session = self._own.session
        return session

    @property
    def _breaker(self) -> pybreaker.CircuitBreaker:
        if not hasattr(self._own, "breaker"):
            self._own.breaker = new_breaker(self.name, self.base_url, settings.REDIS_URL)
        breaker: pybreaker.CircuitBreaker = self._own.breaker
        return breaker


class _NotNow(Exception):
    """This attempt failed in a way that another may mend. The text names no address."""
