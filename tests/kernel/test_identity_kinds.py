"""Whose token it is, kind by kind (runtime contract 3)."""

import json
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from notifications_platform.registers import service_owners
from notifications_platform.registers.models import ServiceOwner
from notifications_platform.sandbox.issuer import consumer_claim
from tests.kernel.identity_door import refusal, who, who_bears
from tests.tokens import CREATE, FakeIssuer, bearer, make_token, platform_header

pytestmark = pytest.mark.urls("tests.kernel.identity_routes")
TTD = "991825827"


def test_an_altinn_token_names_the_service_owner() -> None:
    assert who(bearer("ttd", "a:read a:write", organization_number=TTD)) == {
        "kind": "altinn",
        "org": "ttd",
        "organization_number": TTD,
        "scopes": ["a:read", "a:write"],
    }


def test_an_altinn_token_may_carry_its_number_in_the_consumer_alone() -> None:
    claims = {"urn:altinn:org": None, "consumer": consumer_claim(TTD)}
    assert who(bearer(claims=claims))["organization_number"] == TTD


def test_a_system_user_is_known_with_its_organisation() -> None:
    detail = {
        "type": "urn:altinn:systemuser",
        "systemuser_id": ["0b5e2f0a-7a0e-4c0e-9d6b-0a3f9f2a7c11"],
        "systemuser_org": consumer_claim("310000043"),
        "system_id": "310000043_system",
    }
    caller = who(bearer(claims={"authorization_details": [{"type": "other"}, detail]}))
    assert caller["system_user"] == "0b5e2f0a-7a0e-4c0e-9d6b-0a3f9f2a7c11"
    assert caller["system_user_organization"] == "310000043"


@pytest.mark.django_db
def test_a_maskinporten_client_is_looked_up_by_organisation_number() -> None:
    headers = bearer("app-1", CREATE, kind="maskinporten", organization_number=TTD)
    service_owners.forget()
    assert who(headers) == {
        "kind": "maskinporten",
        "organization_number": TTD,
        "client_id": "app-1",
        "scopes": [CREATE],
    }
    ServiceOwner.objects.create(org="ttd", organization_number=TTD, name="Testdepartementet")
    assert who(headers)["org"] == "ttd"
    service_owners.forget()


def test_a_foreign_consumer_is_a_caller_without_organisation() -> None:
    consumer = {"authority": "iso6523-actorid-upis", "ID": "0007:5560360793"}
    caller = who(bearer("app-1", CREATE, kind="maskinporten", claims={"consumer": consumer}))
    assert caller == {"kind": "maskinporten", "client_id": "app-1", "scopes": [CREATE]}


def test_a_platform_token_names_the_service_owner_by_its_issuer() -> None:
    assert who(platform_header("ttd")) == {"kind": "platform", "org": "ttd"}


def test_an_internal_system_names_its_app() -> None:
    headers = platform_header("platform", claims={"urn:altinn:app": "correspondence"})
    assert who(headers) == {"kind": "platform", "org": "platform", "client_id": "correspondence"}


def test_an_entra_token_names_the_app() -> None:
    claims = {"azp": "3f6e-…", "azp_name": "prod-gcp:fager:app"}
    assert who(bearer("x", "", kind="entra", claims=claims)) == {
        "kind": "entra",
        "client_id": "3f6e-…",
        "client_name": "prod-gcp:fager:app",
    }


def test_an_oauth_client_is_named_by_client_id_or_else_by_sub() -> None:
    claims = {"client_id": "one", "sub": "two"}
    assert who(bearer("x", "s", kind="oauth", claims=claims))["client_id"] == "one"
    only_sub = {"client_id": None, "sub": "two"}
    assert who(bearer("x", "s", kind="oauth", claims=only_sub))["client_id"] == "two"


def test_an_end_user_is_named_by_pid() -> None:
    assert who(bearer("13875512345", "s", kind="idporten")) == {
        "kind": "idporten",
        "pid": "13875512345",
        "acr": "idporten-loa-high",
        "scopes": ["s"],
    }


@pytest.mark.parametrize(
    ("kind", "claims"),
    [
        ("entra", {"azp": None, "azp_name": None}),
        ("oauth", {"client_id": None, "sub": None}),
        ("idporten", {"pid": None}),
        ("idporten", {"pid": 13875512345}),
        ("altinn", {"scope": ["a", "b"]}),
        ("altinn", {"scope": 1}),
        ("altinn", {"urn:altinn:org": {"a": 1}}),
        ("altinn", {"urn:altinn:org": "t\u0000d"}),
        ("altinn", {"urn:altinn:org": "t" * 201}),
        ("altinn", {"consumer": "0192:991825827"}),
        ("altinn", {"consumer": {"ID": ["0192:991825827"]}}),
        ("altinn", {"authorization_details": {"type": "urn:altinn:systemuser"}}),
        ("altinn", {"authorization_details": ["urn:altinn:systemuser"]}),
        ("altinn", {"aud": 7}),
        ("altinn", {"aud": [None]}),
        ("altinn", {"exp": "4102444800"}),
        ("altinn", {"exp": True}),
        ("altinn", {"exp": [1]}),
        ("altinn", {"nbf": "now"}),
        ("altinn", {"iat": {}}),
        ("altinn", {"iss": None}),
        ("maskinporten", {"consumer": []}),
    ],
    ids=str,
)
def test_claims_that_are_missing_or_of_a_wrong_type_are_a_bad_token(
    kind: Any, claims: dict[str, Any]
) -> None:
    assert refusal(make_token("x", kind=kind, claims=claims))


@pytest.mark.parametrize(
    ("kind", "claims"),
    [("idporten", {"pid": "13875512345"}), ("altinn", {"urn:altinn:org": "ttd"})],
)
def test_of_an_issuer_that_stands_for_two_kinds_the_claims_tell_which(
    httpserver: HTTPServer, settings: Settings, kind: str, claims: dict[str, Any]
) -> None:
    issuer = FakeIssuer(httpserver)
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry("altinn"), issuer.entry("idporten")])
    named: dict[str, Any] = {"urn:altinn:org": None, **claims}
    token = issuer.token(**named)
    assert who_bears(token)["kind"] == kind
