"""Keys that tokens are checked with, and which algorithms may be used with each.

An algorithm is bound to the kind of key: RSA keys take RS and PS, a curve takes its own ES.
HMAC and `none` are bound to nothing, so no token can ask for them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from jwt.exceptions import InvalidKeyError
from jwt.utils import base64url_encode

RSA_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVE_ALGORITHMS = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
ALGORITHMS = RSA_ALGORITHMS | set(CURVE_ALGORITHMS.values())
RSA_BITS = range(2048, 16_385)
_PUBLIC_MEMBERS = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y")}


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """Equal when the same key may be used in the same way."""

    thumbprint: str
    algorithms: frozenset[str]
    public_key: RSAPublicKey | EllipticCurvePublicKey = field(compare=False, repr=False)


KeySet = Mapping[str, tuple[VerificationKey, ...]]
"""Key id -> the keys of that id; ids are unique in practice, but no issuer must make them so."""


class KeySource(Protocol):
    """Where an issuer's keys come from."""

    def find(self, kid: str, algorithm: str) -> VerificationKey | None:
        """The key of that id, if the issuer has it now and it takes that algorithm."""


def pick(keys: KeySet, kid: str, algorithm: str) -> VerificationKey | None:
    for key in keys.get(kid, ()):
        if algorithm in key.algorithms:
            return key
    return None


def key_set(jwks: Iterable[object]) -> KeySet:
    """The signature keys among `jwks`, public parts only; all others are passed over."""
    keys: dict[str, tuple[VerificationKey, ...]] = {}
    for jwk in jwks:
        if isinstance(jwk, dict) and (key := _verification_key(jwk)) is not None:
            keys[jwk["kid"]] = (*keys.get(jwk["kid"], ()), key)
    return keys


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """RFC 7638: the same for the same public key, wherever it is found."""
    required = {name: jwk[name] for name in _PUBLIC_MEMBERS[jwk["kty"]]}
    digest = hashlib.sha256(orjson.dumps(required, option=orjson.OPT_SORT_KEYS)).digest()
    return base64url_encode(digest).decode()


def _verification_key(jwk: dict[str, Any]) -> VerificationKey | None:
    if not (isinstance(jwk.get("kid"), str) and jwk["kid"] and _is_for_signatures(jwk)):
        return None
    algorithms = _algorithms(jwk)
    public_key = _public_key(jwk) if algorithms else None
    if public_key is None:
        return None
    return VerificationKey(thumbprint(jwk), algorithms, public_key)


def _is_for_signatures(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops")
    return jwk.get("use") in (None, "sig") and (
        operations is None or (isinstance(operations, list) and "verify" in operations)
    )


def _algorithms(jwk: Mapping[str, Any]) -> frozenset[str]:
    match jwk.get("kty"):
        case "RSA":
            possible = RSA_ALGORITHMS
        case "EC":
            possible = frozenset(filter(None, [CURVE_ALGORITHMS.get(str(jwk.get("crv")))]))
        case _:
            return frozenset()
    named = jwk.get("alg")
    return possible if named is None else possible & {str(named)}


def _public_key(jwk: Mapping[str, Any]) -> RSAPublicKey | EllipticCurvePublicKey | None:
    # A key set that wrongly shows private members is still only good for checking.
    public = {name: jwk.get(name) for name in _PUBLIC_MEMBERS[jwk["kty"]]}
    algorithm = RSAAlgorithm if jwk["kty"] == "RSA" else ECAlgorithm
    try:
        key = algorithm.from_jwk(public)
    except (InvalidKeyError, UnsupportedAlgorithm, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size in RSA_BITS:
        return key
    return key if isinstance(key, EllipticCurvePublicKey) else None
