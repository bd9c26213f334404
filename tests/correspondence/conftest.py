"""The correspondence API as its callers meet it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from pytest_django import Settings

from correspondence import publishing
from correspondence.callers import READ, WRITE
from notifications_platform.core import clock
from notifications_platform.registers.loading import load
from tests.tokens import bearer, platform_header

BASE = "/correspondence/api/v1"
TTD, DIGDIR = "991825827", "310131172"
# Organisations: all contact points, none at all.
ALT, UTEN = "310131075", "310131113"
# Persons: reachable, reserved, one with access on behalf of ALT under ttd-letters, a stranger.
KARI, RITA, SIRI, FRODE = "05909803219", "01877731193", "01918400466", "08866434647"
ORGANIZATION = "urn:altinn:organization:identifier-no:"
PERSON = "urn:altinn:person:identifier-no:"


class Api:
    """Calls with the same headers."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.browser = Browser(raise_request_exception=False)
        self.headers = dict(headers)

    def get(self, path: str, headers: Mapping[str, str] | None = None, /, **query: str) -> Any:
        return self.browser.get(BASE + path, query, headers={**self.headers, **(headers or {})})

    def post(self, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        return self.browser.post(BASE + path, body, content_type, headers=self.headers)

    def delete(self, path: str) -> Any:
        return self.browser.delete(BASE + path, headers=self.headers)

    # --- what tests do all the time
    def initialize(self, **changes: Any) -> Any:
        return self.post("/correspondence", new_letter(**changes))

    def sent(self, **changes: Any) -> str:
        """The id of a letter to one recipient."""
        answer = self.initialize(**changes)
        assert answer.status_code == 200, answer.content
        return str(answer.json()["correspondences"][0]["correspondenceId"])

    def published(self, **changes: Any) -> str:
        """Likewise, after a run of the job."""
        id = self.sent(**changes)
        publishing.publish_due(now=clock.now())
        assert self.get(f"/correspondence/{id}").json()["status"] == "Published"
        return id


def new_letter(**changes: Any) -> dict[str, Any]:
    """A request; `recipients`, `existingAttachments` and `idempotentKey` go beside the letter,
    `messageTitle` and its like into the content, everything else into the letter.
    """
    content = {"language": "en", "messageTitle": "Decision", "messageBody": "## Granted"}
    letter = {"resourceId": "ttd-letters", "sendersReference": "2031/77", "content": content}
    body: dict[str, Any] = {"correspondence": letter, "recipients": [f"0192:{ALT}"]}
    for name, value in changes.items():
        if name in ("recipients", "existingAttachments", "idempotentKey"):
            body[name] = value
        elif name in ("language", "messageTitle", "messageSummary", "messageBody", "attachments"):
            content[name] = value
        else:
            letter[name] = value
    return body


def organization(number: str, scope: str = f"{WRITE} {READ}", **more: Any) -> Api:
    return Api(bearer("", scope, organization_number=number, **more))


def person(pid: str, scope: str = READ) -> Api:
    return Api(bearer(pid, scope, kind="idporten"))


@pytest.fixture
def sender() -> Api:
    """The service owner ttd."""
    return organization(TTD, WRITE)


@pytest.fixture
def recipient() -> Api:
    """The organisation ALT."""
    return organization(ALT, READ)


@pytest.fixture
def platform() -> Api:
    return Api(platform_header("ttd"))


@pytest.fixture
def own_storage(tmp_path: Path, settings: Settings) -> None:
    """Attachments in a folder that is this test's alone."""
    settings.ATTACHMENTS_URL = (tmp_path / "attachments").as_uri()


Load = Callable[[dict[str, Any]], object]


@pytest.fixture(autouse=True)
def registers(db: None, tmp_path: Path) -> Load:
    """The demo registers are there; load more lists on top."""
    load(Path(settings.BASE_DIR) / "notifications_platform/sandbox/demo_registers.json")

    def load_lists(lists: dict[str, Any]) -> object:
        file = tmp_path / "registers.json"
        file.write_text(json.dumps(lists))
        return load(file)

    return load_lists


def problem_of(answer: Any, status: int, number: int) -> dict[str, Any]:
    """The body of a business error, whose shape it checks."""
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body.get("errorCode")) == (status, number), body
    assert answer["Content-Type"].startswith("application/problem+json")
    assert {"type", "title", "status", "detail", "code", "errorCode", "traceId"} <= set(body)
    assert (body["status"], body["code"]) == (status, f"CORR-{number:05}")
    return body
