"""What all views of enrollment share: who may call, and the order of refusals (contract 1, 8).

401, 403, 405, 415, 406, then what the view itself says: 400, 404, 412, 422. That goes for OPTIONS
too: it tells the methods of a route to whoever may use one of them.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, ClassVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from enrollment.api.negotiation import (
    PARSERS,
    RENDERERS,
    Negotiation,
    read_chunks,
    refuse_other_media_types,
    refuse_unacceptable,
)
from enrollment.api.problems import handle
from enrollment.callers import Caller, calling
from enrollment.grants import Grant
from notifications_platform.core import clock
from notifications_platform.identity.authentication import TokenAuthentication, caller


class ClientAuthentication(TokenAuthentication):
    kinds = frozenset({"oauth"})


class ClientScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """For the served schema."""

    target_class = ClientAuthentication
    # Before the scheme of every other system's tokens, which knows subclasses too.
    priority = 1
    name = "EnrollmentBearer"

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        permissions = auto_schema.view.get_permissions()
        scopes = {scope for one in permissions for scope in getattr(one, "scopes", ())}
        return {str(self.name): sorted(scopes)}

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token with `client_id` or `sub` whose scopes hold the grant, or"
            " `ohi:enrollment.all`; in the sandbox of `manage.py token --kind oauth`.",
        }


class HasGrant(BasePermission):
    """Any one of `grants` suffices; `scopes` is for the served schema."""

    message = "The grant that this call needs is missing."

    def __init__(self, grants: Collection[Grant]) -> None:
        self.grants = frozenset(grants)
        self.scopes = frozenset(grant.value for grant in grants)

    def has_permission(self, _request: Request, view: APIView) -> bool:
        return isinstance(view, EnrollmentViewSet) and not self.grants.isdisjoint(
            view.caller.grants
        )


class EnrollmentViewSet(viewsets.ViewSet):
    """`grants` by action; each action has one. A view finds who calls in `self.caller`, and the
    moment of the call in `self.now`; it reads bodies by `negotiation.body_of`.
    """

    authentication_classes = [ClientAuthentication]
    parser_classes = PARSERS
    renderer_classes = RENDERERS
    content_negotiation_class = Negotiation
    http_method_names = ["get", "head", "post", "put", "patch", "options"]
    grants: ClassVar[Mapping[str, Grant]] = {}
    caller: Caller
    now: datetime

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return handle

    def get_permissions(self) -> list[BasePermission]:
        """A method that the route has not, or OPTIONS, asks for any grant of the route."""
        if self.action in self.grants:
            return [HasGrant({self.grants[self.action]})]
        return [HasGrant({self.grants[action] for action in self.action_map.values()})]

    def check_permissions(self, request: Request) -> None:
        self.caller = calling(caller(request))
        super().check_permissions(request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.now = clock.now()
        if self.action in self.grants:
            read_chunks(request)
            refuse_other_media_types(request)
            refuse_unacceptable(request)

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """`Allow` says it all."""
        return Response()

    def acting(self) -> dict[str, Any]:
        """Who calls, and when: what every service wants to know."""
        return {"caller": self.caller, "now": self.now}
