"""Public keys, for whoever wants to check a token that this platform signed."""

from collections.abc import Mapping

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications_platform.identity.own_tokens import platform_signing_key


class KeySetView(APIView):
    """A JWKS (RFC 7517); subclasses say whose."""

    authentication_classes = []

    @extend_schema(responses={200: OpenApiResponse(description="A JWKS, RFC 7517.")})
    def get(self, _request: Request) -> Response:
        return Response(
            {"keys": [self.public_jwk()]}, headers={"Cache-Control": "public, max-age=300"}
        )

    def public_jwk(self) -> Mapping[str, str]:
        raise NotImplementedError


class PlatformKeySetView(KeySetView):
    """`GET /.well-known/jwks.json`: the keys of the platform's own tokens."""

    def public_jwk(self) -> Mapping[str, str]:
        return platform_signing_key().public_jwk
