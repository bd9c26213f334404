"""What all views of correspondence share (correspondence contract 2, 3.1)."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from rest_framework import viewsets
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from correspondence.api.authentication import PartyAuthentication, calling_party
from correspondence.api.problems import handle
from correspondence.callers import Party
from correspondence.errors import BusinessError
from notifications_platform.core import clock
from notifications_platform.http.accepting import refuse_unacceptable

_JSON = "application/json"
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class PartyViewSet(viewsets.ViewSet):
    """`scopes` and `produces` by action; what an action makes that names none is JSON, and one
    whose type only shows later (None) looks at `Accept` itself.
    """

    authentication_classes = [PartyAuthentication]
    # Without HEAD: to whoever checks links, a letter's GET is a reading of it.
    http_method_names = ["get", "post", "delete"]
    scopes: ClassVar[Mapping[str, type[BasePermission]]] = {}
    produces: ClassVar[Mapping[str, str | None]] = {}
    party: Party
    now: datetime

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return handle

    def get_permissions(self) -> list[BasePermission]:
        allowed = self.scopes.get(self.action or "")
        return [allowed()] if allowed else []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """401 and 403 come first, then 406."""
        super().initial(request, *args, **kwargs)
        if not self.action:
            return  # a method that the route has not: 405
        self.now = clock.now()
        self.know(request)
        produced = self.produces.get(self.action, _JSON)
        if produced:
            refuse_unacceptable(request, produced)

    def know(self, request: Request) -> None:
        """Who calls, once the token is good."""
        self.party = calling_party(request)

    def acting(self) -> dict[str, Any]:
        """Who calls, and when: what every service wants to know."""
        return {"caller": self.party, "now": self.now}


def read_id(text: str, number: int, detail: str) -> UUID:
    """An id of a path. What is none names nothing: BusinessError `number` (404)."""
    if not _UUID.fullmatch(text):
        raise BusinessError(number, detail)
    return UUID(text)
