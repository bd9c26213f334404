"""Tokens for tests: the dev issuer's, and those of issuers that a test makes up itself."""

import json
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.core import clock
from notifications_platform.identity.client import Kind
from notifications_platform.identity.signing import SigningKey, signing_key_from
from notifications_platform.sandbox.issuer import issue, naming_claims

CREATE = "altinn:serviceowner/notifications.create"
HOUR = timedelta(hours=1)


def make_token(
    client: str = "ttd",
    scope: str = CREATE,
    *,
    kind: Kind = "altinn",
    organization_number: str = "",
    ttl: timedelta = HOUR,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """A token of the dev issuer. `claims` come on top; None as a value leaves one out."""
    naming = naming_claims(kind, client, organization_number) | dict(claims or {})
    return issue(kind, naming, scope=scope, ttl=ttl, now=clock.real())


def bearer(client: str = "ttd", scope: str = CREATE, **more: Any) -> dict[str, str]:
    """The `headers=` of a call by this client; further arguments as for `make_token`."""
    return {"Authorization": f"Bearer {make_token(client, scope, **more)}"}


def platform_header(org: str = "ttd", **more: Any) -> dict[str, str]:
    return {"PlatformAccessToken": make_token(org, "", kind="platform", **more)}


def new_key() -> SigningKey:
    """A key of its own, on a curve, since those are made in no time."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return signing_key_from(pem.decode())


def json_response(value: object) -> Response:
    return Response(json.dumps(value), mimetype="application/json")


class FakeIssuer:
    """An issuer with a JWKS on a real socket. `reads` counts the questions it got; set
    `answers` to have it answer something else, `keys` to rotate.
    """

    def __init__(self, server: HTTPServer, name: str = "https://issuer.example") -> None:
        self.name = name
        self.keys = [new_key()]
        self.answers: Response | None = None
        self.reads = 0
        path = f"/{uuid.uuid4()}/jwks"  # keys are kept per address
        self.jwks_url = server.url_for(path)
        server.expect_request(path).respond_with_handler(self._answer)

    def entry(self, kind: Kind = "altinn", **members: Any) -> dict[str, Any]:
        """Its entry in `TOKEN_ISSUERS`."""
        return {"kind": kind, "issuer": self.name, "jwks_url": self.jwks_url} | members

    def token(self, key: SigningKey | None = None, **claims: Any) -> str:
        """Signed with its newest key, or the one given; good for an hour, or as claimed."""
        now = int(clock.real().timestamp())
        usual = {"iss": self.name, "iat": now, "exp": now + 3600, "urn:altinn:org": "ttd"}
        return (key or self.keys[-1]).sign({**usual, **claims})

    def _answer(self, _request: Request) -> Response:
        self.reads += 1
        return self.answers or json_response(self.key_set())

    def key_set(self) -> dict[str, Any]:
        return {"keys": [dict(key.public_jwk) for key in self.keys]}
