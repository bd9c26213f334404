"""A few routes behind tokens, standing in for the systems'."""

from dataclasses import asdict

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications_platform.identity.authentication import TokenAuthentication, caller
from notifications_platform.identity.permissions import HasOrganization, has_scope
from tests.tokens import CREATE


class EveryKind(TokenAuthentication):
    kinds = frozenset({"altinn", "maskinporten", "platform", "entra", "oauth", "idporten"})


class ServiceOwners(TokenAuthentication):
    kinds = frozenset({"altinn", "maskinporten", "platform", "idporten"})


class BearerOnly(TokenAuthentication):
    kinds = frozenset({"altinn", "maskinporten"})


class WhoAmI(APIView):
    """Answers the caller as it was understood."""

    authentication_classes = [EveryKind]

    def get(self, request: Request) -> Response:
        who = caller(request)
        return Response({**asdict(who), "scopes": sorted(who.scopes)})


class PlaceOrder(WhoAmI):
    authentication_classes = [ServiceOwners]
    permission_classes = [has_scope(CREATE, platform_suffices=True), HasOrganization]


class AskSupport(WhoAmI):
    authentication_classes = [BearerOnly]
    permission_classes = [has_scope("altinn:notifications.support.admin")]


urlpatterns = [
    path("who", WhoAmI.as_view()),
    path("orders", PlaceOrder.as_view()),
    path("support", AskSupport.as_view()),
]
