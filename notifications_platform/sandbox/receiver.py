"""A receiver of webhooks to rehearse with: it checks signatures, and can be told to refuse.

Verification is written out from the standard's text, and shares nothing with what signs.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from http import HTTPStatus

from django.db.models import QuerySet

from notifications_platform.core import clock
from notifications_platform.runtime.demo_enrollment import SECRET
from notifications_platform.sandbox.models import ReceivedWebhook

LARGEST = 1_000_000
MOST = 1_000
_TOLERANCE = 300
# What a receiver of such a name answers whatever it gets; every other one takes what is signed.
MAGIC: Mapping[str, HTTPStatus] = {
    "refuse": HTTPStatus.SERVICE_UNAVAILABLE,
    "gone": HTTPStatus.GONE,
}


def receive(name: str, headers: Mapping[str, str], body: bytes) -> HTTPStatus:
    """What to answer; stored only where that is 204."""
    if not is_signed(headers, body):
        return HTTPStatus.UNAUTHORIZED
    if name in MAGIC:
        return MAGIC[name]
    ReceivedWebhook.objects.create(
        name=name,
        webhook_id=headers["webhook-id"][:200],
        content_type=headers.get("content-type", "")[:100],
        body=body,
        at=clock.now(),
    )
    return HTTPStatus.NO_CONTENT


def is_signed(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether one of the signatures is by SECRET, and of the last five minutes (real time)."""
    try:
        sent = int(headers["webhook-timestamp"])
        signatures = headers["webhook-signature"].split(" ")
        signed = f"{headers['webhook-id']}.{sent}.".encode() + body
    except (KeyError, ValueError):
        return False
    if abs(time.time() - sent) > _TOLERANCE:
        return False
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    wanted = hmac.new(key, signed, hashlib.sha256).digest()
    return any(hmac.compare_digest(wanted, _digest(one)) for one in signatures)


def _digest(signature: str) -> bytes:
    version, _, text = signature.partition(",")
    try:
        return base64.b64decode(text, validate=True) if version == "v1" else b""
    except ValueError:
        return b""


def newest(name: str) -> "QuerySet[ReceivedWebhook]":
    """At most MOST of them, newest first."""
    return ReceivedWebhook.objects.filter(name=name).order_by("-id")[:MOST]


def empty(name: str) -> None:
    ReceivedWebhook.objects.filter(name=name).delete()
