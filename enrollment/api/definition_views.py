"""What a client wants to be told of (enrollment contract 4.6)."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from enrollment import definitions
from enrollment.api import definition_presenting as presenting
from enrollment.api import described_writing as described
from enrollment.api.bases import EnrollmentViewSet
from enrollment.api.negotiation import body_of
from enrollment.grants import Grant
from enrollment.requests.definitions import (
    CODE,
    read_business_event,
    read_changes,
    read_definition,
)
from notifications_platform.core.errors import NotFound


class BusinessEventDefinitionViewSet(EnrollmentViewSet):
    grants: ClassVar = dict.fromkeys(("create", "list", "retrieve"), Grant.DEFINITIONS)

    @described.define_business_event
    def create(self, request: Request) -> Response:
        new = read_business_event(body_of(request))
        made = definitions.define_business_event(new, **self.acting())
        location = presenting.address(presenting.BUSINESS_EVENTS, made.code)
        body = presenting.business_event(made)
        return Response(body, status=201, headers={"Location": location})

    @described.list_business_events
    def list(self, _request: Request) -> Response:
        found = definitions.business_events(self.caller)
        return Response({"items": list(map(presenting.business_event, found))})

    @described.get_business_event
    def retrieve(self, _request: Request, code: str) -> Response:
        one = definitions.find_business_event(_code(code), caller=self.caller)
        return Response(presenting.business_event(one))


class NotificationDefinitionViewSet(EnrollmentViewSet):
    grants: ClassVar = dict.fromkeys(
        ("create", "list", "retrieve", "partial_update"), Grant.DEFINITIONS
    )

    @described.define_notification
    def create(self, request: Request) -> Response:
        made = definitions.define(read_definition(body_of(request)), **self.acting())
        location = presenting.address(presenting.DEFINITIONS, made.definition.code)
        return Response(presenting.defined(made), status=201, headers={"Location": location})

    @described.list_definitions
    def list(self, _request: Request) -> Response:
        found = definitions.definitions_of(self.caller)
        return Response({"items": list(map(presenting.definition, found))})

    @described.get_definition
    def retrieve(self, _request: Request, code: str) -> Response:
        return Response(presenting.definition(definitions.find(_code(code), caller=self.caller)))

    @described.change_definition
    def partial_update(self, request: Request, code: str) -> Response:
        says = read_changes(code, body_of(request))
        return Response(presenting.defined(definitions.change(_code(code), says, **self.acting())))


def _code(text: str) -> str:
    """What cannot be a code names nothing."""
    if not CODE.fullmatch(text):
        raise NotFound
    return text
