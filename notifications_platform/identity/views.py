"""Public keys, for whoever wants to check a token that this platform signed."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications_platform.identity.own_tokens import platform_signing_key


class KeyAnswer(serializers.Serializer[Any]):
    """A public key, RFC 7517: `n` and `e` of an RSA key, `crv`, `x` and `y` of one on a curve."""

    kty = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()
    kid = serializers.CharField()
    n = serializers.CharField(required=False)
    e = serializers.CharField(required=False)
    crv = serializers.CharField(required=False)
    x = serializers.CharField(required=False)
    y = serializers.CharField(required=False)


class KeySetAnswer(serializers.Serializer[Any]):
    keys = KeyAnswer(many=True)


class KeySetView(ABC, APIView):
    """A JWKS (RFC 7517); subclasses say whose."""

    authentication_classes = []

    @extend_schema(responses={200: OpenApiResponse(KeySetAnswer, "A JWKS, RFC 7517.")})
    def get(self, _request: Request) -> Response:
        return Response(
            {"keys": [self.public_jwk()]}, headers={"Cache-Control": "public, max-age=300"}
        )

    @abstractmethod
    def public_jwk(self) -> Mapping[str, str]:
        """The public key."""


@extend_schema_view(
    get=extend_schema(
        operation_id="getPlatformKeys",
        tags=["Keys"],
        summary="Keys of the platform's own tokens",
        description="With these, whoever is asked about a send condition can tell that the"
        " platform asks.",
    )
)
class PlatformKeySetView(KeySetView):
    """`GET /.well-known/jwks.json`: the keys of the platform's own tokens."""

    def public_jwk(self) -> Mapping[str, str]:
        return platform_signing_key().public_jwk
