"""Two headers, the kinds and scopes a route takes, and what a refusal looks like (runtime
contract 3, orders contract 2).
"""

from typing import Any

import pytest
import structlog
from django.test import Client as Http
from drf_spectacular.generators import SchemaGenerator

from notifications_platform.identity.client import Client
from tests.tokens import CREATE, bearer, make_token, platform_header

pytestmark = pytest.mark.urls("tests.kernel.identity_routes")


def get(path: str, **headers: str) -> Any:
    return Http().get(path, headers=headers)


def test_no_token_is_a_401_with_a_bare_challenge() -> None:
    response = get("/who")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json; charset=utf-8"
    problem = response.json()
    assert problem["status"] == 401
    assert problem["title"] == "Unauthorized"
    assert problem["traceId"].startswith("00-")


@pytest.mark.parametrize("path", ["/who", "/orders", "/support"])
@pytest.mark.parametrize("method", ["get", "put", "post", "delete", "options"])
def test_without_a_good_token_nothing_else_is_said(path: str, method: str) -> None:
    for headers in ({}, {"Authorization": "Bearer x"}, {"PlatformAccessToken": "x"}):
        assert getattr(Http(), method)(path, headers=headers).status_code == 401


def test_a_scope_that_lacks_comes_before_a_method_that_is_not_there() -> None:
    assert Http().put("/orders", headers=bearer(scope="other")).status_code == 403
    assert Http().put("/orders", headers=bearer()).status_code == 405


@pytest.mark.parametrize(
    "value", ["Basic dHRkOng=", "Bearer", "Bearer ", "", "Token abc", "Bearer a, Bearer b"]
)
def test_other_schemes_and_empty_headers_are_a_401(value: str) -> None:
    response = get("/who", Authorization=value)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_is_read_without_regard_to_case() -> None:
    assert get("/who", Authorization=f"bearer  {make_token()} ").status_code == 200


@pytest.mark.parametrize("kind", ["entra", "oauth"])
def test_a_good_token_of_a_kind_the_system_does_not_take_is_a_401(kind: Any) -> None:
    response = get("/orders", **bearer("x", CREATE, kind=kind))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_good_token_without_the_scope_is_a_403() -> None:
    for scope in ("", "altinn:serviceowner/notifications", CREATE + ".more", CREATE.upper()):
        response = get("/orders", **bearer(scope=scope))
        assert response.status_code == 403
        assert response["Content-Type"] == "application/problem+json; charset=utf-8"
    assert get("/orders", **bearer(scope=f"a  {CREATE}\tb")).status_code == 200


def test_an_end_user_has_no_organisation_403_even_with_the_scope() -> None:
    assert get("/orders", **bearer("13875512345", CREATE, kind="idporten")).status_code == 403
    assert get("/orders", **bearer("", CREATE)).status_code == 403


def test_a_platform_token_needs_no_scope_where_the_route_says_so() -> None:
    assert get("/orders", **platform_header("skd")).json()["org"] == "skd"


def test_a_route_may_take_the_bearer_only() -> None:
    admin = bearer(scope="altinn:notifications.support.admin")
    assert get("/support", **admin).status_code == 200
    assert get("/support", **platform_header()).status_code == 401
    assert get("/support", **admin, **platform_header()).status_code == 401


def test_of_two_good_headers_the_platform_token_decides() -> None:
    caller = get("/orders", **bearer("ttd", "none"), **platform_header("skd")).json()
    assert (caller["kind"], caller["org"]) == ("platform", "skd")


@pytest.mark.parametrize(
    "bad", ["", "x", "e30.e30.e30", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJza2QifQ."], ids=repr
)
def test_of_two_headers_each_must_be_good(bad: str) -> None:
    assert get("/orders", **bearer(), PlatformAccessToken=bad).status_code == 401
    assert get("/orders", Authorization=bad, **platform_header()).status_code == 401
    assert get("/orders", Authorization=f"Bearer {bad}", **platform_header()).status_code == 401
    expired = make_token("skd", kind="platform", claims={"exp": 1})
    assert get("/orders", **bearer(), PlatformAccessToken=expired).status_code == 401


def test_log_lines_name_the_client_and_never_the_end_user() -> None:
    get("/who", **bearer("ttd"))
    assert structlog.contextvars.get_contextvars()["client"] == "ttd"
    get("/who", **bearer("13875512345", "s", kind="idporten"))
    assert structlog.contextvars.get_contextvars()["client"] == "idporten"
    get("/who")
    assert "client" not in structlog.contextvars.get_contextvars()


def test_every_client_has_a_name() -> None:
    assert Client(kind="entra", client_name="c:n:app").name == "c:n:app"
    assert Client(kind="altinn", organization_number="310000043").name == "310000043"
    assert Client(kind="idporten", pid="13875512345").name == "idporten"


def test_the_schema_names_headers_and_scopes() -> None:
    schema = SchemaGenerator(urlconf="tests.kernel.identity_routes").get_schema(public=True)
    schemes = schema["components"]["securitySchemes"]
    assert all(scheme.pop("description") for scheme in schemes.values())
    assert schemes == {
        "Bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
        "PlatformAccessToken": {"type": "apiKey", "in": "header", "name": "PlatformAccessToken"},
    }
    assert schema["paths"]["/orders"]["get"]["security"] == [
        {"Bearer": [CREATE]},
        {"PlatformAccessToken": []},
    ]
    assert schema["paths"]["/support"]["get"]["security"] == [
        {"Bearer": ["altinn:notifications.support.admin"]}
    ]
