"""Private keys that this platform signs tokens with, and their public halves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from notifications_platform.identity.keys import CURVE_ALGORITHMS, RSA_BITS, thumbprint


class BadSigningKey(ValueError):
    """Not a key that tokens may be signed with; the text says why and shows nothing of it."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`public_jwk` is what a JWKS shows; its `kid` is the RFC 7638 thumbprint."""

    algorithm: str
    public_jwk: Mapping[str, str]
    _private_key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)

    @property
    def kid(self) -> str:
        return self.public_jwk["kid"]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A JWT with these claims, as they are."""
        return jwt.encode(
            dict(claims), self._private_key, self.algorithm, headers={"kid": self.kid}
        )


@lru_cache(maxsize=8)
def signing_key_from(pem: str) -> SigningKey:
    """Line breaks may be written as `\\n`, as environment files often need it.

    Raises BadSigningKey.
    """
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSigningKey("it is not a PEM private key without a password") from error
    if isinstance(key, RSAPrivateKey):
        if key.key_size not in RSA_BITS:
            raise BadSigningKey(f"it has {key.key_size} bits; at least 2048 are asked for")
        return _described(key, "RS256", RSAAlgorithm.to_jwk(key.public_key(), as_dict=True))
    if isinstance(key, EllipticCurvePrivateKey):
        jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        if algorithm := CURVE_ALGORITHMS.get(jwk["crv"]):
            return _described(key, algorithm, jwk)
    raise BadSigningKey("it must be an RSA key or one on the curve P-256, P-384 or P-521")


def _described(
    key: RSAPrivateKey | EllipticCurvePrivateKey, algorithm: str, jwk: dict[str, Any]
) -> SigningKey:
    names = ("kty", "n", "e", "crv", "x", "y")
    public: dict[str, str] = {name: jwk[name] for name in names if name in jwk}
    public |= {"use": "sig", "alg": algorithm, "kid": thumbprint(public)}
    return SigningKey(algorithm, public, key)
