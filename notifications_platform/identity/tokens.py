"""Is this token good, and whose is it? (runtime contract 3)

What was found good is remembered for up to a minute, so that a client's next call costs a
look-up; it is forgotten at once when its key leaves the issuer's key set.
"""

import hashlib
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from jwt import PyJWS
from jwt.exceptions import PyJWTError

from notifications_platform.core import clock
from notifications_platform.identity.claims import client_of, names_caller
from notifications_platform.identity.client import Client
from notifications_platform.identity.errors import BadToken
from notifications_platform.identity.issuers import Carrier, Trust, TrustedIssuer, trust
from notifications_platform.identity.keys import ALGORITHMS, KeySource, VerificationKey

LEEWAY_SECONDS = 30
LONGEST_TOKEN = 16_384
REMEMBERED_SECONDS = 60
REMEMBERED_TOKENS = 4096

_jws = PyJWS(algorithms=sorted(ALGORITHMS))


@dataclass(frozen=True, slots=True)
class _Verified:
    """`until` is in seconds since 1970, real time."""

    trust: Trust
    issuer: TrustedIssuer
    kid: str
    algorithm: str
    key: VerificationKey
    claims: Mapping[str, Any]
    until: float

    def holds(self, trusted: Trust, now: float) -> bool:
        return (
            self.trust is trusted
            and now < self.until
            and self.issuer.keys.find(self.kid, self.algorithm) == self.key
        )


class _Memory:
    """A bounded memory of good tokens, by their digest: no token is kept as it came."""

    def __init__(self) -> None:
        self._verified: dict[tuple[Carrier, bytes], _Verified] = {}
        self._lock = threading.Lock()

    def get(self, key: tuple[Carrier, bytes]) -> _Verified | None:
        return self._verified.get(key)

    def put(self, key: tuple[Carrier, bytes], verified: _Verified) -> None:
        with self._lock:
            self._verified.pop(key, None)
            if len(self._verified) >= REMEMBERED_TOKENS:
                del self._verified[next(iter(self._verified))]
            self._verified[key] = verified


_memory = _Memory()


def verify(token: str, carrier: Carrier) -> Client:
    """Whose token this is, sent in that header. Raises BadToken."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise BadToken("The token is malformed.")
    trusted, now = trust(), clock.real().timestamp()
    remembered_as = (carrier, hashlib.sha256(token.encode()).digest())
    verified = _memory.get(remembered_as)
    if verified is None or not verified.holds(trusted, now):
        verified = _verified(token, carrier, trusted, now)
        _memory.put(remembered_as, verified)
    return client_of(verified.issuer.kind, verified.claims)


def _verified(token: str, carrier: Carrier, trusted: Trust, now: float) -> _Verified:
    header, claims, signature = _opened(token)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise BadToken("The token's algorithm is not one that is taken.")
    if not isinstance(kid, str):
        raise BadToken("The token names no key.")
    possible = _issuers(claims, carrier, trusted)
    source, key = _key(possible, kid, algorithm)
    _check_signature(token, signature, key, algorithm)
    _check_times(claims, now)
    signers = [issuer for issuer in possible if issuer.keys is source]
    issuer = _meant(_of_audience(signers, claims), claims)
    until = min(now + REMEMBERED_SECONDS, float(claims["exp"]))
    return _Verified(trusted, issuer, kid, algorithm, key, claims, until)


def _opened(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any], bytes]:
    """Header, claims and signature as they stand there, nothing of them verified."""
    try:
        parts = _jws.decode_complete(token, options={"verify_signature": False})
        claims = orjson.loads(parts["payload"])
    except (PyJWTError, ValueError, RecursionError) as error:
        raise BadToken("The token is malformed.") from error
    if not isinstance(claims, dict):
        raise BadToken("The token is malformed.")
    return parts["header"], claims, parts["signature"]


def _issuers(claims: Mapping[str, Any], carrier: Carrier, trusted: Trust) -> list[TrustedIssuer]:
    name = claims.get("iss")
    possible = trusted.issuers_of(name, carrier) if isinstance(name, str) else []
    if not possible:
        raise BadToken("The token's issuer is not trusted here.")
    return possible


def _key(
    issuers: list[TrustedIssuer], kid: str, algorithm: str
) -> tuple[KeySource, VerificationKey]:
    for issuer in issuers:
        if key := issuer.keys.find(kid, algorithm):
            return issuer.keys, key
    raise BadToken("The token's key is not among its issuer's keys.")


def _check_signature(token: str, signature: bytes, key: VerificationKey, algorithm: str) -> None:
    signed = token.rpartition(".")[0].encode()
    checker = _jws.get_algorithm_by_name(algorithm)
    # The key was found by this algorithm, so that an RSA key meets RS or PS, a curve its ES.
    if not checker.verify(signed, key.public_key, signature):
        raise BadToken("The token's signature does not match.")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    expires = _instant(claims, "exp")
    if expires is None:
        raise BadToken("The token has no exp.")
    if expires <= now - LEEWAY_SECONDS:
        raise BadToken("The token has expired.")
    for name in ("nbf", "iat"):
        if (_instant(claims, name) or 0) > now + LEEWAY_SECONDS:
            raise BadToken("The token is not valid yet.")


def _instant(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadToken(f"The claim {name} is not a number.")
    return float(value)


def _of_audience(issuers: list[TrustedIssuer], claims: Mapping[str, Any]) -> list[TrustedIssuer]:
    value = claims.get("aud")
    audiences = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(audience, str) for audience in audiences):
        raise BadToken("The claim aud is neither a text nor a list of texts.")
    meant = [one for one in issuers if one.audience is None or one.audience in audiences]
    if not meant:
        raise BadToken("The token is meant for another audience.")
    return meant


def _meant(issuers: list[TrustedIssuer], claims: Mapping[str, Any]) -> TrustedIssuer:
    """One issuer may stand for several kinds: the first whose caller is named."""
    return next((one for one in issuers if names_caller(one.kind, claims)), issuers[0])
