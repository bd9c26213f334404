"""The dev issuer: signs tokens of every kind for whoever tries the platform out (runtime
contract 3). It exists in sandbox mode only.

Its keys are looked up in process: a web worker that asked itself for them over HTTP might
wait for itself.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema, extend_schema_view

from notifications_platform.identity.client import KINDS, Kind
from notifications_platform.identity.issuers import ANY_ISSUER, TrustedIssuer, trust_also
from notifications_platform.identity.keys import KeySet, VerificationKey, key_set, pick
from notifications_platform.identity.signing import SigningKey, signing_key_from
from notifications_platform.identity.views import KeySetView
from notifications_platform.runtime.signing import signing_key

ACTOR_AUTHORITY = "iso6523-actorid-upis"


def trust_dev_issuer() -> None:
    """Called once, when the sandbox app is ready."""
    trust_also(_trusted)


def issuer_name(kind: Kind) -> str:
    """The `iss` of a dev token; a platform token's names the service owner instead."""
    return f"{settings.PUBLIC_URL}/sandbox/issuer/{kind}"


def issue(
    kind: Kind, naming: Mapping[str, Any], *, scope: str = "", ttl: timedelta, now: datetime
) -> str:
    """A token with the claims `naming` (see `naming_claims`) on top of the usual ones; a claim
    given as None is left out. `now` is real time, `clock.real()`.
    """
    claims: dict[str, Any] = {
        "iss": issuer_name(kind),
        "iat": int(now.timestamp()),
        "exp": int((now + ttl).timestamp()),
        "jti": str(uuid.uuid4()),
        "scope": scope or None,
        **naming,
    }
    return _key().sign({name: value for name, value in claims.items() if value is not None})


def naming_claims(kind: Kind, client: str, organization_number: str = "") -> dict[str, Any]:
    """The claims that name `client` in a token of this kind."""
    consumer = consumer_claim(organization_number) if organization_number else None
    match kind:
        case "altinn":
            return {
                "urn:altinn:org": client or None,
                "urn:altinn:orgNumber": organization_number or None,
                "consumer": consumer,
            }
        case "maskinporten":
            return {"client_id": client, "consumer": consumer}
        case "platform":
            return {"iss": client}
        case "entra":
            return {"azp": client, "azp_name": client}
        case "oauth":
            return {"client_id": client, "sub": client}
        case "idporten":
            return {"pid": client, "acr": "idporten-loa-high"}


def consumer_claim(organization_number: str) -> dict[str, str]:
    return {"authority": ACTOR_AUTHORITY, "ID": f"0192:{organization_number}"}


@extend_schema_view(
    get=extend_schema(
        operation_id="getSandboxKeys",
        tags=["Sandbox"],
        summary="Keys of the dev issuer",
        description="For other services that want to trust the tokens of `manage.py token`.",
    )
)
class DevKeySetView(KeySetView):
    """`GET /sandbox/api/v1/jwks.json`, for other services that want to trust the dev issuer."""

    def public_jwk(self) -> Mapping[str, str]:
        return _key().public_jwk


class _DevKeys:
    def find(self, kid: str, algorithm: str) -> VerificationKey | None:
        return pick(_key_set(settings.VAR_DIR), kid, algorithm)


_KEYS = _DevKeys()


def _trusted() -> tuple[TrustedIssuer, ...]:
    return _trusted_under(settings.PUBLIC_URL)


@lru_cache(maxsize=8)
def _trusted_under(_public_url: str) -> tuple[TrustedIssuer, ...]:
    return tuple(
        TrustedIssuer(kind, ANY_ISSUER if kind == "platform" else issuer_name(kind), _KEYS)
        for kind in KINDS
    )


def _key() -> SigningKey:
    return _key_under(settings.VAR_DIR)


@lru_cache(maxsize=8)
def _key_under(var: Path) -> SigningKey:
    return signing_key_from(signing_key(var, "dev_issuer"))


@lru_cache(maxsize=8)
def _key_set(var: Path) -> KeySet:
    return key_set([_key_under(var).public_jwk])
