"""The type system as it is served: the contract's, and every field of it can be answered."""

import dataclasses
import inspect
from pathlib import Path
from typing import Any, cast

import pytest
from django.test import Client as Browser
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    IntrospectionQuery,
    build_client_schema,
    build_schema,
    get_introspection_query,
    graphql_sync,
)
from graphql.type import GraphQLSchema

from cases import inputs, results, states
from cases.graphql.answering import SCHEMA
from cases.graphql.resolvers import MUTATIONS, QUERIES
from tests.cases.graphql_door import Door

CONTRACT = build_schema(Path(__file__).with_name("contract.graphql").read_text())
QUESTION = get_introspection_query(input_value_deprecation=True, directive_is_repeatable=True)


@pytest.fixture
def door() -> Door:
    return Door()


def introspected(schema: GraphQLSchema) -> dict[str, Any]:
    data = graphql_sync(schema, QUESTION).data
    assert data is not None
    return data


def in_order(value: Any) -> Any:
    """The order of members carries no meaning, here or there."""
    if isinstance(value, dict):
        return {name: in_order(member) for name, member in value.items() if name != "description"}
    if isinstance(value, list):
        return sorted((in_order(member) for member in value), key=repr)
    return value


def of_contract(introspected: dict[str, Any]) -> Any:
    """Without the types and directives that come with the language."""
    schema = introspected["__schema"]
    types = [one for one in schema["types"] if not one["name"].startswith("__")]
    directives = [one["name"] for one in schema["directives"]]
    return in_order({**schema, "types": types, "directives": directives})


def test_what_is_served_is_the_contracts_type_system(door: Door) -> None:
    """Types, fields, arguments, nullability, defaults, enums, unions, deprecations."""
    served = door.data(QUESTION)

    assert of_contract(served) == of_contract(introspected(CONTRACT))


def test_the_contract_has_what_is_compared() -> None:
    """So that two empty answers would not be equal."""
    types = {one["name"]: one for one in introspected(CONTRACT)["__schema"]["types"]}
    assert len([name for name in types if not name.startswith("__")]) > 90
    assert len(types["Mutation"]["fields"]) == 31
    assert len(types["Query"]["fields"]) == 5
    assert [one["name"] for one in types["Mutation"]["fields"] if one["isDeprecated"]] == [
        "hardDeleteNotifikasjonByEksternId",
        "oppgaveUtfoertByEksternId",
        "softDeleteNotifikasjonByEksternId",
    ]


def test_tools_can_build_a_client_from_it(door: Door) -> None:
    client = build_client_schema(cast(IntrospectionQuery, door.data(get_introspection_query())))
    assert client.query_type is not None


def test_the_sdl_is_served_to_anybody() -> None:
    answer = Browser().get("/api/graphql/schema")

    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    served = build_schema(answer.content.decode())
    assert of_contract(introspected(served)) == of_contract(introspected(CONTRACT))


def test_the_sdl_can_only_be_read() -> None:
    answer = Browser().post("/api/graphql/schema")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


def test_every_root_field_has_a_resolver() -> None:
    assert set(QUERIES) == set(fields_of(CONTRACT, "Query"))
    assert set(MUTATIONS) == set(fields_of(CONTRACT, "Mutation"))


def fields_of(schema: GraphQLSchema, name: str) -> dict[str, Any]:
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def answered() -> list[str]:
    roots = {"Query", "Mutation"}
    return [
        name
        for name, kind in CONTRACT.type_map.items()
        if isinstance(kind, GraphQLObjectType) and name not in roots and not name.startswith("__")
    ]


@pytest.mark.parametrize("name", answered())
def test_every_field_is_read_from_its_result(name: str) -> None:
    kind = inputs.Lokasjon if name == "Lokasjon" else getattr(results, name)
    made = kind(**{one.name: one.name for one in dataclasses.fields(kind)})
    for wire, field in fields_of(SCHEMA, name).items():
        read = field.resolve(made, None)
        assert read.replace("_", "") == wire.lower()


def test_every_enum_is_the_one_that_services_use() -> None:
    for name, kind in CONTRACT.type_map.items():
        if isinstance(kind, GraphQLEnumType) and not name.startswith("__"):
            assert set(getattr(states, name).values) == set(kind.values)


def test_every_result_is_a_type() -> None:
    classes = [
        name
        for name, one in inspect.getmembers(results, inspect.isclass)
        if one.__module__ == results.__name__
    ]
    assert [name for name in classes if name not in CONTRACT.type_map] == []


# ---------------------------------------------------------------- how deep it may be looked into


def test_two_lists_within_each_other_work(door: Door) -> None:
    door.data("{ __schema { types { fields { type { fields { name } } } } } }")
    door.data('{ __type(name: "Sak") { possibleTypes { interfaces { name } } } }')


@pytest.mark.parametrize(
    "selection",
    [
        "fields { type { fields { type { fields { type { fields { name } } } } } } }",
        "possibleTypes { interfaces { possibleTypes { interfaces { name } } } }",
        "inputFields { type { inputFields { type { inputFields { type { inputFields { name }"
        " } } } } } }",
    ],
)
def test_four_lists_within_each_other_never_do(door: Door, selection: str) -> None:
    for document in (
        f"{{ __schema {{ types {{ {selection} }} }} }}",
        f"{{ __schema {{ types {{ ...it }} }} }} fragment it on __Type {{ {selection} }}",
    ):
        assert door.code(document) in ("VALIDATION_FAILED", "LIMIT_EXCEEDED")
