"""What becomes of the root fields of one request (cases contract 2, 17)."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import OperationalError

from cases.models import Sak
from cases.services import saker
from tests.cases.producing import LABEL, ORG, Api

pytestmark = pytest.mark.django_db

RECIPIENT = '{altinn: {serviceCode: "5441", serviceEdition: "1"}}'


def ny_sak(key: str, tittel: str = '"Søknad"', mottakere: str = f"[{RECIPIENT}]") -> str:
    """A root field, aliased by its grupperingsid."""
    return (
        f'{key}: nySak(grupperingsid: "{key}", merkelapp: "{LABEL}", virksomhetsnummer: "{ORG}",'
        f" mottakere: {mottakere}, tittel: {tittel}, initiellStatus: MOTTATT)"
        " { __typename ... on NySakVellykket { id } ... on Error { feilmelding } }"
    )


def stored() -> list[str]:
    return sorted(Sak.objects.values_list("grupperingsid", flat=True))


def test_root_fields_are_done_in_their_order(producer: Api) -> None:
    done = producer.data(
        f"mutation {{ {ny_sak('b')} {ny_sak('a')} again: {ny_sak('b').removeprefix('b: ')} }}"
    )

    assert list(done) == ["b", "a", "again"]
    assert done["again"] == done["b"]
    received = Sak.objects.order_by("mottatt_tidspunkt").values_list("grupperingsid", flat=True)
    assert list(received) == ["b", "a"]


def test_a_refusal_that_is_an_answer_stops_nothing(producer: Api) -> None:
    other = ny_sak("b").replace(LABEL, "Fremmed")
    done = producer.data(f"mutation {{ {ny_sak('a')} {other} {ny_sak('c')} }}")

    kinds = [answer["__typename"] for answer in done.values()]
    assert kinds == ["NySakVellykket", "UgyldigMerkelapp", "NySakVellykket"]
    assert stored() == ["a", "c"]


def test_a_broken_rule_leaves_what_was_done_before_and_does_nothing_after(producer: Api) -> None:
    long = '"' + "x" * 141 + '"'
    told = producer.ask(f"mutation {{ {ny_sak('a')} {ny_sak('b', long)} {ny_sak('c')} }}")

    assert told["data"] is None
    (error,) = told["errors"]
    assert error["path"] == ["b"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert [problem["path"] for problem in error["extensions"]["problems"]] == ["tittel"]
    assert "tittel" in error["message"]
    assert error["locations"]
    assert stored() == ["a"]


@pytest.mark.parametrize("tittel", ["1", "null", "MOTTATT", "[]"])
def test_a_literal_that_the_schema_refuses_refuses_the_document(producer: Api, tittel: str) -> None:
    query = f"mutation {{ {ny_sak('a')} {ny_sak('b', tittel)} }}"
    assert producer.code(query) == "VALIDATION_FAILED"
    assert stored() == []


@pytest.mark.parametrize("value", [1, None, ["a"], {"a": 1}, True])
def test_a_variable_that_the_schema_refuses_refuses_the_document(
    producer: Api, value: object
) -> None:
    query = f"mutation($t: String!) {{ {ny_sak('a')} {ny_sak('b', '$t')} }}"
    assert producer.code(query, {"t": value}) == "BAD_USER_INPUT"
    assert stored() == []


@pytest.mark.parametrize(
    ("declared", "root", "variables"),
    [
        # A variable with a default may stand where null may not; null itself may then come.
        ('$t: String = "Søknad"', ny_sak("b", "$t"), {"t": None}),
        (
            '$m: MottakerInput = {altinn: {serviceCode: "1", serviceEdition: "1"}}',
            ny_sak("b", mottakere="[$m]"),
            {"m": None},
        ),
    ],
)
def test_a_null_that_only_the_request_shows_refuses_the_document_too(
    producer: Api, declared: str, root: str, variables: Mapping[str, Any]
) -> None:
    query = f"mutation({declared}) {{ {ny_sak('a')} {root} }}"
    assert producer.code(query, variables) == "BAD_USER_INPUT"
    assert stored() == []


def test_a_condition_without_its_value_is_bad_input(producer: Api) -> None:
    query = "query($c: Boolean = true) { hentSak(id: 1) { __typename @include(if: $c) } }"
    assert producer.code(query, {"c": None}) == "BAD_USER_INPUT"


def test_whoever_leaves_a_field_out_leaves_it_undone(producer: Api) -> None:
    skipped = ny_sak("a").replace(") {", ") @skip(if: $c) {", 1)
    query = f"mutation($c: Boolean!) {{ {skipped} {ny_sak('b')} }}"
    assert list(producer.data(query, {"c": True})) == ["b"]
    assert stored() == ["b"]


def test_a_failing_query_takes_all_data_with_it(producer: Api) -> None:
    told = producer.ask(
        "{ whoami mineNotifikasjoner(first: 0) { __typename } hentSak(id: 1) { __typename } }"
    )
    assert told["data"] is None
    assert told["errors"][0]["path"] == ["mineNotifikasjoner"]
    assert told["errors"][0]["extensions"]["problems"][0]["path"] == "first"


def test_a_database_that_goes_away_between_root_fields_is_503(
    producer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(saker, "neste_steg_sak", away)
    query = f'mutation {{ {ny_sak("a")} nesteStegSak(id: "1") {{ __typename }} }}'

    assert producer.send({"query": query}).status_code == 503
    assert stored() == ["a"]


def test_a_failure_of_ours_leaves_what_was_done_before(
    producer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(saker, "neste_steg_sak", breaks)
    query = f'mutation {{ {ny_sak("a")} nesteStegSak(id: "1") {{ __typename }} {ny_sak("c")} }}'

    told = producer.ask(query)

    assert told["data"] is None
    assert [error["extensions"]["code"] for error in told["errors"]] == ["INTERNAL"]
    assert stored() == ["a"]


@pytest.mark.parametrize("errors", ["... on Error { feilmelding }", "...e"])
def test_errors_are_selected_by_their_interface_or_one_by_one(producer: Api, errors: str) -> None:
    named = "fragment e on HentSakResultat { ... on SakFinnesIkke { feilmelding } }"
    query = f"{{ hentSak(id: 17) {{ __typename {errors} }} }}"
    answer = producer.data(query + (named if "...e" in query else ""))["hentSak"]
    assert answer["__typename"] == "SakFinnesIkke"
    assert answer["feilmelding"]
