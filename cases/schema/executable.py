"""The executable schema, made of the SDL file: what names, types and defaults are is said there
and nowhere else (cases contract 4, 5.2, 6, 7).
"""

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

from ariadne import InterfaceType, MutationType, QueryType, SchemaBindable, UnionType
from ariadne import make_executable_schema as bind
from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    StringValueNode,
    ValueNode,
)

from cases.schema.scalars import (
    read_date,
    read_datetime,
    read_duration,
    read_local_datetime,
    show_date,
    show_datetime,
    show_local_datetime,
)

SDL = Path(__file__).with_name("produsent.graphql").read_text(encoding="utf-8")

Resolver = Callable[..., Any]

_UNIONS = re.findall(r"^union (\w+)", SDL, re.MULTILINE)
_INNER_CAPITAL = re.compile("(?<!^)(?=[A-Z])")


class _Scalar(SchemaBindable):
    """Reads variables and literals alike; both have to be strings."""

    def __init__(
        self, name: str, read: Callable[[str], Any], show: Callable[[Any], str] | None = None
    ) -> None:
        self._name, self._read, self._show = name, read, show

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        scalar = schema.type_map[self._name]
        assert isinstance(scalar, GraphQLScalarType)  # noqa: S101 (the SDL file says so)
        scalar.coerce_input_value = self._value
        scalar.coerce_input_literal = self._literal
        if self._show:
            scalar.coerce_output_value = self._show

    def _value(self, value: object) -> Any:
        if not isinstance(value, str):
            raise GraphQLError(f"{self._name}: a string is needed.")
        try:
            return self._read(value)
        except ValueError as error:
            raise GraphQLError(f"{self._name}: {error}") from None

    def _literal(self, node: ValueNode) -> Any:
        if not isinstance(node, StringValueNode):
            raise GraphQLError(f"{self._name}: a string is needed.", node)
        return self._value(node.value)


class _Id(SchemaBindable):
    """A string or an integer. The library takes 1.0 for the id 1, too: whoever has rounded a
    number must not reach another item by it.
    """

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        scalar = schema.type_map["ID"]
        assert isinstance(scalar, GraphQLScalarType)  # noqa: S101 (the type is built in)
        scalar.coerce_input_value = self._value

    def _value(self, value: object) -> str:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise GraphQLError("ID: a string or an integer is needed.")
        return str(value)


class _Attributes(SchemaBindable):
    """Every field reads the attribute of its name in Python's spelling."""

    def bind_to_schema(self, schema: GraphQLSchema) -> None:
        for kind in schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
                for name, field in kind.fields.items():
                    field.resolve = field.resolve or _reader_of(name)


def _reader_of(name: str) -> Resolver:
    read = attrgetter(_INNER_CAPITAL.sub("_", name).lower())

    def resolve(value: object, _info: GraphQLResolveInfo[Any]) -> Any:
        return read(value)

    return resolve


def _by_class(value: object, *_: object) -> str:
    """Results are classes of the names that the schema gives them."""
    return type(value).__name__


def make_schema(
    queries: Mapping[str, Resolver], mutations: Mapping[str, Resolver]
) -> GraphQLSchema:
    """The schema with these resolvers of its root fields."""
    query, mutation = QueryType(), MutationType()
    for root, resolvers in ((query, queries), (mutation, mutations)):
        for name, resolver in resolvers.items():
            root.set_field(name, resolver)
    return bind(
        SDL,
        query,
        mutation,
        InterfaceType("Error", _by_class),
        *(UnionType(name, _by_class) for name in _UNIONS),
        _Scalar("ISO8601DateTime", read_datetime, show_datetime),
        _Scalar("ISO8601LocalDateTime", read_local_datetime, show_local_datetime),
        _Scalar("ISO8601Date", read_date, show_date),
        _Scalar("ISO8601Duration", read_duration),
        _Id(),
        _Attributes(),
    )
