"""An issuer's published keys, read over HTTP and kept (runtime contract 3).

Per process and address:

- keys younger than 300 s are used without a question;
- older ones are read again, by a thread of their own, while requests go on with what is held;
- keys that nobody confirmed for nearly 10 minutes are not used before the issuer was asked:
  a key that left the key set stops working within that time;
- an unknown key id leads to a reading, at most one per 10 s, and its requests wait for it;
- while the issuer cannot be reached, or answers anything but usable keys, the keys last read
  go on serving for up to 24 hours.

All of it in elapsed real time: the movable clock has no part in it.
"""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import requests
import structlog
from urllib3.exceptions import HTTPError

from notifications_platform.identity.keys import KeySet, VerificationKey, key_set, pick

log = structlog.get_logger(__name__)

FRESH_SECONDS = 300.0
CONFIRMED_SECONDS = 590.0
KEPT_SECONDS = 24 * 3600.0
COOLDOWN_SECONDS = 10.0
UNREACHABLE_SECONDS = 60.0
"""How long a failed reading excuses requests from waiting for the next one."""
TIMEOUT_SECONDS = 3.0
WAIT_SECONDS = 4.0
_SIZE_LIMIT = 1 << 20


class KeysUnreadable(Exception):
    """The issuer cannot be reached, or what it answers holds no usable key."""


@dataclass(frozen=True, slots=True)
class _Held:
    keys: KeySet = field(default_factory=dict)
    asked_at: float = -math.inf


class RemoteKeys:
    """The keys at one address. `elapsed` counts seconds and never goes back."""

    def __init__(self, url: str, *, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._elapsed = elapsed
        self._lock = threading.Lock()  # guards _asked_at and _reading; never held while waiting
        self._asked_at = -math.inf
        self._reading: threading.Event | None = None
        self._failed_at = -math.inf
        self._held = _Held()

    def find(self, kid: str, algorithm: str) -> VerificationKey | None:
        now = self._elapsed()
        held = self._held
        age = now - held.asked_at
        key = pick(held.keys, kid, algorithm) if age < KEPT_SECONDS else None
        if key is not None and age < FRESH_SECONDS:
            return key
        reading = self._read_again(now)
        if key is not None and (
            age < CONFIRMED_SECONDS or now - self._failed_at < UNREACHABLE_SECONDS
        ):
            return key
        if reading is not None:
            reading.wait(WAIT_SECONDS)
        held = self._held
        return pick(held.keys, kid, algorithm) if now - held.asked_at < KEPT_SECONDS else None

    def _read_again(self, now: float) -> threading.Event | None:
        """The reading that is under way, started now if it may be."""
        with self._lock:
            if self._reading is None and now - self._asked_at >= COOLDOWN_SECONDS:
                done = threading.Event()
                threading.Thread(
                    target=self._read, args=(now, done), name="jwks", daemon=True
                ).start()
                self._asked_at = now
                self._reading = done
            return self._reading

    def _read(self, asked_at: float, done: threading.Event) -> None:
        try:
            # As old as the question: the answer may have been on its way for a while.
            self._held = _Held(_fetch(self._url), asked_at)
            self._failed_at = -math.inf
        except KeysUnreadable as failure:
            self._failed_at = self._elapsed()
            log.warning("identity.keys_unreadable", url=self._url, reason=str(failure))
        finally:
            with self._lock:
                self._reading = None
            done.set()


_sources: dict[str, RemoteKeys] = {}


def remote_keys(url: str) -> RemoteKeys:
    """The one source for this address in this process, whichever issuers share it."""
    return _sources.setdefault(url, RemoteKeys(url))


def _fetch(url: str) -> KeySet:
    try:
        body = _body(url)
        document = orjson.loads(body)
    except (requests.RequestException, HTTPError, OSError) as failure:
        raise KeysUnreadable(type(failure).__name__) from failure
    except orjson.JSONDecodeError as failure:
        raise KeysUnreadable("the answer is not JSON") from failure
    listed = document.get("keys") if isinstance(document, dict) else None
    keys = key_set(listed) if isinstance(listed, list) else {}
    if not keys:
        raise KeysUnreadable("the answer holds no usable key")
    return keys


def _body(url: str) -> bytes:
    give_up_at = time.monotonic() + TIMEOUT_SECONDS
    with requests.get(
        url,
        headers={"Accept": "application/json"},
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
        stream=True,
    ) as response:
        if response.status_code != 200:
            raise KeysUnreadable(f"the answer is a {response.status_code}")
        body = bytearray()
        while piece := response.raw.read1(1 << 16, decode_content=True):
            body += piece
            # A time-out counts from byte to byte; a sender that drips must end as well.
            if len(body) > _SIZE_LIMIT or time.monotonic() > give_up_at:
                raise KeysUnreadable("the answer is too long or too slow")
    return bytes(body)
