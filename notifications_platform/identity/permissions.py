"""What a good token must allow: 403 where it does not (runtime contract 3)."""

from typing import ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from notifications_platform.identity.client import Client


class ScopePermission(BasePermission):
    """Any one of `scopes` suffices. Made by `has_scope`."""

    scopes: ClassVar[frozenset[str]] = frozenset()
    platform_suffices: ClassVar[bool] = False
    message = "The token lacks the scope that this call needs."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        client = request.user
        if not isinstance(client, Client):
            return False
        if client.kind == "platform":
            return self.platform_suffices
        return not self.scopes.isdisjoint(client.scopes)


def has_scope(*scopes: str, platform_suffices: bool = False) -> type[ScopePermission]:
    """A permission class: the token has one of `scopes`.

    A platform token carries no scopes: it passes only where `platform_suffices`.
    """
    return type(
        "HasScope",
        (ScopePermission,),
        {"scopes": frozenset(scopes), "platform_suffices": platform_suffices},
    )


class HasOrganization(BasePermission):
    """The caller is a service owner with a short name (orders contract 2)."""

    message = "No service owner can be found for this token."

    def has_permission(self, request: Request, _view: APIView) -> bool:
        return isinstance(request.user, Client) and request.user.org != ""
