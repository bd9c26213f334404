"""From JSON to the arguments of a call, by the schema's own types, defaults and scalars (cases
contract 4, 5); unlike in GraphQL, everything wrong is told at once.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    Undefined,
    coerce_input_value,
    is_required_input_field,
    is_specified_scalar_type,
)

from cases.errors import Problem, UgyldigInput
from cases.parsing.parts import LONGEST_LIST
from cases.parsing.reader import Code

MOST_PROBLEMS = 100
_KINDS = {"ID": "string", "String": "string", "Int": "whole number", "Boolean": "true or false"}


def coerced(body: Any, declared: GraphQLInputObjectType) -> dict[str, Any]:
    """The members of `body` as the services' parsers take them. Raises UgyldigInput."""
    found = []
    for problem in _wrong_object(body, declared, ""):
        found.append(problem)
        if len(found) == MOST_PROBLEMS:
            break
    if found:
        raise UgyldigInput(found)
    arguments: dict[str, Any] = coerce_input_value(body, declared)
    return arguments


def _wrong(value: Any, declared: Any, path: str) -> Iterator[Problem]:
    if isinstance(declared, GraphQLNonNull):
        if value is None:
            yield Problem(path, "REQUIRED", "A value is needed here, not null.")
        else:
            yield from _wrong(value, declared.of_type, path)
    elif value is None:
        return
    elif isinstance(declared, GraphQLList):
        # As GraphQL has it: what is no list is a list of one.
        if isinstance(value, list) and len(value) > LONGEST_LIST:
            yield Problem(path, Code.TOO_MANY, f"A list has at most {LONGEST_LIST} members.")
        elif isinstance(value, list):
            for index, member in enumerate(value):
                yield from _wrong(member, declared.of_type, f"{path}[{index}]")
        else:
            yield from _wrong(value, declared.of_type, path)
    elif isinstance(declared, GraphQLInputObjectType):
        yield from _wrong_object(value, declared, path)
    else:
        yield from _wrong_leaf(value, declared, path)


def _wrong_object(value: Any, declared: GraphQLInputObjectType, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "INVALID_TYPE", "An object is needed here.")
        return
    for name, field in declared.fields.items():
        place = f"{path}.{name}" if path else name
        if name in value:
            yield from _wrong(value[name], field.type, place)
        elif is_required_input_field(field):
            yield Problem(place, "REQUIRED", "This member is needed.")
    if any(name not in declared.fields for name in value):
        # The name itself may be anything, so that it is not repeated.
        known = ", ".join(declared.fields) or "none"
        yield Problem(path, "UNKNOWN_MEMBER", f"There is a member too many; known are {known}.")


def _wrong_leaf(
    value: Any, declared: GraphQLScalarType | GraphQLEnumType, path: str
) -> Iterator[Problem]:
    try:
        read = declared.coerce_input_value(value)
    except GraphQLError as error:
        read, said = Undefined, error.message
    else:
        said = ""
    if read is not Undefined:
        return
    if isinstance(declared, GraphQLEnumType):
        yield Problem(path, "UNKNOWN_VALUE", f"One of {', '.join(declared.values)} is needed here.")
    elif is_specified_scalar_type(declared):
        # Its own message would repeat what was sent.
        yield Problem(path, "INVALID_TYPE", f"A {_KINDS[declared.name]} is needed here.")
    else:
        yield Problem(path, "INVALID_FORMAT", said)
