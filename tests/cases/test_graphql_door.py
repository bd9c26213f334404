"""GraphQL over HTTP (cases contract 2)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client as Browser
from structlog.testing import capture_logs

from cases.services import reading
from tests.cases.graphql_door import APP, PATH, Door
from tests.tokens import bearer

WHOAMI = {"query": "{ whoami }"}


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
def test_a_query_is_answered(door: Door, path: str) -> None:
    answer = door.send(WHOAMI, path=path)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    assert answer.json() == {"data": {"whoami": APP}}


# ---------------------------------------------------------------- the exceptions to 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post_is_taken(door: Door, method: str) -> None:
    answer = door.browser.generic(method, f"{PATH}?query={{whoami}}", headers=door.headers)

    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer not.a.token"},
        bearer(APP, "", kind="entra", ttl=timedelta(seconds=-120)),
        bearer(APP, "", kind="entra", claims={"azp": None, "azp_name": None}),
        bearer("ttd"),
        bearer("01017012345", "", kind="idporten"),
    ],
    ids=["none", "empty", "bare", "basic", "garbage", "expired", "nameless", "altinn", "user"],
)
def test_without_a_good_token_nothing_is_read(headers: dict[str, str]) -> None:
    answer = Browser().post(PATH, b"\xff" * (2 << 20), "text/plain", headers=headers)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "errors" not in answer.json()


@pytest.mark.parametrize(
    "content_type",
    [
        *("text/plain", "application/graphql", "application/x-www-form-urlencoded", ""),
        *("application/json; charset=iso-8859-1", "multipart/form-data; boundary=x"),
    ],
)
@pytest.mark.parametrize("body", [json.dumps(WHOAMI), ""])
def test_other_media_types_are_415(door: Door, content_type: str, body: str) -> None:
    assert door.send(body, content_type=content_type).status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_is_taken_however_it_is_spelled(door: Door, content_type: str) -> None:
    assert door.send(WHOAMI, content_type=content_type).status_code == 200


def test_a_body_of_one_mebibyte_is_taken_and_no_larger_one(door: Door) -> None:
    body = json.dumps(WHOAMI)
    padded = body + " " * ((1 << 20) - len(body))

    assert door.send(padded).status_code == 200
    assert door.send(padded + " ").status_code == 413


@pytest.mark.parametrize("failure", [OperationalError("no route\nola@x.no"), InterfaceError()])
def test_without_its_database_it_is_503(
    door: Door, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    fail(monkeypatch, failure)

    answer = door.send(WHOAMI)

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer["Content-Type"].startswith("application/problem+json")
    assert "ola@x.no" not in answer.content.decode()


def fail(monkeypatch: pytest.MonkeyPatch, failure: Exception) -> None:
    def whoami(_kaller: object) -> str:
        raise failure

    monkeypatch.setattr(reading, "whoami", whoami)


# ---------------------------------------------------------------- always 200 otherwise


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{", "PARSE_FAILED"),
        ("{'query': '{ whoami }'}", "PARSE_FAILED"),
        ('{"query": "{ whoami }"} x', "PARSE_FAILED"),
        ('{"query": NaN}', "PARSE_FAILED"),
        (b'{"query": "{ whoami } # \xff"}', "PARSE_FAILED"),
        (b"\xff\xfe{\x00}\x00", "PARSE_FAILED"),
        (b"\x00", "PARSE_FAILED"),
        ("null", "BAD_USER_INPUT"),
        ("[]", "BAD_USER_INPUT"),
        ('"{ whoami }"', "BAD_USER_INPUT"),
        ("{}", "BAD_USER_INPUT"),
        ('{"query": null}', "BAD_USER_INPUT"),
        ('{"query": 1}', "BAD_USER_INPUT"),
        ('{"query": ["{ whoami }"]}', "BAD_USER_INPUT"),
        ('{"query": "{ whoami }", "operationName": 1}', "BAD_USER_INPUT"),
        ('{"query": "{ whoami }", "variables": []}', "BAD_USER_INPUT"),
        ('{"query": "{ whoami }", "variables": "{}"}', "BAD_USER_INPUT"),
        ('{"query": ""}', "PARSE_FAILED"),
        ('{"query": "   "}', "PARSE_FAILED"),
        ('{"query": "{ whoami"}', "PARSE_FAILED"),
        ('{"query": "{ }"}', "PARSE_FAILED"),
        ('{"query": "{ hentSak(id: 1) { } }"}', "PARSE_FAILED"),
        ('{"query": "{ whoami\\u0000 }"}', "PARSE_FAILED"),
        ('{"query": "{ whoami\\ud800 }"}', "PARSE_FAILED"),
        ('{"query": "{ nothing }"}', "VALIDATION_FAILED"),
        ('{"query": "type Query { whoami: String }"}', "VALIDATION_FAILED"),
        ('{"query": "subscription { whoami }"}', "VALIDATION_FAILED"),
        ('{"query": "mutation { whoami }"}', "VALIDATION_FAILED"),
        ('{"query": "{ ...a } fragment a on Query { ...a }"}', "VALIDATION_FAILED"),
        ('{"query": "{ a: whoami a: __typename }"}', "VALIDATION_FAILED"),
        ('{"query": "{ hentSak(id: 1.5) { __typename } }"}', "VALIDATION_FAILED"),
        ('{"query": "query($id: ID!) { hentSak(id: $id) { __typename } }"}', "BAD_USER_INPUT"),
        ('{"query": "query a { whoami } query b { whoami }"}', "BAD_USER_INPUT"),
        ('{"query": "query a { whoami }", "operationName": "b"}', "BAD_USER_INPUT"),
    ],
)
def test_whatever_is_wrong_is_told_in_errors(door: Door, body: str | bytes, code: str) -> None:
    answer = door.send(body)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/json")
    told = answer.json()
    assert told.keys() == {"errors"}
    assert {error["extensions"]["code"] for error in told["errors"]} == {code}
    assert all(error["message"] for error in told["errors"])


def test_an_empty_body_is_told_in_errors(door: Door) -> None:
    # Beside an empty body the test client keeps the media type to itself.
    answer = door.send("", Content_Type="application/json")

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "PARSE_FAILED"


def test_members_that_nobody_knows_are_ignored(door: Door) -> None:
    extra: dict[str, Any] = {
        "extensions": {"persistedQuery": 1},
        "id": [],
        "variables": None,
        "": 0,
    }
    assert door.send(WHOAMI | extra).json() == {"data": {"whoami": APP}}


def test_a_byte_order_mark_does_no_harm(door: Door) -> None:
    assert door.send(b"\xef\xbb\xbf" + json.dumps(WHOAMI).encode()).json()["data"]


def test_the_operation_that_is_named_is_the_one_that_runs(door: Door) -> None:
    query = "query første { a: whoami } query b { b: whoami }".replace("ø", "o")
    assert door.ask(query, operationName="b")["data"] == {"b": APP}
    assert door.ask("{ whoami }", operationName="")["data"] == {"whoami": APP}


def test_errors_say_where_they_are(door: Door) -> None:
    error = door.error("{\n  # nothing\n  whoami nothing\n}")
    assert error["locations"] == [{"line": 3, "column": 10}]

    error = door.error("{\n  whoami\n  !\n}")
    assert error["locations"] == [{"line": 3, "column": 3}]

    error = door.error('{ hentSak(id: "a" { __typename } }')
    assert error["locations"] == [{"line": 1, "column": 19}]


def test_a_long_value_is_not_repeated_at_length(door: Door) -> None:
    query = "query($id: ID!) { hentSak(id: $id) { __typename } }"
    error = door.error(query, {"id": {"a": "b" * 500_000}})
    assert len(error["message"]) < 1100


# ---------------------------------------------------------------- what no string may hold

STRINGS = "query($a: String) { mineNotifikasjoner(after: $a) { __typename } }"


@pytest.mark.parametrize("what", ["\\u0000", "\\ud800", "\\udfff x", "\\ud83d"])
def test_nul_and_half_characters_are_bad_input_with_their_place(door: Door, what: str) -> None:
    body = f'{{"query": {json.dumps(STRINGS)}, "variables": {{"a": "b{what}"}}}}'

    (error,) = door.send(body).json()["errors"]

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["extensions"]["problems"][0]["path"] == "after"
    assert "after" in error["message"]
    assert error["path"] == ["mineNotifikasjoner"]


def test_a_nul_in_a_literal_is_bad_input_too(door: Door) -> None:
    error = door.error('{ mineNotifikasjoner(after: "a\\u0000") { __typename } }')
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_half_a_character_in_a_message_does_not_break_the_answer(door: Door) -> None:
    query = "query($m: [MottakerInput!]!) { whoami }"
    body = f'{{"query": {json.dumps(query)}, "variables": {{"m": [{{"\\ud800": "\\udfff"}}]}}}}'
    assert door.send(body).json()["errors"]


# ---------------------------------------------------------------- our own failures


@pytest.mark.parametrize(
    "failure", [ZeroDivisionError("kari@example.com"), DatabaseError("SELECT 1"), RuntimeError()]
)
def test_a_failure_of_ours_tells_nothing_of_our_inside(
    door: Door, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    fail(monkeypatch, failure)

    with capture_logs() as logs:
        told = door.ask("{ whoami }")

    # whoami alone may be null.
    assert told["data"] == {"whoami": None}
    (error,) = told["errors"]
    assert error["path"] == ["whoami"]
    assert error["extensions"] == {"code": "INTERNAL"}
    for inside in ("Error", "kari", "SELECT", "Traceback", ".py"):
        assert inside not in json.dumps(told)
    (broke,) = [line for line in logs if line["event"] == "graphql.broke"]
    assert broke["error"] == type(failure).__name__
    assert "kari" not in str(logs)


def test_a_failure_before_any_field_is_told_likewise(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.graphql.answering.VARIABLES.read", lambda *_: 1 / 0)

    (error,) = door.ask("{ whoami }")["errors"]

    assert error["extensions"] == {"code": "INTERNAL"}
    assert "Zero" not in json.dumps(error)


# ---------------------------------------------------------------- in the log


@pytest.fixture
def told_once() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


def test_a_call_leaves_a_line_with_the_fields_it_asked_for(
    door: Door, told_once: list[Any]
) -> None:
    door.data("query ola_nordmann { kari: whoami b: whoami }")

    (line,) = [line for line in told_once if line["event"] == "graphql.answered"]
    assert (line["fields"], line["codes"]) == (["whoami", "whoami"], [])
    assert "ola_nordmann" not in str(told_once)
    assert "kari" not in str(told_once)
