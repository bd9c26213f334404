"""`/api/schema/` is valid, complete and true (runtime contract 7)."""

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

ORDERS = "/notifications/api/v1/orders"
ORDER = f"{ORDERS}/{{id}}"
READING = {200, 400, 401, 403, 503}
PLACING = {202, 400, 401, 403, 413, 415, 503}
ROUTES = {
    ("get", ORDERS): ("findOrders", READING),
    ("post", ORDERS): ("placeOrder", PLACING),
    ("post", f"{ORDERS}/email"): ("placeEmailOrder", PLACING),
    ("post", f"{ORDERS}/sms"): ("placeSmsOrder", PLACING),
    ("get", ORDER): ("getOrder", READING | {404}),
    ("get", f"{ORDER}/status"): ("getOrderStatus", READING | {404}),
    ("put", f"{ORDER}/cancel"): ("cancelOrder", READING | {404, 409}),
    ("get", f"{ORDER}/notifications/email"): ("getEmailNotifications", READING | {404}),
    ("get", f"{ORDER}/notifications/sms"): ("getSmsNotifications", READING | {404}),
    ("post", "/notifications/sms/api/v1/reports"): (
        "receiveSmsReports",
        {200, 400, 401, 404, 413, 415, 503},
    ),
    ("post", "/api/graphql"): ("graphql", {200, 401, 413, 415, 503}),
    ("get", "/.well-known/jwks.json"): ("getPlatformKeys", {200}),
}
_REFERENCE = re.compile(r"#/components/schemas/(\w+)")
# The REST twin of cases has a document of its own, see tests/cases/api/test_document.py.
CASES = "/cases/api/v1/"
# So have letters their own tests, in tests/correspondence; their answers write nulls.
LETTERS = "/correspondence/api/v1/"
# And enrollment, in tests/enrollment/test_document.py: some of its refusals are result messages.
ENROLLMENT = "/enrollment/api/"
OF_ENROLLMENT = settings.BASE_DIR / "docs" / "openapi" / "enrollment.json"
CASES_FILE = settings.BASE_DIR / "docs" / "openapi" / "cases.json"
SANDBOX_ROUTES = {
    ("get", "/sandbox/api/v1/clock"): ("getClock", {200, 503}),
    ("post", "/sandbox/api/v1/clock"): ("moveClock", {200, 400, 413, 415, 503}),
    ("get", "/sandbox/api/v1/outbox"): ("readOutbox", {200, 400, 503}),
    ("delete", "/sandbox/api/v1/outbox"): ("emptyOutbox", {204, 503}),
    ("get", "/sandbox/api/v1/webhooks/{name}"): ("readWebhooks", {200, 503}),
    ("post", "/sandbox/api/v1/webhooks/{name}"): ("sendWebhook", {204, 401, 410, 413, 503}),
    ("delete", "/sandbox/api/v1/webhooks/{name}"): ("emptyWebhooks", {204, 503}),
    ("get", "/sandbox/api/v1/jwks.json"): ("getSandboxKeys", {200}),
}
# orders contract 5, column "Req."
REQUIRED = {
    "OrderRequest": {"recipients", "notificationChannel"},
    "EmailOrderRequest": {"recipients", "subject", "body"},
    "SmsOrderRequest": {"recipients", "body"},
    "EmailTemplateRequest": {"subject", "body"},
    "SmsTemplateRequest": {"body"},
}
# orders contract 4, column "Present"
ALWAYS_PRESENT = {
    "Order": {"id", "creator", "requestedSendTime", "created", "notificationChannel"}
    | {"recipients", "links"},
    "OrderWithStatus": {"id", "creator", "requestedSendTime", "created", "notificationChannel"}
    | {"processingStatus"},
    "OrderReceipt": {"orderId"},
    "EmailSummary": {"orderId", "generated", "succeeded", "notifications"},
    "SmsSummary": {"orderId", "generated", "succeeded", "notifications"},
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    answer: dict[str, Any] = Client().get("/api/schema/").json()
    return answer


def operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def as_table(schema: dict[str, Any]) -> dict[tuple[str, str], tuple[str, set[int]]]:
    return {
        (method, path): (operation["operationId"], set(map(int, operation["responses"])))
        for method, path, operation in operations(schema)
        if not path.startswith((CASES, LETTERS, ENROLLMENT))
    }


def test_the_schema_is_valid_openapi_3_1_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"

    call_command(
        *("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json"), file=str(file)
    )

    assert json.loads(file.read_text())["openapi"] == "3.1.1"


def test_each_route_is_shown_once_with_every_status_it_can_answer(schema) -> None:
    assert as_table(schema) == ROUTES | SANDBOX_ROUTES


def test_the_documents_of_single_systems_are_part_of_the_schema(schema) -> None:
    for root, file in ((CASES, CASES_FILE), (ENROLLMENT, OF_ENROLLMENT)):
        document = json.loads(file.read_text())
        paths = {path: item for path, item in schema["paths"].items() if path.startswith(root)}
        assert paths == document["paths"]
        for name, component in document["components"]["schemas"].items():
            assert schema["components"]["schemas"][name] == component


def test_outside_the_sandbox_its_routes_are_not_shown(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "spectacular", "--format", "openapi-json"],
        cwd=settings.BASE_DIR,
        env=os.environ
        | {"SANDBOX": "0", "SECRET_KEY": secrets.token_hex(), "SIGNING_KEY": signing_key()},
        stdout=subprocess.PIPE,
        check=True,
    )
    schema = json.loads(done.stdout)

    assert as_table(schema) == ROUTES
    assert "Sandbox" not in [tag["name"] for tag in schema["tags"]]


