"""Whose tokens the producer API takes (cases contract 3)."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from notifications_platform.identity.authentication import TokenAuthentication


class ProducerAuthentication(TokenAuthentication):
    """Case-handling systems; which producer one is, the register says."""

    kinds = frozenset({"entra"})


class ProducerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = ProducerAuthentication
    # Before the scheme of every other system's tokens, which knows subclasses too.
    priority = 1
    name = "ProducerBearer"

    def get_security_definition(self, _auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A token of Entra ID whose `azp_name` or `azp` is in the producer"
            " register; in the sandbox of `manage.py token --kind entra`.",
        }
