"""What every route of the REST twin does (cases contract 13, 15, runtime contract 8)."""

import json
import re
from datetime import timedelta

import pytest
from django.test import Client as Browser

from cases.models import Notifikasjon, Sak
from tests.cases.api.bodies import BESKJED, SAK, SMS
from tests.cases.api.conftest import BASE, JSON
from tests.tokens import bearer

NO_ID = "00000000-0000-4000-8000-000000000000"
ROUTES = [
    ("GET", "/whoami"),
    ("POST", "/saker"),
    ("GET", f"/saker/{NO_ID}"),
    ("DELETE", "/saker/by-grupperingsid"),
    ("POST", f"/saker/{NO_ID}/statuser"),
    ("PUT", f"/saker/{NO_ID}/neste-steg"),
    ("PUT", f"/saker/{NO_ID}/tilleggsinformasjon"),
    ("POST", f"/saker/{NO_ID}/soft-delete"),
    ("POST", "/beskjeder"),
    ("GET", f"/beskjeder/{NO_ID}"),
    ("POST", "/oppgaver"),
    ("POST", f"/oppgaver/{NO_ID}/utfoert"),
    ("POST", f"/oppgaver/{NO_ID}/utgaatt"),
    ("PUT", f"/oppgaver/{NO_ID}/frist"),
    ("PUT", f"/oppgaver/{NO_ID}/paaminnelse"),
    ("DELETE", "/oppgaver/by-ekstern-id/paaminnelse"),
    ("POST", "/kalenderavtaler"),
    ("PATCH", f"/kalenderavtaler/{NO_ID}"),
    ("GET", "/notifikasjoner"),
    ("GET", f"/notifikasjoner/{NO_ID}"),
    ("POST", f"/notifikasjoner/{NO_ID}/soft-delete"),
    ("DELETE", f"/notifikasjoner/{NO_ID}"),
]
WITH_BODY = [route for route in ROUTES if route[0] in ("POST", "PUT", "PATCH")]
BODIES = [route for route in WITH_BODY if not route[1].endswith("soft-delete")]
UNREADABLE = [
    *(b"{", b"nonsense", b'{"a": NaN}', b"{'a': 1}", b'{"a": "\xff"}', b'{"a": 1,}'),
    *(b"[" * 9999, b'{"a": "\\ud800", "b": NaN}', b'["\\ud800", ' + b"[" * 9999),
]
TRACE = r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"


def send(api, method, path, body: str | bytes = "", content_type=JSON, **headers):
    headers = api.headers | headers
    return api.browser.generic(method, BASE + path, body, content_type, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        bearer("ttd"),
        bearer("x", "", kind="idporten"),
        bearer("x", "", kind="entra", ttl=-timedelta(hours=1)),
        bearer("x", "", kind="entra", claims={"azp": None, "azp_name": None}),
    ],
    ids=["none", "nonsense", "altinn", "idporten", "expired", "nameless"],
)
def test_only_a_producers_token_opens_a_route(headers):
    browser = Browser()
    for method, path in ROUTES:
        response = browser.generic(method, BASE + path, "{}", JSON, headers=headers)

        assert response.status_code == 401, path
        assert response["WWW-Authenticate"] == "Bearer", path
        assert response["Content-Type"].startswith("application/problem+json"), path
        problem = json.loads(response.content)
        assert problem["type"] == "urn:problem:cases:uautentisert", path
        assert problem["instance"] == BASE + path
        assert problem["correlationId"] == response["X-Correlation-ID"], path


def test_a_refusal_has_the_members_of_the_dialect(api):
    response = send(api, "GET", f"/saker/{NO_ID}", **{"X-Request-ID": "abc 1"})

    problem = response.json()
    assert response["Content-Type"] == "application/problem+json; charset=utf-8"
    assert re.fullmatch(TRACE, problem.pop("traceId"))
    assert problem.pop("detail")
    assert problem == {
        "type": "urn:problem:cases:sak-finnes-ikke",
        "title": "Sak finnes ikke",
        "status": 404,
        "instance": f"{BASE}/saker/{NO_ID}",
        "correlationId": "abc 1",
    }


def test_broken_input_is_told_place_by_place(api):
    body = BESKJED | {
        "mottakere": [{}],
        "eksterneVarsler": [SMS | {"epost": None}, {"sms": SMS["sms"] | {"smsTekst": "\x00"}}],
    }

    response = api.post("/beskjeder", body)

    assert response.status_code == 422
    problem = response.json()
    assert problem["type"] == "urn:problem:cases:ugyldig-input"
    assert [(one["path"], one["code"]) for one in problem["errors"]] == [
        ("eksterneVarsler[1].sms.smsTekst", "INVALID_CHARACTER"),
        ("mottakere[0]", "EXACTLY_ONE"),
    ]
    assert all(one["detail"] for one in problem["errors"])
    assert not Notifikasjon.objects.exists()


@pytest.mark.parametrize("escaped", [r"\u0000", r"\ud800", r"x\udc00y"])
def test_what_no_string_may_hold_is_broken_input_not_unreadable(api, escaped):
    body = json.dumps(SAK).replace("Søknad", escaped).replace("S\\u00f8knad", escaped)

    response = send(api, "POST", "/saker", body)

    assert response.status_code == 422
    told = [(one["path"], one["code"]) for one in response.json()["errors"]]
    assert told == [("tittel", "INVALID_CHARACTER")]
    assert not Sak.objects.exists()


