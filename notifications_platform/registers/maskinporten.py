"""Tokens from Maskinporten by a signed grant (RFC 7523), as national registers ask for them.

Relied on, from Digdir's documentation of Maskinporten: POST to the token endpoint, form fields
`grant_type` and `assertion`; the grant's `aud` is the issuer, which is the endpoint's origin
with a slash, not the endpoint; `exp` at most 120 s after `iat`; `jti` used once; the header
names a registered key by `kid`. The answer has `access_token` and `expires_in`.
"""

import base64
import hashlib
import json
import threading
import time
import uuid
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import RSAAlgorithm

from notifications_platform.core import clock
from notifications_platform.registers.http_service import Service

_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GRANT_SECONDS = 100
_SPARE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The client's registered RSA key and the `kid` it is registered under."""

    private_key: RSAPrivateKey
    kid: str

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read a private JWK with its `kid`, or PEM, whose `kid` is the key's thumbprint
        (RFC 7638). Raises ValueError, without the key in its text.
        """
        try:
            key, kid = _read_jwk(text) if text.lstrip().startswith("{") else _read_pem(text)
        except (ValueError, TypeError, jwt.InvalidKeyError):
            raise ValueError("is neither an RSA private key in PEM nor a private JWK") from None
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("is not the private part of an RSA key")  # noqa: TRY004 - bad text
        return cls(key, kid or _thumbprint(key))


class Token:
    """One token, kept until shortly before it expires. Used by many threads.

    `service` is the token endpoint.
    """

    def __init__(self, service: Service, *, client_id: str, key: SigningKey, scope: str) -> None:
        endpoint = urlsplit(service.base_url)
        self._audience = f"{endpoint.scheme}://{endpoint.netloc}/"
        self._service = service
        self._client_id = client_id
        self._key = key
        self._scope = scope
        self._lock = threading.Lock()
        self._kept = ""
        self._good_until = 0.0

    def get(self) -> str:
        """Raises RegisterUnavailable when Maskinporten does not give one."""
        with self._lock:
            if not self._kept or time.monotonic() >= self._good_until:
                self._renew()
            return self._kept

    def forget(self, token: str) -> None:
        """This one was refused. Another, which a thread got meanwhile, is kept."""
        with self._lock:
            if self._kept == token:
                self._kept = ""

    def grant(self) -> str:
        """A new signed grant; it may be used once."""
        now = int(clock.real().timestamp())
        claims = {
            "aud": self._audience,
            "iss": self._client_id,
            "scope": self._scope,
            "iat": now,
            "exp": now + _GRANT_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        headers = {"kid": self._key.kid}
        return jwt.encode(claims, self._key.private_key, algorithm="RS256", headers=headers)

    def _renew(self) -> None:
        asked_at = time.monotonic()
        answer = self._service.post("", auth=_Grant(self))
        fields = answer if isinstance(answer, dict) else {}
        token, seconds = fields.get("access_token"), fields.get("expires_in", 0)
        if not isinstance(token, str) or not token or not isinstance(seconds, int | float):
            raise self._service.unavailable("an answer without a token")
        self._kept = token
        self._good_until = asked_at + seconds - _SPARE_SECONDS


class Bearer(requests.auth.AuthBase):
    """An `auth` of requests: unlike a plain header, no .netrc of the machine overrides it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Grant(requests.auth.AuthBase):
    """Fills the form anew for each attempt."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        form = {"grant_type": _GRANT_TYPE, "assertion": self._token.grant()}
        request.prepare_body(data=form, files=None)
        return request


def _read_jwk(text: str) -> tuple[object, str]:
    return RSAAlgorithm.from_jwk(text), str(
        cast(dict[str, object], json.loads(text)).get("kid", "")
    )


def _read_pem(text: str) -> tuple[object, str]:
    # Environment variables often carry line ends as the two characters \n.
    return load_pem_private_key(text.replace("\\n", "\n").strip().encode(), password=None), ""


def _thumbprint(key: RSAPrivateKey) -> str:
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    members = {name: public[name] for name in ("e", "kty", "n")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":")).encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
