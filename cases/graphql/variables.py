"""The variables of an operation, by readers that are made once of the schema's input types.

The library asks of each value anew what its type is, which was an eighth of what a `nyOppgave`
costs the interpreter. What a reader does not take is left to the library, which says what is wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    is_input_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

Read = Callable[[Any], Any]


class _Unfit(Exception):
    """A value that these readers do not take."""


class Variables:
    """Safe for threads. Input types that hold themselves would end in a RecursionError here."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._objects: dict[str, Read] = {}
        for kind in schema.type_map.values():
            if is_input_type(kind):
                self._reader(kind)

    def read(
        self, operation: OperationDefinitionNode, given: Mapping[str, Any]
    ) -> VariableValues | None:
        """As `graphql.get_variable_values` has them; None where only that can tell."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for definition in operation.variable_definitions or ():
            signature = get_variable_signature(self._schema, definition)
            name = definition.variable.name.value
            if isinstance(signature, GraphQLError):
                return None
            if name not in given:
                if signature.default or isinstance(signature.type, GraphQLNonNull):
                    return None
                sources[name] = VariableValueSource(signature)
                continue
            sources[name] = VariableValueSource(signature, given[name])
            try:
                coerced[name] = self._reader(signature.type)(given[name])
            except _Unfit:
                return None
        return VariableValues(sources, coerced)

    def _reader(self, kind: GraphQLInputType) -> Read:
        if isinstance(kind, GraphQLNonNull):
            return _given(self._reader(kind.of_type))
        if isinstance(kind, GraphQLList):
            return _list(self._reader(kind.of_type))
        if not isinstance(kind, GraphQLInputObjectType):
            return _leaf(kind.coerce_input_value)
        if kind.name not in self._objects:
            self._objects[kind.name] = self._object(kind)
        return self._objects[kind.name]

    def _object(self, kind: GraphQLInputObjectType) -> Read:
        if kind.is_one_of:
            return _never
        fields = kind.fields
        members = [
            (name, field.out_name or name, field, self._reader(field.type))
            for name, field in fields.items()
        ]
        required = frozenset(name for name in fields if is_required_input_field(fields[name]))

        def read(value: Any) -> Any:
            if value is None:
                return None
            if not isinstance(value, dict) or not required <= value.keys() <= fields.keys():
                raise _Unfit
            known = {}
            for name, out_name, field, read_member in members:
                if name in value:
                    known[out_name] = read_member(value[name])
                elif (default := coerce_default_value(field)) is not Undefined:
                    known[out_name] = default
            return kind.out_type(known)

        return read


def _given(read_value: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            raise _Unfit
        return read_value(value)

    return read


def _list(read_element: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            return None
        # One for a list of one: the library's business.
        if not isinstance(value, list):
            raise _Unfit
        return [read_element(element) for element in value]

    return read


def _leaf(coerce: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            return None
        try:
            coerced = coerce(value)
        except Exception:  # noqa: BLE001 (a scalar may raise anything, as in the library)
            raise _Unfit from None
        if coerced is Undefined:
            raise _Unfit
        return coerced

    return read


def _never(_value: Any) -> Any:
    raise _Unfit
