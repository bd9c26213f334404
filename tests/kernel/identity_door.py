"""How the identity tests knock: calls to the routes of identity_routes.py."""

import json
from typing import Any

from django.test import Client as Http
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from tests.tokens import FakeIssuer


def trusted_issuer(server: HTTPServer, settings: Settings) -> FakeIssuer:
    """An issuer of kind altinn, trusted beside the dev issuer."""
    issuer = FakeIssuer(server)
    settings.TOKEN_ISSUERS = json.dumps([issuer.entry()])
    return issuer


def who(headers: dict[str, str]) -> dict[str, Any]:
    """The caller as it was understood; what is empty is left out."""
    response = Http().get("/who", headers=headers)
    assert response.status_code == 200, response.json()
    return {name: value for name, value in response.json().items() if value}


def who_bears(token: str) -> dict[str, Any]:
    return who({"Authorization": f"Bearer {token}"})


def refusal(token: str, header: str = "Authorization") -> str:
    """The detail of the 401 that this token gets."""
    value = f"Bearer {token}" if header == "Authorization" else token
    response = Http().get("/who", headers={header: value})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json; charset=utf-8"
    return str(response.json()["detail"])
