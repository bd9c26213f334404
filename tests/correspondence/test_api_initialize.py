"""POST /correspondence as a sender meets it (contract 2, 3.1, 4; seed)."""

import json
from typing import Any

import pytest

from correspondence.callers import READ, WRITE
from correspondence.models import Correspondence, IdempotencyKey, Letter
from tests.correspondence.conftest import (
    ALT,
    BASE,
    DIGDIR,
    KARI,
    PERSON,
    RITA,
    TTD,
    UTEN,
    Api,
    new_letter,
    organization,
    person,
    problem_of,
)
from tests.tokens import bearer, platform_header

pytestmark = pytest.mark.django_db

KEY = "7c9e6679-f42b-4de9-a1c3-b0d5e8f70a11"
NOTIFICATION = {
    "notificationChannel": "Email",
    "emailSubject": "New letter",
    "emailBody": "For $correspondenceRecipientName$",
    "sendReminder": True,
    "reminderEmailSubject": "Unread",
    "reminderEmailBody": "Please read it",
}


def stored() -> int:
    return Letter.objects.count() + Correspondence.objects.count() + IdempotencyKey.objects.count()


def test_each_recipient_gets_a_correspondence_with_true_results(sender: Api) -> None:
    recipients = [f"0192:{ALT}", f"urn:altinn:organization:identifier-no:{UTEN}", PERSON + RITA]
    answer = sender.initialize(recipients=recipients, notification=NOTIFICATION)
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert set(body) == {"correspondences", "attachmentIds"}
    assert body["attachmentIds"] == []
    reached, unreachable, reserved = body["correspondences"]
    for one in body["correspondences"]:
        assert set(one) == {"correspondenceId", "status", "recipient", "notifications"}
        for notified in one["notifications"]:
            assert set(notified) == {"orderId", "isReminder", "status"}
    assert (reached["status"], reached["recipient"]) == ("ReadyForPublish", f"0192:{ALT}")
    assert [(n["isReminder"], n["status"]) for n in reached["notifications"]] == [
        (False, "Success"),
        (True, "Success"),
    ]
    assert unreachable["recipient"] == f"0192:{UTEN}"
    assert {n["status"] for n in unreachable["notifications"]} == {"MissingContact"}
    assert (reserved["status"], reserved["recipient"]) == ("Reserved", PERSON + RITA)
    assert reserved["notifications"] == []
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"PlatformAccessToken": "nonsense"},
        {**bearer("", WRITE, organization_number=TTD), "PlatformAccessToken": "nonsense"},
        {"Authorization": "Bearer x", **platform_header("ttd")},
        bearer("app", WRITE, kind="entra"),
        bearer("app", WRITE, kind="oauth"),
    ],
)
def test_without_a_good_token_it_is_401(headers: dict[str, str]) -> None:
    answer = Api(headers).initialize()
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert stored() == 0


def test_without_the_scope_it_is_403_whatever_the_body() -> None:
    answer = organization(TTD, READ).post("/correspondence", b"{", "text/plain")
    assert answer.status_code == 403
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [
        bearer("", WRITE, organization_number=TTD),
        bearer("ttd", WRITE),
        bearer("client", WRITE, kind="maskinporten", organization_number=TTD),
        platform_header("ttd"),
        {**bearer(KARI, READ, kind="idporten"), **platform_header("ttd")},
    ],
)
def test_every_kind_of_sender_may_send(headers: dict[str, str]) -> None:
    assert Api(headers).initialize().status_code == 200


def test_a_caller_without_a_party_is_named(db: None) -> None:
    problem_of(Api(bearer("", WRITE)).initialize(), 401, 4006)
    problem_of(Api(platform_header("nobody")).initialize(), 401, 4007)
    answer = Api(platform_header("nobody")).initialize()
    assert answer["WWW-Authenticate"] == "Bearer"


def test_only_the_owner_of_the_resource_sends_under_it(sender: Api) -> None:
    problem_of(organization(DIGDIR, WRITE).initialize(), 403, 4001)
    problem_of(person(KARI, WRITE).initialize(), 403, 4001)
    problem_of(sender.initialize(resourceId="nothing"), 400, 1036)
    problem_of(sender.initialize(resourceId="ttd-broker"), 400, 4010)
    assert stored() == 0


def test_other_media_types_are_415(sender: Api) -> None:
    text = json.dumps(new_letter())
    assert sender.post("/correspondence", text, "text/plain").status_code == 415
    assert (
        sender.post("/correspondence", text, "multipart/form-data; boundary=x").status_code == 415
    )
    assert stored() == 0


