"""Signed webhook calls: Standard Webhooks (delivery contract 5).

A message's address is `<kind>:<name>`, for example a definition's code; the system that owns
the kind says at each attempt where that leads and which secrets sign it.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from notifications_platform.core import clock
from notifications_platform.delivery.channels.base import (
    Parcel,
    Permanent,
    Sent,
    Transient,
    Verdict,
)
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.states import Reason
from notifications_platform.http.outbound import OutboundFailed, request
from notifications_platform.http.retry_after import retry_after

WEBHOOK_ID = "webhook-id"
_PREFIX = "whsec_"
_GONE = 410
_ASKS_FOR_PATIENCE = {429, 503}
_STATUS = "HTTP "


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
    It is asked on a sending thread, at each attempt. Called at start, once per kind.
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

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        for parcel in parcels:
            target = _target(parcel.address)
            if target is None:
                yield Permanent(Reason.UNKNOWN, "no endpoint is configured")
            elif is_too_late(parcel):
                yield TOO_LATE
            else:
                yield _call(parcel, target)


def _target(address: str) -> Target | None:
    kind, _, name = address.partition(":")
    resolve = _resolvers.get(kind)
    return resolve([name]).get(name) if resolve else None


def _call(parcel: Parcel, target: Target) -> Verdict:
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
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise UnusableSecret from None
    if not key:
        raise UnusableSecret
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
