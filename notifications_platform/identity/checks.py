"""What must be right with the identity settings before anything starts."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from notifications_platform.identity.issuers import BadIssuers, parse, setting
from notifications_platform.identity.own_tokens import platform_signing_key
from notifications_platform.identity.signing import BadSigningKey

_EXAMPLE = '[{"kind": "altinn", "issuer": "https://…", "jwks_url": "https://…/jwks"}]'


def check_token_issuers(**_: Any) -> list[CheckMessage]:
    try:
        issuers = parse(setting())
    except BadIssuers as error:
        return [Error(str(error), hint=f"It looks like {_EXAMPLE}.", id="identity.E001")]
    if settings.SANDBOX:
        return []
    warnings: list[CheckMessage] = [
        Warning(
            f"The keys of {issuer.issuer} are read over plain HTTP: {issuer.jwks_url}",
            hint="Whoever sits on the wire can make tokens. Use https.",
            id="identity.W002",
        )
        for issuer in issuers
        if _is_open_to_the_wire(issuer.jwks_url)
    ]
    if not issuers:
        hint = f"Set TOKEN_ISSUERS, such as {_EXAMPLE}."
        warnings.append(
            Warning("No token issuer is trusted: every call is a 401.", hint, id="identity.W001")
        )
    return warnings


def check_signing_key(**_: Any) -> list[CheckMessage]:
    try:
        platform_signing_key()
    except BadSigningKey as error:
        hint = "Make one: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"
        return [Error(f"SIGNING_KEY cannot be used: {error}.", hint=hint, id="identity.E002")]
    return []


def _is_open_to_the_wire(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return False
    try:
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return True
