"""Tokens that the platform sends out, and the key sets it shows."""

from datetime import timedelta

import jwt
from django.test import Client as Http
from pytest_django import Settings

from notifications_platform.core import clock
from notifications_platform.identity.own_tokens import platform_token
from tests.tokens import make_token

CHECK = "altinn:system/notifications.condition.check"


def key_at(path: str) -> jwt.PyJWK:
    response = Http().get(path)
    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/json")
    [key] = response.json()["keys"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)
    return jwt.PyJWK(key)


def test_anyone_can_check_a_platform_token_at_the_well_known_place(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://platform.example"
    token = platform_token(scope=CHECK, ttl=timedelta(minutes=5), now=clock.real())
    key = key_at("/.well-known/jwks.json")
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    claims = jwt.decode(token, key, issuer="https://platform.example")
    assert claims["scope"] == CHECK
    assert claims["exp"] - claims["iat"] == 300
    assert "aud" not in claims


def test_a_platform_token_may_be_bound_to_its_receiver() -> None:
    token = platform_token(
        scope=CHECK, ttl=timedelta(minutes=5), now=clock.real(), audience="https://there.example"
    )
    key = key_at("/.well-known/jwks.json")
    assert jwt.decode(token, key, audience="https://there.example")["aud"]


def test_the_dev_issuer_shows_its_key_too_and_it_is_another() -> None:
    key = key_at("/sandbox/api/v1/jwks.json")
    assert jwt.decode(make_token("ttd"), key)["urn:altinn:org"] == "ttd"
    assert key.key_id != key_at("/.well-known/jwks.json").key_id


def test_key_sets_are_only_read() -> None:
    for path in ("/.well-known/jwks.json", "/sandbox/api/v1/jwks.json"):
        response = Http().post(path)
        assert response.status_code == 405
        assert "GET" in response["Allow"]