def signing_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_every_operation_says_what_it_is_and_who_may_call_it(schema) -> None:
    tags = {tag["name"] for tag in schema["tags"]}
    for method, path, operation in operations(schema):
        assert operation["summary"], path
        assert set(operation["tags"]) <= tags, path
        assert len(operation["tags"]) == 1, path
        if path.startswith(ORDERS):
            assert operation["security"] == [
                {"Bearer": ["altinn:serviceowner/notifications.create"]},
                {"PlatformAccessToken": []},
            ], (method, path)
    reports = schema["paths"]["/notifications/sms/api/v1/reports"]["post"]
    assert reports["security"] == [{"SmsGateway": []}]
    assert schema["components"]["securitySchemes"]["SmsGateway"]["scheme"] == "basic"


def test_every_answer_says_its_headers_and_every_refusal_is_problem_details(schema) -> None:
    for _method, path, operation in operations(schema):
        result_messages = path.startswith(ENROLLMENT)
        for status, response in operation["responses"].items():
            assert response["description"], (path, status)
            assert response["headers"]["X-Correlation-ID"], (path, status)
            if status == "401":
                assert "WWW-Authenticate" in response["headers"]
            if status == "503":
                assert "Retry-After" in response["headers"]
            if status == "202" and not result_messages:
                assert response["headers"]["Location"]["required"]
            coded = result_messages and status in ("404", "422")
            if int(status) >= 400 and "content" in response and not coded:
                assert list(response["content"]) == ["application/problem+json"]


def test_not_found_has_no_body_where_the_contract_wants_none(schema) -> None:
    """Orders contract 3: routes 1, 8 and 9."""
    silent = {
        operation["operationId"]
        for _method, _path, operation in operations(schema)
        if "404" in operation["responses"] and "content" not in operation["responses"]["404"]
    }
    assert silent == {"getOrder", "getEmailNotifications", "getSmsNotifications"}


def test_a_body_that_is_described_is_needed(schema) -> None:
    with_body = {
        operation["operationId"]
        for _method, path, operation in operations(schema)
        if "requestBody" in operation and operation["requestBody"]["required"]
        if not path.startswith((CASES, LETTERS, ENROLLMENT))
    }
    assert with_body == {
        *("placeOrder", "placeEmailOrder", "placeSmsOrder", "receiveSmsReports", "moveClock"),
        "graphql",
    }


@pytest.mark.parametrize("name", REQUIRED)
def test_a_request_says_which_members_are_required(schema, name: str) -> None:
    assert set(schema["components"]["schemas"][name]["required"]) == REQUIRED[name]


