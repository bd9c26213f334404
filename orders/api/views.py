"""v1 of the notification orders API (orders contract 1, routes 1 to 9)."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from notifications_platform.core import clock
from notifications_platform.delivery.reading import messages_of
from notifications_platform.delivery.states import Channel
from notifications_platform.http.json import json_body
from notifications_platform.http.refusals import ValidationProblem
from notifications_platform.identity.authentication import TokenAuthentication, caller
from notifications_platform.identity.permissions import HasOrganization, has_scope
from orders import reading, services
from orders.api import described, presenters, requests
from orders.api.guid import read_guid
from orders.errors import CancellationProhibited, OrderNotFound
from orders.models import Order
from orders.new_orders import NewOrder
from orders.states import OWNER

CREATE_SCOPE = "altinn:serviceowner/notifications.create"


class ServiceOwnerAuthentication(TokenAuthentication):
    """An end user is known here, but has no organisation: 403."""

    kinds = frozenset({"altinn", "maskinporten", "platform", "idporten"})


@extend_schema(tags=["Orders"])
class OrderViewSet(viewsets.ViewSet):
    """Place, read, follow and cancel notification orders."""

    authentication_classes = [ServiceOwnerAuthentication]
    permission_classes = [has_scope(CREATE_SCOPE, platform_suffices=True), HasOrganization]
    http_method_names = ["get", "head", "post", "put"]
    domain_statuses: ClassVar = {CancellationProhibited: 409}

    @described.place_order
    def create(self, request: Request) -> Response:
        return self._place(request, requests.read_order)

    @described.place_email_order
    def create_email(self, request: Request) -> Response:
        return self._place(request, requests.read_email_order)

    @described.place_sms_order
    def create_sms(self, request: Request) -> Response:
        return self._place(request, requests.read_sms_order)

    @described.get_order
    def retrieve(self, request: Request, id: str) -> Response:
        order = self._orders(request).filter(pk=read_guid(id)).first()
        return Response(presenters.order(order)) if order else Response(status=404)

    @described.get_status
    def status(self, request: Request, id: str) -> Response:
        order = reading.state_of(read_guid(id), caller(request))
        if order is None:
            raise OrderNotFound
        return Response(presenters.order_with_status(order))

    @described.cancel_order
    def cancel(self, request: Request, id: str) -> Response:
        order = services.cancel(read_guid(id), client=caller(request), now=clock.now())
        return Response(presenters.order_with_status(order))

    @described.find_orders
    def list(self, request: Request) -> Response:
        reference = _query(request, "sendersReference")
        if not reference:
            raise ValidationProblem({"sendersReference": ["A sendersReference is needed."]})
        if "\x00" in reference:
            raise ValidationProblem({"sendersReference": ["U+0000 is not allowed anywhere."]})
        return Response(presenters.order_list(self._orders(request).referred_to_as(reference)))

    @described.get_email_notifications
    def email_summary(self, request: Request, id: str) -> Response:
        return self._summary(request, id, Channel.EMAIL)

    @described.get_sms_notifications
    def sms_summary(self, request: Request, id: str) -> Response:
        return self._summary(request, id, Channel.SMS)

    def _place(self, request: Request, read: Callable[..., NewOrder]) -> Response:
        now = clock.now()
        new = read(json_body(request), now=now)
        made = services.place(new, client=caller(request), now=now)
        location = presenters.order_url(made.order_id)
        return Response(presenters.receipt(made), status=202, headers={"Location": location})

    def _summary(self, request: Request, id: str, channel: Channel) -> Response:
        order = reading.state_of(read_guid(id), caller(request))
        if order is None:
            return Response(status=404)
        return Response(presenters.summary(order, channel, messages_of(OWNER, order.id, channel)))

    def _orders(self, request: Request) -> Any:
        return Order.objects.visible_to(caller(request))


def _query(request: Request, name: str) -> str:
    """A query parameter; its name is matched without regard to case, the last one wins."""
    values = [value for key, value in request.query_params.items() if key.lower() == name.lower()]
    return str(values[-1]) if values else ""
