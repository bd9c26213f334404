"""The OpenAPI document of enrollment: made of the views, checked in, and true."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from jsonschema import Draft202012Validator

from tests.enrollment.conftest import BASE, Api
from tests.enrollment.routes import ROUTES
from tests.enrollment.rows import notification, notifications

FILE = settings.BASE_DIR / "docs" / "openapi" / "enrollment.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(FILE.read_text())
    return read


def operation_of(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    """The one whose path fits, the plainest first."""
    wanted = f"{BASE}/{path.partition('?')[0]}"
    for form in sorted(document["paths"], key=lambda form: form.count("{")):
        if re.fullmatch(re.sub(r"\{.*?\}", "[^/]+", form), wanted):
            found: dict[str, Any] = document["paths"][form][method.lower()]
            return found
    raise AssertionError(wanted)


def errors(document: dict[str, Any], schema: dict[str, Any], value: object) -> list[str]:
    whole = schema | {"components": document["components"]}
    checker = Draft202012Validator.FORMAT_CHECKER
    validator = Draft202012Validator(whole, format_checker=checker)
    return [error.message for error in validator.iter_errors(value)]


def test_the_document_that_is_checked_in_is_the_one_of_the_views(tmp_path: Path) -> None:
    """`make openapi` mends it."""
    made = tmp_path / "enrollment.json"
    call_command(
        *("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json"),
        urlconf="enrollment.api.document",
        custom_settings="enrollment.api.document.SETTINGS",
        file=str(made),
    )

    assert made.read_text() == FILE.read_text()


def test_every_route_says_its_grant_and_what_it_answers(document) -> None:
    described = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    }
    met = set()
    for route in ROUTES:
        operation = operation_of(document, route.method, route.path)
        met.add(operation["operationId"])
        assert operation["security"] == [{"EnrollmentBearer": [route.grant.value]}]
        said = set(operation["responses"])
        assert {str(route.status), "401", "403", "406"} <= said, route
        if not route.reads:
            assert {"400", "415"} <= said, route
        if "requestBody" in operation:
            assert operation["requestBody"]["required"] == route.needs_body
    assert met == described


def test_answers_are_as_the_document_says(document, api: Api) -> None:
    one = notification()
    notifications(3)
    calls = [(route.method, route.path, route.body) for route in ROUTES]
    calls += [("GET", f"generic/enrollmenteventnotifications/{one.pk}", None)]
    calls += [("GET", "generic/enrollmenteventnotifications?totalResults=true&limit=2", None)]
    calls += [("PUT", f"enrollmenteventnotifications/{one.pk}/cancel", {"reason": "x"})]
    calls += [("GET", f"generic/enrollmenteventnotifications/{one.pk}/history", None)]
    calls += [("PUT", "enrollmenteventnotifications/resend", {"dryRun": True, "q": "x"})]
    calls += [("PUT", "enrollmenteventnotifications/cancel", {})]
    for method, path, body in calls:
        answer = api.call(method, path, body)
        said = operation_of(document, method, path)["responses"][str(answer.status_code)]
        media_type = answer["Content-Type"].partition(";")[0]
        schema = said["content"][media_type]["schema"]
        assert errors(document, schema, answer.json()) == [], (method, path)
        for name, header in said["headers"].items():
            needed = header.get("required") or "$ref" in header
            assert not needed or name in answer.headers or name in ("Retry-After",), (path, name)


def media_types(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        for operation in item.values():
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                yield from body.get("content", {}).values()


def test_every_example_is_valid_and_nothing_answered_is_null(document) -> None:
    seen = 0
    for media_type in media_types(document):
        for name, example in media_type.get("examples", {}).items():
            assert errors(document, media_type["schema"], example["value"]) == [], name
            seen += 1
    assert seen > 60
    for name, component in document["components"]["schemas"].items():
        assert name.endswith("Request") or "null" not in json.dumps(component), name
