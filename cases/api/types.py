"""The schema's types without resolvers: what bodies hold and how answers look is said by them."""

from functools import cache
from typing import cast

from graphql import GraphQLField, GraphQLInputField, GraphQLInputObjectType, GraphQLObjectType

from cases.schema.executable import make_schema

SCHEMA = make_schema({}, {})


def root_field(name: str) -> GraphQLField:
    """A query or a mutation."""
    for root in (SCHEMA.mutation_type, SCHEMA.query_type):
        if root is not None and name in root.fields:
            field: GraphQLField = root.fields[name]
            return field
    raise KeyError(name)


@cache
def arguments_of(name: str, without: frozenset[str] = frozenset()) -> GraphQLInputObjectType:
    """The arguments of a root field as if they were one input object."""
    fields = {
        argument: GraphQLInputField(
            declared.type,
            default_value=declared.default_value,
            default=declared.default,
            description=declared.description,
        )
        for argument, declared in root_field(name).args.items()
        if argument not in without
    }
    return GraphQLInputObjectType(f"{name[0].upper()}{name[1:]}Body", fields)


def object_type(name: str) -> GraphQLObjectType:
    return cast(GraphQLObjectType, SCHEMA.type_map[name])