@pytest.mark.parametrize("body", UNREADABLE)
def test_what_is_no_json_is_told_so(api, body):
    for method, path in BODIES:
        response = send(api, method, path, body)

        assert response.status_code == 400, path
        problem = response.json()
        assert problem["type"] == "urn:problem:cases:ugyldig-json", path
        assert problem["detail"], path
        assert "errors" not in problem, path


@pytest.mark.parametrize(("method", "path"), BODIES)
def test_a_body_is_json_of_at_most_a_mebibyte(api, method, path):
    filler = b'{"x": "' + b"a" * (1 << 20) + b'"}'

    assert send(api, method, path, filler).status_code == 413
    assert send(api, method, path, b"<a/>", "application/xml").status_code == 415
    assert send(api, method, path, b"{}", "application/json; charset=latin-1").status_code == 415


@pytest.mark.parametrize("body", ["[]", "null", '"text"', "1"])
def test_a_body_is_an_object(api, body):
    for method, path in BODIES:
        response = send(api, method, path, body)

        assert response.status_code == 422, path
        assert "" in [error["path"] for error in response.json()["errors"]], path


def test_an_empty_body_is_no_json(api):
    response = send(api, "POST", "/saker", **{"Content-Type": JSON})

    assert response.json()["type"] == "urn:problem:cases:ugyldig-json"


def test_all_that_the_types_refuse_is_told_at_once(api):
    body = SAK | {
        "tittel": 5,
        "virksomhetsnummer": None,
        "mottakere": [{"altinn": {"serviceCode": "1"}}, {"leder": {}}, 7],
        "initiellStatus": "UKJENT",
        "tidspunkt": "2031-05-06T07:08:09",
        "hardDelete": {"om": "1 year"},
        "idempotencyKey": "k",
    }
    del body["grupperingsid"]

    problem = api.post("/saker", body).json()

    assert [(one["path"], one["code"]) for one in problem["errors"]] == [
        ("grupperingsid", "REQUIRED"),
        ("virksomhetsnummer", "REQUIRED"),
        ("mottakere[0].altinn.serviceEdition", "REQUIRED"),
        ("mottakere[1]", "UNKNOWN_MEMBER"),
        ("mottakere[2]", "INVALID_TYPE"),
        ("tittel", "INVALID_TYPE"),
        ("initiellStatus", "UNKNOWN_VALUE"),
        ("tidspunkt", "INVALID_FORMAT"),
        ("hardDelete.om", "INVALID_FORMAT"),
        ("", "UNKNOWN_MEMBER"),
    ]


def test_one_value_is_a_list_of_one_as_in_graphql(api):
    assert api.post("/saker", SAK | {"mottakere": SAK["mottakere"][0]}).status_code == 201
    assert api.post("/saker", SAK).status_code == 200


def test_a_default_that_is_spelled_out_changes_nothing(api):
    made = api.post("/beskjeder", BESKJED)
    spelled = BESKJED | {"mottaker": None, "eksterneVarsler": []}

    assert api.post("/beskjeder", spelled).json() == made.json()


@pytest.mark.parametrize("wrong", ["hemmelig", {"hemmelig": "hemmelig"}, ["hemmelig"]])
def test_what_was_sent_is_not_repeated(api, wrong):
    members = ("tidspunkt", "initiellStatus", "hardDelete", "mottakere", "hemmelig")
    for member in members:
        assert "hemmelig" not in api.post("/saker", SAK | {member: wrong}).content.decode()


def test_limits_of_a_list_bind_here_too(api):
    for member in (*SAK["mottakere"], {}, None):
        (refused,) = api.post("/saker", SAK | {"mottakere": [member] * 15_000}).json()["errors"]
        assert (refused["path"], refused["code"]) == ("mottakere", "TOO_MANY")
    many = api.post("/saker", SAK | {"mottakere": SAK["mottakere"] * 101})
    assert [one["code"] for one in many.json()["errors"]] == ["TOO_MANY"]
    messages = api.post("/beskjeder", BESKJED | {"eksterneVarsler": [SMS] * 51})
    assert [one["code"] for one in messages.json()["errors"]] == ["TOO_MANY"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_another_method_is_told_which_there_are(api, method, path):
    response = send(api, "TRACE" if method == "OPTIONS" else "OPTIONS", path)

    assert response.status_code == 405
    assert method in response["Allow"]
    assert "OPTIONS" not in response["Allow"]
    problem = response.json()
    assert problem["status"] == 405
    assert problem["correlationId"]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_trailing_slash_does_no_harm(api, method, path):
    with_slash, without = send(api, method, f"{path}/", "{}"), send(api, method, path, "{}")

    assert with_slash.status_code == without.status_code


def test_an_accept_that_cannot_be_met_gets_json_all_the_same(api):
    response = send(api, "GET", "/whoami", Accept="text/html")

    assert (response.status_code, response.json()) == (200, {"appName": "prod:fager:app"})


def test_routes_that_are_not_there_are_problems(api):
    for path in ("/", "/sak", f"/saker/{NO_ID}/noe", f"/beskjeder/{NO_ID}/soft-delete"):
        response = send(api, "GET", path)
        assert response.status_code == 404
        assert response["Content-Type"].startswith("application/problem+json")


def test_head_is_get_without_a_body(api):
    response = send(api, "HEAD", "/notifikasjoner")

    assert (response.status_code, response.content) == (200, b"")
