"""Tokens in HTTP headers: each system names the kinds it takes (runtime contract 3, orders
contract 2).
"""

from collections.abc import Iterator
from typing import Any, ClassVar, cast

import structlog
from django.http import HttpRequest
from drf_spectacular.drainage import set_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from notifications_platform.identity.client import Client, Kind
from notifications_platform.identity.errors import BadToken
from notifications_platform.identity.issuers import Carrier
from notifications_platform.identity.tokens import verify

log = structlog.get_logger(__name__)

_BEARER = "HTTP_AUTHORIZATION"
_PLATFORM = "HTTP_PLATFORMACCESSTOKEN"


class TokenAuthentication(BaseAuthentication):
    """A subclass per system (and per route that takes other kinds) names its `kinds`.

    Without any token the request ends here, 401, whatever the view's permissions.
    """

    kinds: ClassVar[frozenset[Kind]] = frozenset()

    def authenticate(self, request: Request | HttpRequest) -> tuple[Client, None]:
        return caller_of(request, self.kinds), None

    def authenticate_header(self, request: Request | HttpRequest) -> str:
        return challenge()


# Systems take other kinds, in the same two headers: the served schema shows those once.
set_override(TokenAuthentication, "suppress_collision_warning", True)


def caller_of(request: Request | HttpRequest, kinds: frozenset[Kind]) -> Client:
    """The caller, also for views outside DRF. From here on log lines carry its name.

    Each header that is present must hold a good token of a kind in `kinds`; of two the
    platform token decides. Raises NotAuthenticated and AuthenticationFailed (both 401; their
    `WWW-Authenticate` is `challenge()`).
    """
    clients = [_taken(token, carrier, kinds) for carrier, token in _tokens(request)]
    if not clients:
        raise NotAuthenticated("A token is needed.")
    structlog.contextvars.bind_contextvars(client=clients[-1].name)
    return clients[-1]


def caller(request: Request) -> Client:
    """Who calls a view behind a TokenAuthentication: `request.user`, by its real type."""
    return cast(Client, request.user)


def challenge() -> str:
    """The `WWW-Authenticate` of a 401, whether no token came or a bad one."""
    return "Bearer"


def _tokens(request: Request | HttpRequest) -> Iterator[tuple[Carrier, str]]:
    """Those that are there, the one that decides last."""
    if (bearer := request.META.get(_BEARER)) is not None:
        scheme, _, token = bearer.strip().partition(" ")
        if scheme.lower() != "bearer":
            raise AuthenticationFailed("The Authorization header must be a bearer token.")
        yield "bearer", token.strip()
    if (platform := request.META.get(_PLATFORM)) is not None:
        yield "platform", platform.strip()


def _taken(token: str, carrier: Carrier, kinds: frozenset[Kind]) -> Client:
    try:
        client = verify(token, carrier)
    except BadToken as refusal:
        log.info("token.refused", carrier=carrier, reason=refusal.detail)
        raise AuthenticationFailed(refusal.detail) from refusal
    if client.kind not in kinds:
        log.info("token.refused", carrier=carrier, reason=f"kind {client.kind} not taken")
        raise AuthenticationFailed("Tokens of this kind are not taken here.")
    return client


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """What `/api/schema/` says about the two headers, and the scopes a route asks for."""

    target_class = TokenAuthentication
    match_subclasses = True
    name = ["Bearer", "PlatformAccessToken"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        permissions = auto_schema.view.get_permissions()
        scopes = [
            scope
            for permission in permissions
            for scope in sorted(getattr(permission, "scopes", ()))
        ]
        requirements: list[dict[str, list[Any]]] = []
        if self.target.kinds - {"platform"}:
            requirements.append({"Bearer": scopes})
        suffices = all(getattr(one, "platform_suffices", True) for one in permissions)
        if "platform" in self.target.kinds and suffices:
            requirements.append({"PlatformAccessToken": []})
        return requirements

    def get_security_definition(self, _auto_schema: AutoSchema) -> list[dict[str, Any]]:
        return [
            {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "A token of Altinn or Maskinporten; in the sandbox of"
                " `manage.py token`.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": "PlatformAccessToken",
                "description": "A JWT of the platform's issuer. It needs no scope; beside a bearer"
                " token it decides who calls, and both must be good.",
            },
        ]
