"""How the served OpenAPI schema is put together (runtime contract 7).

Apps describe their routes beside the views; what the HTTP layer does to every answer is said
here, once. Every enum gets its name from `OneOf`, so that no two of them can clash.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from drf_spectacular.drainage import set_override
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

Endpoint = tuple[str, str, str, Any]

# For `extensions=` of `extend_schema`: an operation with this can do without its body.
OPTIONAL_BODY = "x-optional-body"

_TEXT = {"type": "string"}
_HEADERS = {
    "X-Correlation-ID": {
        "description": "The caller's own id of the request if it sent a sane one in X-Request-ID,"
        " X-Correlation-ID, call-id, callId or call_id, else a new one. The logs name it.",
        "required": True,
        "schema": {**_TEXT, "minLength": 1, "maxLength": 128, "pattern": "^[ -~]*$"},
    },
    "WWW-Authenticate": {
        "description": "Which credentials are needed (RFC 9110, 11.6.1).",
        "required": True,
        "schema": _TEXT,
    },
    "Retry-After": {
        "description": "After how many seconds to try again, where that can be said.",
        "schema": {"type": "integer", "minimum": 1},
    },
}
_HEADERS_OF = {"401": ["WWW-Authenticate"], "503": ["Retry-After"]}


class Schema(AutoSchema):
    """Names components without our words for directions, and adds to each answer the headers
    that the HTTP layer sends with it.
    """

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """`OrderShape` is shown as `OrderRequest`, `OrderAnswer` as `Order`."""
        return type(serializer).__name__.removesuffix("Shape").removesuffix("Answer")

    def get_operation(self, *route: Any, **more: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*route, **more)
        if operation is None:
            return None
        if "requestBody" in operation:
            # Where a body is described, none is not enough; but for what says so.
            operation["requestBody"]["required"] = not operation.pop(OPTIONAL_BODY, False)
        links = operation.pop("x-links", {})
        for status, response in operation["responses"].items():
            headers = ["X-Correlation-ID", *_HEADERS_OF.get(status, ())]
            response["headers"] = response.get("headers", {}) | {
                name: {"$ref": f"#/components/headers/{name}"} for name in headers
            }
            if links and status.startswith("2"):
                response["links"] = links
        return operation

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> Any:
        schema = super()._map_serializer_field(  # type: ignore[no-untyped-call]
            field, direction, bypass_extensions
        )
        said: Mapping[str, Any] = getattr(field, "said", {})
        return {**schema, **said} if schema else schema


class OneOf(serializers.Field[Any, Any, Any, Any]):
    """A member that holds one of `words`, shown as the component `name`."""

    def __init__(self, name: str, words: Iterable[str], **options: Any) -> None:
        super().__init__(**options)
        set_override(self, "field", {"type": "string", "enum": list(words)})
        set_override(self, "field_component_name", name)


def leads_to(**expressions: Mapping[str, str]) -> dict[str, Any]:
    """`extensions=` for `extend_schema`: OpenAPI links from each success of this operation.

    Per operation id that can follow: its parameters, as runtime expressions.
    """
    links = {
        operation_id: {"operationId": operation_id, "parameters": dict(parameters)}
        for operation_id, parameters in expressions.items()
    }
    return {"x-links": links}


def each_route_once(endpoints: Iterable[Endpoint], **_hook: Any) -> list[Endpoint]:
    """Preprocessing hook: a view that answers under several spellings is shown under the one
    that its urls.py names first.
    """
    shown: dict[tuple[Any, str], Endpoint] = {}
    for endpoint in endpoints:
        _path, _regex, method, callback = endpoint
        shown.setdefault((callback, method), endpoint)
    return list(shown.values())


def with_headers(result: dict[str, Any], **_hook: Any) -> dict[str, Any]:
    """Postprocessing hook: the headers that `Schema` refers to."""
    result.setdefault("components", {})["headers"] = _HEADERS
    return result
