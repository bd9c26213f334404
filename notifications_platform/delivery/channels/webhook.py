"""Signed webhook calls: Standard Webhooks (delivery contract 5).

A message's address is `<kind>:<name>`, for example a definition's code; the system that owns
the kind says where that leads and which secrets sign it, for all messages of a claim at once. An
attempt that begins later than a second after that asks again.
"""

import base64
import binascii
import hmac
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from django.db import connection

from notifications_platform.core import clock
from notifications_platform.core.passing import MAY_PASS
from notifications_platform.delivery.channels.base import (
    NotTried,
    Parcel,
    Permanent,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.states import Reason
from notifications_platform.http.kept import Connections
from notifications_platform.http.outbound import OutboundFailed, request
from notifications_platform.http.retry_after import retry_after

WEBHOOK_ID = "webhook-id"
_PREFIX = "whsec_"
_GONE = 410
_ASKS_FOR_PATIENCE = {429, 503}
_STATUS = "HTTP "
_IN_FORCE_SECONDS = 1.0
_KEPT_SECONDS = 30.0
_NOT_ASKED = "where it goes could not be looked up"
_asker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook-targets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a call goes. Each of `secrets` (`whsec_<base64>`) signs it, the newest first;
    none: unsigned. `timeout` is real time for the whole call.
    """

    url: str
    method: str = "POST"
    secrets: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: timedelta = timedelta(seconds=15)


Resolve = Callable[[Collection[str]], Mapping[str, Target]]
_resolvers: dict[str, Resolve] = {}


def register_targets(kind: str, resolve: Resolve) -> None:
    """Let `resolve` name the targets of `<kind>:…`: those of the given names that have one.
    It is asked on any thread, about many at once. Called at start, once per kind.
    """
    _resolvers[kind] = resolve


class WebhookTransport:
    """One parcel per call, so that a slow receiver holds up nobody else. Never raises
    ProviderUnavailable: receivers share nothing.
    """

    name = "webhook"
    batch = 1
    one_by_one = True
    reports = False

    def __init__(self) -> None:
        self._targets = _Targets()
        self._connections = Connections()

    def prepare(self, parcels: Sequence[Parcel]) -> None:
        self._targets.ask({parcel.address for parcel in parcels})

    def rest(self) -> None:
        self._connections.close()

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        for parcel in parcels:
            try:
                target = self._targets.of(parcel.address)
            except MAY_PASS:
                yield NotTried(_NOT_ASKED)
                continue
            if target is None:
                yield Permanent(Reason.UNKNOWN, "no endpoint is configured")
            elif is_too_late(parcel):
                yield TOO_LATE
            else:
                yield _call(parcel, target, self._connections)


class _Known(NamedTuple):
    """`since`: monotonic seconds, from before it was asked for."""

    target: Target | None
    since: float


class _Targets:
    """What owners said lately, by address; for all threads of a process. Sending threads, of
    which there are more than the database has connections, ask through a single one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._known: dict[str, _Known] = {}
        self._failed: tuple[float, BaseException] | None = None

    def of(self, address: str) -> Target | None:
        """Raises what kept us from asking."""
        wanted_at = time.monotonic()
        if (known := self._in_force(address)) is None:
            with self._asking:
                # Another thread may have asked while this one waited.
                if (known := self._in_force(address)) is None:
                    known = self._asked_anew(address, wanted_at)
        return known.target

    def ask(self, addresses: Collection[str]) -> Mapping[str, _Known]:
        since = time.monotonic()
        by_kind: dict[str, list[str]] = defaultdict(list)
        for address in addresses:
            by_kind[address.partition(":")[0]].append(address)
        found = {
            address: _Known(target, since)
            for kind, theirs in by_kind.items()
            for address, target in _resolved(kind, theirs)
        }
        with self._lock:
            self._learn(found, since)
        return found

    def _in_force(self, address: str) -> _Known | None:
        known = self._known.get(address)
        return known if known and time.monotonic() - known.since <= _IN_FORCE_SECONDS else None

    def _asked_anew(self, address: str, wanted_at: float) -> _Known:
        """Together with all that are in use, so that this happens once a second."""
        if self._failed and self._failed[0] >= wanted_at:
            raise self._failed[1]
        try:
            return _asker.submit(self._ask_and_leave, {address, *self._known}).result()[address]
        except Exception as failure:
            self._failed = time.monotonic(), failure
            raise

    def _ask_and_leave(self, addresses: Collection[str]) -> Mapping[str, _Known]:
        try:
            return self.ask(addresses)
        finally:
            connection.close()

    def _learn(self, found: Mapping[str, _Known], since: float) -> None:
        """Of two who ask at once, who asked later knows better."""
        lately = {
            address: known
            for address, known in self._known.items()
            if since - known.since <= _KEPT_SECONDS
        }
        newer = {
            address: known
            for address, known in found.items()
            if address not in lately or lately[address].since <= known.since
        }
        self._known = lately | newer


def _resolved(kind: str, addresses: Sequence[str]) -> Iterator[tuple[str, Target | None]]:
    names = {address: address.partition(":")[2] for address in addresses}
    resolve = _resolvers.get(kind)
    targets = resolve(list(names.values())) if resolve else {}
    for address, name in names.items():
        yield address, targets.get(name)


def _call(parcel: Parcel, target: Target, connections: Connections) -> Verdict:
    body = parcel.content.body.encode()
    try:
        answer = request(
            target.method,
            target.url,
            headers={
                **{name.lower(): value for name, value in target.headers.items()},
                "content-type": parcel.content.content_type,
                **signed_headers(_webhook_id(parcel), body, target.secrets),
            },
            body=body,
            timeout=target.timeout,
            # The status says it all; whatever body there is stays unread.
            read_limit=0,
            connections=connections,
        )
    except UnusableSecret:
        return Transient("the endpoint's secret is unusable")
    except OutboundFailed as failure:
        return Transient(str(failure))
    told = f"{_STATUS}{answer.status}"
    if answer.status // 100 == 2:
        return Sent(answer=told)
    if answer.status == _GONE:
        return Permanent(Reason.REJECTED, told)
    patience = answer.headers.get("retry-after") if answer.status in _ASKS_FOR_PATIENCE else None
    return Transient(told, retry_after(patience))


def status_of(answer: str) -> int | None:
    """What a receiver said, from the words kept of an attempt; None where it did not answer."""
    status = answer.removeprefix(_STATUS)
    return int(status) if answer != status and status.isdecimal() else None


def _webhook_id(parcel: Parcel) -> str:
    """The owner's, where it gave one, so that a resend keeps the first message's."""
    return parcel.values.get(WEBHOOK_ID) or str(parcel.id)


class UnusableSecret(ValueError):
    """Not `whsec_` and base64."""


def signed_headers(webhook_id: str, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of Standard Webhooks, at this real moment; the signature is left out
    where there is no secret. Raises UnusableSecret.
    """
    timestamp = str(int(clock.real().timestamp()))
    headers = {WEBHOOK_ID: webhook_id, "webhook-timestamp": timestamp}
    if secrets:
        signed = f"{webhook_id}.{timestamp}.".encode() + body
        headers["webhook-signature"] = " ".join(_signature(secret, signed) for secret in secrets)
    return headers


def _signature(secret: str, signed: bytes) -> str:
    keyed = _keyed(secret).copy()
    keyed.update(signed)
    return "v1," + base64.b64encode(keyed.digest()).decode()


@lru_cache(maxsize=256)
def _keyed(secret: str) -> hmac.HMAC:
    """Ready for what is to be signed: a digest at one go gives the interpreter away for its time,
    and each of the other threads would have its turn before it is back.
    """
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableSecret from None
    if not key:
        raise UnusableSecret
    return hmac.new(key, digestmod="sha256")
