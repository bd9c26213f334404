"""Tokens that the platform itself sends out, such as with the send condition (runtime
contract 3). Anyone can check them at `/.well-known/jwks.json`; no API takes them as a caller.
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings

from notifications_platform.identity.signing import SigningKey, signing_key_from


def platform_signing_key() -> SigningKey:
    """Raises BadSigningKey when `SIGNING_KEY` cannot be used."""
    return signing_key_from(settings.SIGNING_KEY)


def platform_token(
    *, scope: str, now: datetime, ttl: timedelta = timedelta(minutes=5), audience: str = ""
) -> str:
    """A JWT with `iss` = `PUBLIC_URL`, good until `now` + `ttl`.

    `now` is real time, `clock.real()`: receivers know nothing of the sandbox clock. Give
    `audience` where the receiver is not ours, so that it cannot use the token elsewhere.
    """
    claims: dict[str, object] = {
        "iss": settings.PUBLIC_URL,
        "scope": scope,
        "iat": int(now.timestamp()),
        "exp": int((now + ttl).timestamp()),
        "jti": str(uuid.uuid4()),
    }
    if audience:
        claims["aud"] = audience
    return platform_signing_key().sign(claims)