@pytest.mark.parametrize(
    ("accepted", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/html, application/*;q=0.3", 200),
        ("text/html", 406),
        ("application/json;q=0", 406),
        ("*/*, application/json;q=0", 406),
        ("application/json;q=0.1, */*;q=0", 200),
        ("application/problem+json", 406),
    ],
)
def test_an_accept_that_cannot_be_met_is_406(sender: Api, accepted: str, status: int) -> None:
    sender.headers["Accept"] = accepted
    answer = sender.initialize()
    assert answer.status_code == status
    assert (stored() > 0) == (status == 200)
    if status == 406:
        assert answer["Content-Type"].startswith("application/problem+json")


def test_all_errors_of_shape_are_told_together(sender: Api) -> None:
    answer = sender.initialize(recipients=[], sendersReference=7, dueDateTime="soon")
    body = answer.json()
    assert answer.status_code == 400
    assert body["code"] == "STD-00000"
    assert {one["code"] for one in body["validationErrors"]} == {"CORR.VLD-00000"}
    paths = {path for one in body["validationErrors"] for path in one["paths"]}
    assert {"/correspondence/sendersReference", "/correspondence/dueDateTime"} <= paths
    assert {"correspondence.sendersReference", "correspondence.dueDateTime"} <= set(body["errors"])
    assert stored() == 0


def test_as_many_errors_of_shape_are_told_as_a_letter_may_have_recipients(sender: Api) -> None:
    answer = sender.initialize(recipients=["x"] * 500, sendersReference="")
    assert len(answer.json()["validationErrors"]) == 501
    answer = sender.initialize(attachments=[{"fileName": "a.pdf"}] * 1500)
    told = answer.json()["validationErrors"]
    assert len(told) == 1001
    assert told[-1]["detail"] == "And 500 more are not listed."
    assert stored() == 0


@pytest.mark.parametrize("text", ["{", "[]", "null", '"text"'])
def test_what_is_no_object_is_an_error_of_shape(sender: Api, text: str) -> None:
    answer = sender.post("/correspondence", text)
    assert answer.status_code == 400, answer.content
    assert answer.json()["code"] == "STD-00000"


def test_names_are_matched_in_any_case(sender: Api) -> None:
    def shouted(value: Any) -> Any:
        if isinstance(value, dict):
            return {name.upper(): shouted(each) for name, each in value.items()}
        return value

    assert sender.post("/correspondence", shouted(new_letter())).status_code == 200


def test_a_used_key_is_409_and_tells_the_sender_of_which_letter(sender: Api) -> None:
    id = sender.sent(idempotentKey=KEY)
    before = stored()
    assert problem_of(sender.initialize(idempotentKey=KEY), 409, 1034)["correspondenceId"] == id
    other = organization(DIGDIR, WRITE).initialize(resourceId="digdir-letters", idempotentKey=KEY)
    assert "correspondenceId" not in problem_of(other, 409, 1034)
    assert stored() == before


@pytest.mark.parametrize(
    ("changes", "status", "number"),
    [
        ({"recipients": [f"0192:{ALT}", f"0192:{UTEN}"], "idempotentKey": KEY}, 400, 1047),
        (
            {"recipients": [f"0192:{ALT}", f"urn:altinn:organization:identifier-no:{ALT}"]},
            400,
            1006,
        ),
        ({"recipients": ["0192:999999999"]}, 404, 1029),
        ({"recipients": [RITA]}, 422, 1030),
        ({"isConfirmationNeeded": True}, 400, 1016),
        ({"dueDateTime": "2001-01-01T00:00:00Z"}, 400, 1008),
        ({"isConfidential": True}, 400, 1061),
        ({"messageTitle": "<b>x</b>"}, 400, 1002),
        ({"messageBody": "<script>"}, 400, 1003),
        ({"existingAttachments": [KEY]}, 400, 1007),
        ({"attachments": [{"fileName": "a.pdf", "sendersReference": "1"}]}, 400, 1005),
        ({"replyOptions": [{"linkURL": "http://x.example"}]}, 400, 1035),
        ({"notification": {"notificationChannel": "Email"}}, 400, 3002),
    ],
)
def test_a_broken_rule_answers_with_its_number(
    sender: Api, changes: dict[str, Any], status: int, number: int
) -> None:
    problem_of(sender.initialize(**changes), status, number)
    assert stored() == 0


def test_a_method_that_the_route_has_not_is_405(sender: Api) -> None:
    answer = sender.browser.put(f"{BASE}/correspondence", headers=sender.headers)
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
