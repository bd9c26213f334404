"""What a client wants to be told of, and where (enrollment contract 4.6)."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from enrollment.models import BusinessEventDefinition, NotificationDefinition
from enrollment.requests.definitions import LONGEST_URL
from enrollment.states import Status
from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from notifications_platform.registers.webhook_secrets import secret_bytes
from tests.enrollment.conftest import OURS, Api, problem_of, refusal_of
from tests.enrollment.telling import BUSINESS_EVENTS, DEFINITIONS, define, event, told

pytestmark = pytest.mark.django_db
ROOT = "http://127.0.0.1:8000/enrollment/api"
STANDARD = ["MEMBER_CHANGED", "MEMBER_ENROLLED", "MEMBER_TERMINATED"]
HOOK = "https://hooks.example/a?b=c"


def secret(length: int = 24) -> str:
    return "whsec_" + base64.b64encode(bytes(length)).decode()


def codes(answer: Any) -> list[str]:
    return [one["code"] for one in answer.json()["items"]]


def rows() -> list[Any]:
    return [
        *NotificationDefinition.objects.order_by("pk").values(),
        *BusinessEventDefinition.objects.order_by("pk").values(),
        *Entry.objects.order_by("pk").values(),
    ]


def test_a_client_starts_with_three_business_events_and_defines_its_own(
    api: Api, others: Api
) -> None:
    answer = api.post(BUSINESS_EVENTS, {"code": "A_1", "descr": "moved"})

    assert (answer.status_code, answer["Location"]) == (201, f"{ROOT}/{BUSINESS_EVENTS}/key/A_1")
    assert {"code": "A_1", "descr": "moved"}.items() <= answer.json().items()
    assert api.get(answer["Location"].removeprefix("http://127.0.0.1:8000")).json() == answer.json()
    assert codes(api.get(BUSINESS_EVENTS)) == ["A_1", *STANDARD]
    assert api.get(f"{BUSINESS_EVENTS}/key/MEMBER_ENROLLED").status_code == 200
    assert codes(others.get(BUSINESS_EVENTS)) == STANDARD
    problem_of(others.get(f"{BUSINESS_EVENTS}/key/A_1"), 404)
    before = rows()
    for code in ("A_1", "MEMBER_ENROLLED"):
        assert refusal_of(api.post(BUSINESS_EVENTS, {"code": code}), 422) == [("GEN-IP-004", None)]
    for wrong in (None, "", "a", "A" * 31, "Å", "A\n", 1):
        problem_of(api.post(BUSINESS_EVENTS, {"code": wrong}), 400, "code")
    assert rows() == before
    assert others.post(BUSINESS_EVENTS, {"code": "A_1"}).status_code == 201
    define(others, businessEventDefinitionCodes=["A_1"])
    assert len(told(others, event(businessEventDefinitionCode="A_1"))) == 1


def test_a_definition_with_all_that_can_be_said(api: Api, others: Api) -> None:
    whole = {
        "code": "ENROLLED",
        "descr": "new members",
        "active": False,
        "businessEventDefinitionCodes": ["MEMBER_ENROLLED", "MEMBER_CHANGED"],
        "emitNotification": "PRE_APPROVAL",
        "endpointUrl": HOOK,
        "httpMethod": "PUT",
        "retrySchedule": [0, 5, 2**31 - 1],
    }
    sent = {
        **whole,
        "businessEventDefinitionCodes": ["MEMBER_ENROLLED", "MEMBER_CHANGED", "MEMBER_ENROLLED"],
        "signingSecret": secret(64),
        "authentication": "None",
        "unheardOf": 1,
    }

    answer = api.post(DEFINITIONS, sent)

    address = f"{ROOT}/{DEFINITIONS}/key/ENROLLED"
    assert (answer.status_code, answer["Location"]) == (201, address)
    body = answer.json()
    dates = {name: body.pop(name) for name in ("creationDate", "lastUpdatedDate")}
    assert set(dates["creationDate"]) == {"value"}
    assert body == {**whole, "links": [{"href": address, "rel": "self"}]}
    assert api.get(f"{DEFINITIONS}/key/ENROLLED").json() == body | dates
    assert api.get(DEFINITIONS).json()["items"] == [body | dates]
    assert others.get(DEFINITIONS).json()["items"] == []
    problem_of(others.get(f"{DEFINITIONS}/key/ENROLLED"), 404)
    problem_of(others.patch(f"{DEFINITIONS}/key/ENROLLED", {"active": True}), 404)
    assert NotificationDefinition.objects.get().signing_secret == secret(64)
    entry = Entry.objects.get()
    assert (entry.actor, entry.action) == (OURS, "enrollment.notification_definition.create")


def test_what_a_definition_leaves_out_has_its_default(api: Api) -> None:
    answer = api.post(
        DEFINITIONS,
        {"code": "A", "businessEventDefinitionCodes": ["MEMBER_ENROLLED"], "endpointUrl": None},
    )

    assert answer.json().keys() == {
        *("code", "active", "businessEventDefinitionCodes", "emitNotification", "httpMethod"),
        *("creationDate", "lastUpdatedDate", "links"),
    }
    assert {"active": True, "emitNotification": "POST_APPROVAL", "httpMethod": "POST"}.items() <= (
        answer.json().items()
    )
    assert define(api, "B", retrySchedule=[])["retrySchedule"] == []


def test_a_generated_secret_is_shown_once(api: Api) -> None:
    made = define(api)

    assert len(secret_bytes(made["signingSecret"])) == 32
    path = f"{DEFINITIONS}/key/ENROLLED"
    shown = [api.get(path), api.get(DEFINITIONS), api.patch(path, {"descr": "x"})]
    assert not any(b"whsec_" in answer.content for answer in shown)
    api.post(DEFINITIONS, {"code": "B", "businessEventDefinitionCodes": ["MEMBER_ENROLLED"]})
    assert NotificationDefinition.objects.get(code="B").signing_secret == ""
    # With an endpoint of its own it needs one.
    later = api.patch(f"{DEFINITIONS}/key/B", {"endpointUrl": HOOK}).json()["signingSecret"]
    assert NotificationDefinition.objects.get(code="B").signing_secret == later != ""


def test_a_secret_that_was_replaced_signs_for_another_day(api: Api) -> None:
    define(api, signingSecret=secret(24))
    path = f"{DEFINITIONS}/key/ENROLLED"
    before = clock.now()

    assert "signingSecret" not in api.patch(path, {"signingSecret": secret(25)}).json()
    one = NotificationDefinition.objects.get()
    assert (one.signing_secret, one.former_secret) == (secret(25), secret(24))
    assert one.former_secret_until is not None
    assert (
        timedelta(0)
        <= one.former_secret_until - before - timedelta(hours=24)
        < timedelta(minutes=1)
    )
    # The same one again changes nothing; null asks for a generated one.
    assert api.patch(path, {"signingSecret": secret(25)}).status_code == 200
    assert NotificationDefinition.objects.get().former_secret == secret(24)
    generated = api.patch(path, {"signingSecret": None}).json()["signingSecret"]
    one.refresh_from_db()
    assert one.signing_secret == generated
    # The receiver may still have the first one, or the second.
    assert one.former_secret == f"{secret(25)} {secret(24)}"
    api.patch(path, {"signingSecret": secret(24)})
    one.refresh_from_db()
    assert one.former_secret == f"{generated} {secret(25)}"
    for longest in (63, 64, 62):
        assert api.patch(path, {"signingSecret": secret(longest)}).status_code == 200
    one.refresh_from_db()
    assert one.former_secret == f"{secret(64)} {secret(63)}"
    details = str(list(Entry.objects.values_list("detail", flat=True)))
    assert "signing_secret" in details
    assert "whsec_" not in details
    api.patch(path, {"signingSecret": None, "endpointUrl": None})
    one = NotificationDefinition.objects.get()
    assert (one.signing_secret, one.former_secret, one.former_secret_until) == ("", "", None)


def test_a_change_touches_what_is_sent_and_null_brings_the_default_back(api: Api) -> None:
    define(api, descr="x", retrySchedule=[1], httpMethod="PUT", signingSecret=secret())
    path = f"{DEFINITIONS}/key/ENROLLED"
    first = api.get(path).json()

    changed = api.patch(path, {"code": "ENROLLED", "active": False}).json()
    assert changed == first | {"active": False, "lastUpdatedDate": changed["lastUpdatedDate"]}
    assert api.patch(path, {}).json() == changed
    cleared = api.patch(
        path,
        dict.fromkeys(
            ("descr", "active", "retrySchedule", "httpMethod", "emitNotification", "endpointUrl")
        ),
    ).json()
    assert cleared.keys() == first.keys() - {"descr", "retrySchedule", "endpointUrl"}
    defaults = {"active": True, "httpMethod": "POST", "emitNotification": "POST_APPROVAL"}
    assert defaults.items() <= cleared.items()
    api.patch(path, {"businessEventDefinitionCodes": ["MEMBER_TERMINATED"]})
    assert told(api) == []
    (one,) = told(api, event(businessEventDefinitionCode="MEMBER_TERMINATED"), policyApproved=False)
    assert one.status == Status.WAITING


WRONG: dict[str, list[Any]] = {
    "code": [None, "", "a b", "A" * 31, 7],
    "descr": [1, []],
    "active": ["true", 1],
    "businessEventDefinitionCodes": ["MEMBER_ENROLLED", {}, ["A"] * 1001],
    "emitNotification": ["", "pre_approval", 1],
    "endpointUrl": [
        *("", "hooks.example", "ftp://a.example", "http://", "http://a b", "https://u:p@a.example"),
        *(
            "http://a:99999/",
            "http://[::1",
            "//a.example",
            "https://a.example/" + "x" * LONGEST_URL,
        ),
        7,
    ],
    "httpMethod": ["GET", "post", ""],
    "retrySchedule": [5, "5", [1] * 21],
    "signingSecret": ["", "sesame", "whsec_", "whsec_*", secret(23), secret(65), 7],
    "authentication": ["BasicAuthentication", 1],
}


def test_what_cannot_be_is_told_with_its_place_and_changes_nothing(api: Api) -> None:
    define(api)
    path = f"{DEFINITIONS}/key/ENROLLED"
    good = {"code": "NEW", "businessEventDefinitionCodes": ["MEMBER_ENROLLED"]}
    before = rows()

    for name, values in WRONG.items():
        for value in values:
            answer = api.post(DEFINITIONS, {**good, name: value})
            problem_of(answer, 400, name)
            if value == "sesame":
                assert b"sesame" not in answer.content
            if (name, value) not in (("code", None), ("code", "")):
                problem_of(api.patch(path, {name: value}), 400, name)
    for entries in ([-1], [1.5], [True], ["5"], [None], [2**31]):
        problem_of(api.patch(path, {"retrySchedule": entries}), 400, "retrySchedule[0]")
    problem_of(
        api.post(DEFINITIONS, {**good, "businessEventDefinitionCodes": [1, "A", None]}),
        400,
        *("businessEventDefinitionCodes[0]", "businessEventDefinitionCodes[2]"),
    )
    problem_of(api.post(DEFINITIONS, {"descr": 1, "active": 1}), 400, "code", "descr", "active")
    problem_of(api.patch(path, {"code": "OTHER"}), 400, "code")
    problem_of(api.patch(f"{DEFINITIONS}/key/NONE", {"active": 1}), 400, "active")
    for body in (b"", b"[]", b"nul"):
        problem_of(api.patch(path, body), 400, "$")
    for unknown in ("NONE", "enrolled", "%00", "x" * 999):
        problem_of(api.get(f"{DEFINITIONS}/key/{unknown}"), 404)
        problem_of(api.patch(f"{DEFINITIONS}/key/{unknown}", {}), 404)

    assert rows() == before


def test_rules_of_definitions_are_refused_with_their_codes(api: Api, others: Api) -> None:
    define(api)
    others.post(BUSINESS_EVENTS, {"code": "THEIRS"})
    path = f"{DEFINITIONS}/key/ENROLLED"
    before = rows()

    again = {"code": "ENROLLED", "businessEventDefinitionCodes": ["MEMBER_ENROLLED"]}
    assert refusal_of(api.post(DEFINITIONS, again), 422) == [("GEN-IP-004", None)]
    unknown = ("POL-IP-POEE-003", None)
    nothing: list[Any] = [None, []]
    for codes_ in nothing:
        assert refusal_of(
            api.post(DEFINITIONS, {"code": "A", "businessEventDefinitionCodes": codes_}), 422
        ) == [unknown]
        assert refusal_of(api.patch(path, {"businessEventDefinitionCodes": codes_}), 422) == [
            unknown
        ]
    assert refusal_of(api.post(DEFINITIONS, {"code": "A"}), 422) == [unknown]
    named = {"businessEventDefinitionCodes": ["THEIRS", "MEMBER_ENROLLED", "NO", "NO", ""]}
    assert refusal_of(api.post(DEFINITIONS, {"code": "A", **named}), 422) == [unknown] * 3
    answer = api.patch(path, {"active": False, **named})
    texts = [one["message"] for one in answer.json()["resultMessages"]["resultMessage"]]
    assert ["THEIRS" in texts[0], "NO" in texts[1]] == [True, True]

    assert rows() == before
