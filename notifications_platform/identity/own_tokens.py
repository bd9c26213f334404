"""Tokens that the platform itself sends out, such as with the send condition (runtime
contract 3). Anyone can check them at `/.well-known/jwks.json`; as a caller they are taken where
a route says so, and nowhere else.
"""

import uuid
from datetime import datetime, timedelta

import jwt
from django.conf import settings

from notifications_platform.identity.errors import BadToken
from notifications_platform.identity.signing import SigningKey, signing_key_from

_LEEWAY = timedelta(seconds=30)


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


def is_own(token: str) -> bool:
    """Whether it claims to be one; nothing is verified."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return False
    return bool(claims.get("iss") == settings.PUBLIC_URL)


def scopes_of_own(token: str) -> frozenset[str]:
    """What one of these tokens allows; a token meant for others' ears allows nothing here.
    Raises BadToken.
    """
    key = platform_signing_key()
    try:
        claims = jwt.decode(
            token,
            jwt.PyJWK(dict(key.public_jwk)).key,
            algorithms=[key.algorithm],
            issuer=settings.PUBLIC_URL,
            leeway=_LEEWAY,
            options={"require": ["exp", "iat"]},
        )
    except jwt.InvalidTokenError as error:
        raise BadToken("The token is not one of the platform's own, or has expired.") from error
    return frozenset(str(claims.get("scope", "")).split())
