"""Variables are read as the library reads them, whatever a producer sends."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLError, OperationDefinitionNode, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.graphql.answering import SCHEMA, VARIABLES
from tests.cases.documents import document

SMS = {
    "sms": {
        "mottaker": {"kontaktinfo": {"tlf": "40000001"}},
        "smsTekst": "Hei",
        "sendetidspunkt": {"sendevindu": "LOEPENDE"},
    }
}
OPPGAVE: dict[str, Any] = {
    "nyOppgave": {
        "mottakere": [{"altinn": {"serviceCode": "5441", "serviceEdition": "1"}}],
        "notifikasjon": {"merkelapp": "Tiltak", "tekst": "Hei", "lenke": "https://a.example/"},
        "metadata": {
            "virksomhetsnummer": "910825526",
            "eksternId": "1",
            "opprettetTidspunkt": "2026-03-29T02:30:00Z",
            "hardDelete": {"om": "P2D"},
        },
        "frist": "2026-05-17",
        "eksterneVarsler": [SMS],
        "paaminnelse": {
            "tidspunkt": {"foerFrist": "P1D"},
            "eksterneVarsler": [
                {
                    "sms": {k: v for k, v in SMS["sms"].items() if k != "sendetidspunkt"}
                    | {"sendevindu": "LOEPENDE"}
                }
            ],
        },
    }
}
STATUS: dict[str, Any] = {"id": 17, "nyStatus": "FERDIG", "nyLenkeTilSak": None}
PAGE: dict[str, Any] = {"first": 5, "merkelapper": ["Tiltak"], "after": None}
CALLS = {"nyOppgave": OPPGAVE, "nyStatusSak": STATUS, "mineNotifikasjoner": PAGE}
ODD = st.sampled_from(
    [None, "", "x", "2026-02-30", 1, -1, 1.0, 2**40, True, [], {}, ["x"], [None], {"x": 1}, [[1]]]
).map(copy.deepcopy)


def operation(field: str) -> OperationDefinitionNode:
    definitions = parse(document(field)).definitions
    return next(one for one in definitions if isinstance(one, OperationDefinitionNode))


def by_the_library(asked: OperationDefinitionNode, sent: dict[str, Any]) -> Any:
    return told(get_variable_values(SCHEMA, asked.variable_definitions or (), sent))


def told(values: VariableValues | list[GraphQLError] | None) -> Any:
    """What they come to, and what was given; None for a refusal. Types are made anew each time."""
    if not isinstance(values, VariableValues):
        return None
    return values.coerced, {name: source.value for name, source in values.sources.items()}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of each member and element below."""
    steps = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for step, below in steps:
        found.append((*path, step))
        if isinstance(below, dict | list):
            found += places(below, (*path, step))
    return found


def changed(variables: dict[str, Any], draw: Callable[..., Any]) -> dict[str, Any]:
    """With something missing, odd or more than there should be."""
    other = copy.deepcopy(variables)
    for _ in range(draw(st.integers(0, 3))):
        if not (several := places(other)):
            break
        *above, last = draw(st.sampled_from(several))
        holder = other
        for step in above:
            holder = holder[step]
        match draw(st.sampled_from(["take", "replace", "add"])):
            case "take":
                del holder[last]
            case "replace":
                holder[last] = draw(ODD)
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from(["unknown", "tekst", "sms", "id"]))] = draw(ODD)
    return other


@pytest.mark.parametrize("field", CALLS)
def test_what_is_as_it_should_be_is_read_here(field: str) -> None:
    asked = operation(field)
    ours = told(VARIABLES.read(asked, CALLS[field]))
    assert ours is not None
    assert ours == by_the_library(asked, CALLS[field])


@pytest.mark.parametrize("field", CALLS)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_is_sent_is_read_as_the_library_does_or_left_to_it(
    field: str, data: st.DataObject
) -> None:
    asked, sent = operation(field), changed(CALLS[field], data.draw)
    ours = told(VARIABLES.read(asked, sent))
    assert ours is None or ours == by_the_library(asked, sent)
