"""The REST twin as a producer meets it."""

import json
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from cases import producers
from cases.models import AppName, Producer
from tests.tokens import bearer

BASE = "/cases/api/v1"
JSON = "application/json"
LABEL = "Sykefravær / æøå"
RECIPIENTS: list[dict[str, Any]] = [
    {"serviceCode": "5441", "serviceEdition": "1"},
    {"ressursId": "nav_tiltak"},
    {"naermesteLeder": True},
]


class Api:
    """Calls with a producer's token; `more` are further headers."""

    def __init__(self, app: str = "prod:fager:app", **more: str) -> None:
        self.browser = Browser(raise_request_exception=False)
        self.headers = bearer(app, "", kind="entra") | more

    def get(self, path: str, **query: Any) -> Any:
        return self.browser.get(self.url(path, query), headers=self.headers)

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.send("POST", path, body, query)

    def put(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.send("PUT", path, body, query)

    def patch(self, path: str, body: Any = None, **query: Any) -> Any:
        return self.send("PATCH", path, body, query)

    def delete(self, path: str, **query: Any) -> Any:
        return self.browser.delete(self.url(path, query), headers=self.headers)

    def with_key(self, key: str) -> "Api":
        other = Api()
        other.headers = self.headers | {"Idempotency-Key": key}
        return other

    def url(self, path: str, query: dict[str, Any]) -> str:
        return BASE + path + (f"?{urlencode(query, doseq=True)}" if query else "")

    def send(self, method: str, path: str, body: Any, query: dict[str, Any]) -> Any:
        sent = "" if body is None else json.dumps(body)
        return self.browser.generic(
            method, self.url(path, query), sent, content_type=JSON, headers=self.headers
        )


def register(name: str, *merkelapper: str, app: str = "") -> Producer:
    producer = Producer.objects.create(
        client_id=name, name=name, merkelapper=list(merkelapper), mottakere=RECIPIENTS
    )
    AppName.objects.create(producer=producer, name=app or f"prod:{name}:app")
    producers.forget()
    return producer


@pytest.fixture
def api(db: None) -> Api:
    register("fager", "Tiltak", LABEL)
    return Api()


@pytest.fixture
def other_api(api: Api) -> Api:
    """Of a producer with a label of its own."""
    register("lonn", "Lønn")
    return Api("prod:lonn:app")


@pytest.fixture
def stranger(api: Api) -> Api:
    """An app that no register entry names."""
    return Api("prod:nobody:app")


class Parties(NamedTuple):
    api: Api
    other_api: Api
    stranger: Api


@pytest.fixture
def parties(api: Api, other_api: Api, stranger: Api) -> Parties:
    return Parties(api, other_api, stranger)
