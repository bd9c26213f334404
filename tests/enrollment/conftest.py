"""The enrollment API as its callers meet it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from enrollment.grants import ALL
from notifications_platform.registers.loading import load
from tests.tokens import bearer

BASE = "/enrollment/api"
PROBLEM = "application/problem+json"
# Two clients; nobody registers them unless a test does.
OURS, THEIRS = "payer-a", "payer-b"


class Api:
    """Calls with the same headers."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.browser = Browser(raise_request_exception=False)
        self.headers = dict(headers)

    def call(self, method: str, path: str, body: Any = None, /, **headers: str) -> Any:
        """`body`: bytes as they are, anything else as JSON. Headers with `_` for `-`."""
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = more.pop("Content-Type", "application/json")
        url = path if path.startswith("/") else f"{BASE}/{path}"
        return self.browser.generic(
            method, url, sent, content_type, headers={**self.headers, **more}
        )

    def get(self, path: str, /, **headers: str) -> Any:
        return self.call("GET", path, None, **headers)

    def post(self, path: str, body: Any = None, /, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def put(self, path: str, body: Any = None, /, **headers: str) -> Any:
        return self.call("PUT", path, body, **headers)

    def patch(self, path: str, body: Any = None, /, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)


def calling(client: str = OURS, *scopes: str) -> Api:
    """With a token of this client that carries these scopes."""
    return Api(bearer(client, " ".join(scopes), kind="oauth"))


@pytest.fixture
def api(db: None) -> Api:
    """A client that may do everything."""
    return calling(OURS, ALL)


@pytest.fixture
def others(db: None) -> Api:
    """Another client that may do everything."""
    return calling(THEIRS, ALL)


Load = Callable[..., None]


@pytest.fixture
def registered(db: None, tmp_path: Path) -> Load:
    """Enters a client into the register: `registered("payer-a", grants=[…])`."""

    def enter(client: str, **members: Any) -> None:
        file = tmp_path / "registers.json"
        record = {"clientId": client, "name": client, **members}
        file.write_text(json.dumps({"enrollmentClients": [record]}))
        load(file)

    return enter


def problem_of(answer: Any, status: int, *places: str) -> dict[str, Any]:
    """Problem details, whose shape it checks; `places` are those that `errors` names."""
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (status, PROBLEM), (
        answer.content
    )
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "traceId"} <= set(body)
    assert list(body.get("errors", {})) == list(places), body
    return body


def refusal_of(answer: Any, status: int) -> list[tuple[str, str | None]]:
    """Code and `notificationId` of each message of a refusal, whose shape it checks."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json; charset=utf-8"
    body = answer.json()
    assert list(body) == ["resultMessages"]
    assert body["resultMessages"]["result"] == "F"
    messages = body["resultMessages"]["resultMessage"]
    for message in messages:
        assert set(message) - {"notificationId"} == {"code", "severity", "message"}
        assert message["severity"] == "Fatal"
        assert message.get("notificationId", "") in message["message"]
    return [(message["code"], message.get("notificationId")) for message in messages]
