"""Whose tokens open which routes (correspondence contract 3.1)."""

from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from correspondence.callers import READ, WRITE, Party, party_of
from correspondence.errors import BusinessError
from notifications_platform.identity.authentication import TokenAuthentication, caller
from notifications_platform.identity.client import Client
from notifications_platform.identity.errors import BadToken
from notifications_platform.identity.own_tokens import is_own, scopes_of_own
from notifications_platform.identity.permissions import has_scope

_PLATFORM = "notifications-platform"


class PartyAuthentication(TokenAuthentication):
    """A platform token speaks for the service owner that it names, with the right to write."""

    kinds = frozenset({"altinn", "maskinporten", "platform", "idporten"})


class ConditionAuthentication(TokenAuthentication):
    """Also the platform itself, by the token that it sends with a send condition."""

    kinds = frozenset({"altinn", "maskinporten"})

    def authenticate(self, request: Request | HttpRequest) -> tuple[Client, None]:
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        if scheme.lower() != "bearer" or not is_own(token.strip()):
            return super().authenticate(request)
        try:
            scopes = scopes_of_own(token.strip())
        except BadToken as refusal:
            raise AuthenticationFailed(refusal.detail) from refusal
        return Client(kind="altinn", client_id=_PLATFORM, scopes=scopes), None


CHECKERS = has_scope("altinn:system/notifications.condition.check")
WRITERS = has_scope(WRITE, platform_suffices=True)
READERS = has_scope(READ)
EITHER = has_scope(WRITE, READ, platform_suffices=True)


def calling_party(request: Request) -> Party:
    """Raises BusinessError 4006, 4007."""
    client = caller(request)
    party = party_of(client)
    if party is None and client.org:
        raise BusinessError(4007, "The token names a service owner that the register lacks.")
    if party is None:
        raise BusinessError(4006, "The token names neither a person nor an organisation.")
    return party
