"""Results as JSON, by the schema's own types: the same members, spelled and written the same,
as a GraphQL client can select (cases contract 13). Null is written, never left out.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLUnionType,
    is_specified_scalar_type,
)

from cases.api.types import object_type

Show = Callable[[Any], Any]
# Fields that read an attribute of their own name ask nothing of it.
_NO_INFO = cast(GraphQLResolveInfo[Any], None)


def shown(value: object) -> dict[str, Any]:
    """One of `cases.results`, each of which is named as its type."""
    return {name: show(value) for name, show in _members(type(value).__name__)}


def shown_with_type(value: object) -> dict[str, Any]:
    """What the schema knows as one of several: `type` tells which."""
    return {"type": type(value).__name__, **shown(value)}


@cache
def _members(type_name: str) -> tuple[tuple[str, Show], ...]:
    return tuple(
        (name, _reading(cast(Callable[..., Any], field.resolve), _by_type(field.type)))
        for name, field in object_type(type_name).fields.items()
    )


def _reading(resolve: Callable[..., Any], show: Show | None) -> Show:
    if show is None:
        return lambda value: resolve(value, _NO_INFO)
    return lambda value: show(resolve(value, _NO_INFO))


def _by_type(declared: Any) -> Show | None:
    """None: as it is, which the renderer of JSON writes as GraphQL does."""
    if isinstance(declared, GraphQLNonNull):
        return _required(declared.of_type)
    required = _required(declared)
    return required and (lambda value: None if value is None else required(value))


def _required(declared: Any) -> Show | None:
    if isinstance(declared, GraphQLList):
        each = _by_type(declared.of_type)
        return each and (lambda values: [each(value) for value in values])
    if isinstance(declared, GraphQLEnumType) or is_specified_scalar_type(declared):
        return None
    if isinstance(declared, GraphQLScalarType):
        return declared.coerce_output_value
    if isinstance(declared, GraphQLUnionType | GraphQLInterfaceType):
        return shown_with_type
    return shown
