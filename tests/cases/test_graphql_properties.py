"""Whatever is sent, the door answers in its own words, and never with a failure of ours."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

from cases.schema.executable import SDL
from tests.cases.producing import Api

pytestmark = pytest.mark.django_db

CODES = {"PARSE_FAILED", "VALIDATION_FAILED", "BAD_USER_INPUT", "LIMIT_EXCEEDED"}
SCALARS = {
    "ISO8601DateTime": ["2031-05-06T07:08:09Z", "0001-01-01T00:00Z", "9999-12-31T23:59:59Z"],
    "ISO8601LocalDateTime": ["2031-05-06T07:08", "0001-01-02T00:00", "9999-12-31T23:59:59"],
    "ISO8601Duration": ["P1Y2M3DT4H", "PT", "P9999Y", "PT87000000H"],
    "ISO8601Date": ["2031-05-06", "0001-01-01", "9999-12-31"],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
lenient = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def strings(values: list[str]) -> st.SearchStrategy[Any]:
    return st.sampled_from(values).map(nodes.String)


def assert_in_its_own_words(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    assert told.keys() <= {"data", "errors"}
    assert told
    assert {error["extensions"]["code"] for error in told.get("errors", ())} <= CODES
    return told


# Such a document has hundreds of fields, and is slow to make.
@settings(lenient, max_examples=15)
@given(from_schema(SDL, custom_scalars={name: strings(them) for name, them in SCALARS.items()}))
def test_documents_of_the_schema_never_break_anything(producer: Api, document: str) -> None:
    told = assert_in_its_own_words(producer.send(json.dumps({"query": document})))
    assert told.get("data") or told["errors"]


@lenient
@given(st.text(max_size=60) | st.text('{}()[]:!$@.=|&"\\# abc_1,\n', max_size=60))
def test_no_text_breaks_anything(producer: Api, text: str) -> None:
    body = json.dumps({"query": text}).encode("utf-8", "surrogatepass")
    assert_in_its_own_words(producer.send(body))


@lenient
@given(JSON | st.fixed_dictionaries({"query": JSON, "variables": JSON, "operationName": JSON}))
def test_no_request_breaks_anything(producer: Api, content: Any) -> None:
    assert_in_its_own_words(producer.send(json.dumps(content)))


@lenient
@given(st.binary(max_size=80))
def test_no_bytes_break_anything(producer: Api, body: bytes) -> None:
    assert_in_its_own_words(producer.send(body or b" "))


@lenient
@given(JSON)
def test_no_variable_breaks_anything(producer: Api, value: Any) -> None:
    for declared, field in (
        ("NyOppgaveInput!", "nyOppgave(nyOppgave: $v)"),
        ("ID!", "hardDeleteSak(id: $v)"),
        ("PaaminnelseInput", 'oppgaveEndrePaaminnelse(id: "1", paaminnelse: $v)'),
    ):
        query = f"mutation($v: {declared}) {{ {field} {{ __typename }} }}"
        body = json.dumps({"query": query, "variables": {"v": value}})
        assert_in_its_own_words(producer.send(body))