@pytest.mark.parametrize("name", ALWAYS_PRESENT)
def test_an_answer_says_which_members_are_always_there(schema, name: str) -> None:
    assert set(schema["components"]["schemas"][name]["required"]) == ALWAYS_PRESENT[name]


def referred_to(part: Any, schema: dict[str, Any]) -> set[str]:
    """The names of all components that this part of the schema needs."""
    found: set[str] = set()
    new = set(_REFERENCE.findall(json.dumps(part)))
    while new:
        found |= new
        components = [schema["components"]["schemas"].get(name) for name in new]
        new = set(_REFERENCE.findall(json.dumps(components))) - found
    return found


def test_what_is_left_out_of_an_answer_is_never_shown_as_null(schema) -> None:
    of_cases = json.loads(CASES_FILE.read_text())["components"]["schemas"]
    of_letters = [item for path, item in schema["paths"].items() if path.startswith(LETTERS)]
    with_null = {*of_cases, "GraphQL", *referred_to(of_letters, schema)}
    for name, component in schema["components"]["schemas"].items():
        if not name.endswith("Request") and name not in with_null:
            assert "null" not in json.dumps(component), name


def test_enums_hold_the_words_of_the_contract(schema) -> None:
    words = {
        name: component["enum"]
        for name, component in schema["components"]["schemas"].items()
        if "enum" in component
    }
    assert words["NotificationChannel"] == [
        *("Email", "Sms", "EmailPreferred", "SmsPreferred", "EmailAndSms")
    ]
    assert words["EmailContentType"] == ["Plain", "Html"]
    assert words["RecipientLookupStatus"] == ["Success", "PartialSuccess", "Failed"]
    # v1 knows no `Processed`, and shows our own expiry as `Failed` (contract 4.4 and 6).
    assert set(words["OrderStatus"]) == {
        *("Registered", "Processing", "Completed", "SendConditionNotMet", "Cancelled")
    }
    assert "Succeeded" in words["EmailResult"]
    assert "Accepted" not in words["EmailResult"]
    assert "Accepted" in words["SmsResult"]
    assert "Succeeded" not in words["SmsResult"]
    assert "Failed_TTL" not in {*words["EmailResult"], *words["SmsResult"]}


def test_every_example_is_valid(schema) -> None:
    seen = 0
    for _method, path, operation in operations(schema):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media_type in (kind for body in bodies for kind in body.get("content", {}).values()):
            validator = Draft202012Validator(
                media_type["schema"] | {"components": schema["components"]},
                format_checker=Draft202012Validator.FORMAT_CHECKER,
            )
            for name, example in media_type.get("examples", {}).items():
                errors = [error.message for error in validator.iter_errors(example["value"])]
                assert not errors, (path, name)
                seen += 1
    assert seen > 40


@pytest.mark.parametrize("blank", ["", " \t\r\n", "\x1c\x1f", "\x85\xa0", "\u1680\u2003\u3000"])
def test_the_schema_and_the_rules_agree_on_what_is_blank(schema, blank: str) -> None:
    pattern = schema["components"]["schemas"]["SmsOrderRequest"]["properties"]["body"]["pattern"]

    assert not blank.strip()
    assert not re.search(pattern, blank)
    for visible in ("a", "\ufeff", "\u200b", "\x1b"):
        assert visible.strip()
        assert re.search(pattern, blank + visible)


def test_links_lead_from_a_new_order_to_what_can_be_asked_of_it(schema) -> None:
    known = {operation["operationId"]: operation for *_, operation in operations(schema)}
    for name in ("placeOrder", "placeEmailOrder", "placeSmsOrder"):
        links = known[name]["responses"]["202"]["links"]
        assert set(links) == {
            *("getOrder", "getOrderStatus", "cancelOrder"),
            *("getEmailNotifications", "getSmsNotifications"),
        }
        for link in links.values():
            parameters = {one["name"] for one in known[link["operationId"]]["parameters"]}
            assert set(link["parameters"]) <= parameters


def test_the_documentation_page_asks_nothing_outside(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    script = client.get("/api/docs/", {"script": ""}).content.decode()

    assert not re.search(r"""["'](?:https?:)?//""", page + script)
    assert '"validatorUrl": null' in script
