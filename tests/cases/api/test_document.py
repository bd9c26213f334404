"""The OpenAPI document of the REST twin: made of the views, checked in, and true."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

from cases.api.problems import MEMBERS, URN
from cases.api.types import SCHEMA
from tests.cases.api.bodies import BESKJED, KALENDERAVTALE, OPPGAVE, REMINDER, SAK

FILE = settings.BASE_DIR / "docs" / "openapi" / "cases.json"
# The ways in which GraphQL calls it otherwise: V1 forms, and arguments where REST has a path.
ONLY_IN_GRAPHQL = {
    *("oppgaveUtfoertByEksternId_V2", "softDeleteNotifikasjonByEksternId_V2"),
    "hardDeleteNotifikasjonByEksternId_V2",
}
ONLY_IN_REST = {
    *("hentBeskjed", "hentOppgave", "hentKalenderavtale", "oppgaveFjernPaaminnelse"),
    *("hentBeskjedByEksternId", "hentOppgaveByEksternId", "hentKalenderavtaleByEksternId"),
    *("hentNotifikasjonByEksternId", "oppgaveFjernPaaminnelseByEksternId"),
}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(FILE.read_text())
    return read


def operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from item.values()


def test_the_document_that_is_checked_in_is_the_one_of_the_views(tmp_path: Path) -> None:
    """`make openapi` mends it."""
    made = tmp_path / "cases.json"
    call_command(
        *("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json"),
        urlconf="cases.api.document",
        custom_settings="cases.api.document.SETTINGS",
        file=str(made),
    )

    assert made.read_text() == FILE.read_text()


def test_every_field_of_graphql_has_its_operation(document) -> None:
    assert SCHEMA.query_type
    assert SCHEMA.mutation_type
    fields = {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields}
    named = [operation["operationId"] for operation in operations(document)]

    assert len(named) == len(set(named))
    assert set(named) - ONLY_IN_REST == fields - ONLY_IN_GRAPHQL


def test_every_refusal_is_said_somewhere_with_its_status(document) -> None:
    said = {
        (status, word)
        for operation in operations(document)
        for status, response in operation["responses"].items()
        for word in response["description"].replace("`", "").replace(",", "").rstrip(".").split()
        if word.startswith(URN)
    }

    for word, status, _ in MEMBERS.values():
        assert (str(status), URN + word) in said


def test_nothing_is_referred_to_that_is_not_there(document) -> None:
    text = FILE.read_text()
    for name in document["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, name


@pytest.mark.parametrize(
    ("path", "method", "body"),
    [
        ("saker", "post", SAK),
        ("beskjeder", "post", BESKJED),
        ("oppgaver", "post", OPPGAVE),
        ("kalenderavtaler", "post", KALENDERAVTALE),
        ("saker/{id}/statuser", "post", {"nyStatus": "FERDIG", "tidspunkt": "2031-05-06T07:08Z"}),
        ("saker/{id}/neste-steg", "put", {"nesteSteg": None}),
        ("oppgaver/{id}/frist", "put", {"nyFrist": "2031-05-06", "paaminnelse": REMINDER}),
        ("oppgaver/{id}/paaminnelse", "put", {"paaminnelse": REMINDER}),
        ("kalenderavtaler/{id}", "patch", {"nyTekst": "Nytt"}),
    ],
)
def test_good_bodies_keep_what_the_document_asks_for(document, path, method, body) -> None:
    assert _errors(document, _body_schema(document, path, method), body) == []


@pytest.mark.parametrize(
    "broken",
    [
        SAK | {"mer": 1},
        SAK | {"tittel": "x" * 141},
        SAK | {"initiellStatus": "UKJENT"},
        SAK | {"hardDelete": {}},
        {name: value for name, value in SAK.items() if name != "tittel"},
    ],
)
def test_broken_bodies_do_not(document, broken) -> None:
    assert _errors(document, _body_schema(document, "saker", "post"), broken)


def _body_schema(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    operation = document["paths"][f"/cases/api/v1/{path}"][method]
    schema: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return schema


def _errors(document: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    whole = schema | {"components": document["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("saker/by-grupperingsid", {"merkelapp": "Tiltak", "grupperingsid": "sak 1"}),
        ("oppgaver/by-ekstern-id", {"merkelapp": "Tiltak", "eksternId": "o1"}),
        ("kalenderavtaler/by-ekstern-id", {"merkelapp": "Tiltak", "eksternId": "k1"}),
        ("notifikasjoner", {"first": 2}),
        ("whoami", {}),
    ],
)
def test_answers_are_as_the_document_says(document, api, path, query) -> None:
    api.post("/saker", SAK)
    api.post("/oppgaver", OPPGAVE)
    api.post("/kalenderavtaler", KALENDERAVTALE)

    response = api.get(f"/{path}", **query)

    said = document["paths"][f"/cases/api/v1/{path}"]["get"]["responses"]["200"]
    assert response.status_code == 200
    schema = said["content"]["application/json"]["schema"]
    assert _errors(document, schema, response.json()) == []


def test_refusals_are_as_the_document_says(document, api) -> None:
    problem = {"$ref": "#/components/schemas/CasesProblem"}

    for body in ({}, SAK | {"merkelapp": "Lønn"}, SAK | {"mottakere": []}):
        assert _errors(document, problem, api.post("/saker", body).json()) == []
