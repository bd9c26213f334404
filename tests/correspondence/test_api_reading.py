"""Overview, details and content as sender and recipient meet them (contract 3.3, 6.2, 6.3)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from correspondence.callers import READ, WRITE
from correspondence.models import Correspondence, Event, LetterNotification, StatusEntry
from notifications_platform.core import clock
from orders import processing
from orders.models import Order
from tests.correspondence.conftest import (
    ALT,
    DIGDIR,
    FRODE,
    KARI,
    ORGANIZATION,
    PERSON,
    SIRI,
    TTD,
    Api,
    Load,
    organization,
    person,
    problem_of,
)

pytestmark = pytest.mark.django_db

OVERVIEW = frozenset(
    [
        "correspondenceId",
        "resourceId",
        "sender",
        "sendersReference",
        "messageSender",
        "recipient",
        "content",
        "requestedPublishTime",
        "dueDateTime",
        "externalReferences",
        "propertyList",
        "replyOptions",
        "notification",
        "ignoreReservation",
        "isConfirmationNeeded",
        "isConfidential",
        "allowForwarding",
        "created",
        "published",
        "read",
        "status",
        "statusText",
        "statusChanged",
        "notifications",
        "altinn2CorrespondenceId",
    ]
)
CONTENT = {"language", "messageTitle", "messageSummary", "messageBody", "attachments"}
ORDER = frozenset(
    [
        "id",
        "sendersReference",
        "creator",
        "created",
        "isReminder",
        "notificationChannel",
        "ignoreReservation",
        "resourceId",
        "processingStatus",
        "notificationStatusDetails",
    ]
)
NOTIFICATION = {
    "notificationChannel": "Email",
    "emailSubject": "New letter",
    "emailBody": "Hello",
    "sendReminder": True,
    "reminderEmailSubject": "Unread",
    "reminderEmailBody": "Please",
}
TOMORROW = (clock.real() + timedelta(days=1)).isoformat()
NOBODY = "019a0c1e-5a70-7c31-8a55-0d6c3f1b2e01"


def overview(api: Api, id: str) -> dict[str, Any]:
    answer = api.get(f"/correspondence/{id}")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def details(api: Api, id: str) -> dict[str, Any]:
    answer = api.get(f"/correspondence/{id}/details")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def statuses(id: str) -> list[str]:
    return list(
        StatusEntry.objects.filter(correspondence_id=id)
        .order_by("id")
        .values_list("text", flat=True)
    )


def test_the_recipient_sees_the_letter_with_exactly_the_keys_of_the_contract(
    sender: Api, recipient: Api
) -> None:
    id = sender.sent(
        messageSummary="In short",
        propertyList={"caseNumber": "2031/77"},
        externalReferences=[{"referenceValue": "x", "referenceType": "Generic"}],
        replyOptions=[{"linkURL": "https://reply.example/1", "linkText": "Yes"}],
        notification=NOTIFICATION,
    )
    body = overview(recipient, id)
    assert set(body) == OVERVIEW
    assert set(body["content"]) == CONTENT
    assert body["correspondenceId"] == id
    assert body["content"]["messageBody"] == "## Granted"
    assert body["sender"] == ORGANIZATION + TTD
    assert body["recipient"] == ORGANIZATION + ALT
    assert (body["messageSender"], body["notification"], body["read"]) == ("", None, None)
    assert body["propertyList"] == {"caseNumber": "2031/77"}
    assert body["externalReferences"] == [{"referenceValue": "x", "referenceType": "Generic"}]
    assert body["replyOptions"] == [{"linkURL": "https://reply.example/1", "linkText": "Yes"}]
    assert [set(one) for one in body["notifications"]] == [
        {"notificationOrderId", "isReminder"}
    ] * 2
    # Published by the one who came first; fetching does not change the status.
    assert (body["status"], body["statusText"]) == ("Published", "Published")
    assert body["published"].endswith("Z")
    assert statuses(id) == ["Initialized", "ReadyForPublish", "Published", "Fetched"]


def test_before_publication_the_sender_sees_all_and_the_recipient_nothing(
    sender: Api, recipient: Api
) -> None:
    id = sender.sent(requestedPublishTime=TOMORROW)
    body = overview(sender, id)
    assert (body["status"], body["content"]["messageTitle"]) == ("ReadyForPublish", "Decision")
    assert body["published"] is None
    for path in (f"/correspondence/{id}", f"/correspondence/{id}/details"):
        problem_of(recipient.get(path), 404, 1001)
    assert "Fetched" not in statuses(id)


def test_from_publication_on_the_content_is_blank_for_the_sender(sender: Api) -> None:
    id = sender.sent(messageSummary="In short")
    for body in (overview(sender, id), details(sender, id)):
        assert body["status"] == "Published"
        assert body["content"] == {
            "language": "en",
            "messageTitle": "",
            "messageSummary": "",
            "messageBody": "",
            "attachments": [],
        }
    assert "Fetched" not in statuses(id)


def test_an_own_letter_is_seen_as_its_sender(registers: Load) -> None:
    registers({"organizations": [{"organizationNumber": TTD, "name": "Testdepartementet"}]})
    owner = organization(TTD, f"{WRITE} {READ}")
    id = owner.sent(recipients=[f"0192:{TTD}"])
    assert overview(owner, id)["content"]["messageTitle"] == ""
    assert "Fetched" not in statuses(id)


def test_a_letter_of_others_is_404_for_everybody_else(sender: Api) -> None:
    id = sender.sent()
    for stranger in (
        organization(DIGDIR),
        organization("310131083"),
        organization(ALT, WRITE),
        organization(TTD, READ),
        person(FRODE),
        person(KARI),
        person(SIRI, WRITE),
    ):
        for path in (f"/correspondence/{id}", f"/correspondence/{id}/details"):
            problem_of(stranger.get(path), 404, 1001)
    assert "Fetched" not in statuses(id)


@pytest.mark.parametrize("id", [NOBODY, "nonsense", "019a0c1e5a707c318a550d6c3f1b2e01", "upload2"])
def test_an_id_that_names_nothing_is_404(sender: Api, id: str) -> None:
    problem_of(sender.get(f"/correspondence/{id}"), 404, 1001)
    problem_of(sender.get(f"/correspondence/{id}/details"), 404, 1001)


def test_ids_are_read_in_any_case(sender: Api) -> None:
    assert sender.get(f"/correspondence/{sender.sent().upper()}").status_code == 200


def test_a_person_with_access_reads_for_the_organisation(sender: Api) -> None:
    id = sender.sent()
    assert overview(person(SIRI), id)["content"]["messageBody"] == "## Granted"
    entry = StatusEntry.objects.get(correspondence_id=id, text="Fetched")
    assert entry.party == PERSON + SIRI


def test_a_person_reads_what_was_sent_to_it(sender: Api) -> None:
    id = sender.sent(recipients=[KARI])
    assert overview(person(KARI), id)["recipient"] == PERSON + KARI
    problem_of(person(SIRI).get(f"/correspondence/{id}"), 404, 1001)


def test_fetched_is_noted_once_per_caller_in_fifteen_seconds(sender: Api, recipient: Api) -> None:
    id = sender.sent()
    for _ in range(3):
        overview(recipient, id)
        details(recipient, id)
    assert statuses(id).count("Fetched") == 1
    overview(person(SIRI), id)
    assert statuses(id).count("Fetched") == 2
    StatusEntry.objects.filter(correspondence_id=id, text="Fetched").update(
        at=clock.now() - timedelta(seconds=16)
    )
    overview(recipient, id)
    assert statuses(id).count("Fetched") == 3


def test_content_is_the_markdown_and_counts_as_read_once(sender: Api, recipient: Api) -> None:
    id = sender.sent(messageBody="## Bråk\n\n**1 May**")
    for _ in range(2):
        answer = recipient.get(f"/correspondence/{id}/content")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.content.decode() == "## Bråk\n\n**1 May**"
    assert statuses(id)[3:] == ["Fetched", "Read"]
    assert Event.objects.filter(type="correspondencereceiverread").count() == 1
    body = overview(recipient, id)
    assert body["status"] == "Read"
    assert body["read"] is not None


def test_content_is_for_recipients(sender: Api, recipient: Api) -> None:
    id = sender.sent()
    assert sender.get(f"/correspondence/{id}/content").status_code == 403
    problem_of(organization(TTD).get(f"/correspondence/{id}/content"), 404, 1001)
    answer = recipient.get(f"/correspondence/{id}/content", {"Accept": "application/json"})
    assert answer.status_code == 406
    assert "Read" not in statuses(id)


def test_the_recipients_name_is_filled_in_for_each(sender: Api, recipient: Api) -> None:
    text = "{{recipientName}}"
    answer = sender.initialize(
        recipients=[f"0192:{ALT}", KARI],
        messageTitle=f"To {text}",
        messageSummary=f"For {text}",
        messageBody=f"Dear {text}",
    )
    first, second = (one["correspondenceId"] for one in answer.json()["correspondences"])
    for api, id, name in (
        (recipient, first, "Demo Alt AS"),
        (person(KARI), second, "Kari Demo Nordmann"),
    ):
        content = overview(api, id)["content"]
        assert content["messageTitle"] == f"To {name}"
        assert content["messageSummary"] == f"For {name}"
        assert content["messageBody"] == f"Dear {name}"
        assert api.get(f"/correspondence/{id}/content").content.decode() == f"Dear {name}"


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Reply options:"), ("nb", "Svarvalg:"), ("nn", "Svarval:")]
)
def test_more_than_three_reply_options_stand_in_the_body(
    sender: Api, recipient: Api, language: str, heading: str
) -> None:
    options = [
        {"linkURL": f"https://reply.example/{n}", "linkText": f"Answer {n}"} for n in range(4)
    ]
    few = sender.sent(language=language, replyOptions=options[:3])
    assert overview(recipient, few)["content"]["messageBody"] == "## Granted"
    many = sender.sent(language=language, replyOptions=options)
    body = overview(recipient, many)["content"]["messageBody"]
    assert body.startswith("## Granted\n")
    assert body.splitlines()[-5] == heading
    assert body.splitlines()[-4:] == [f"Answer {n}: https://reply.example/{n}" for n in range(4)]


def test_details_tell_the_history_and_the_notifications(sender: Api, recipient: Api) -> None:
    id = sender.sent(notification=NOTIFICATION)
    body = details(recipient, id)
    assert set(body) == OVERVIEW | {"statusHistory", "systemLabel"}
    assert body["systemLabel"] == "Default"
    assert [set(one) for one in body["statusHistory"]] == [
        {"status", "statusText", "statusChanged"}
    ] * 4
    assert [one["status"] for one in body["statusHistory"]] == [
        "Initialized",
        "ReadyForPublish",
        "Published",
        "Fetched",
    ]
    main, reminder = body["notifications"]
    assert set(main) == ORDER
    assert (main["isReminder"], reminder["isReminder"]) == (False, True)
    assert (main["creator"], main["sendersReference"]) == ("ttd", "corr-2031/77")
    assert main["notificationChannel"] == "Email"
    assert set(main["processingStatus"]) == {"status", "description", "lastUpdate"}
    assert main["processingStatus"]["status"] == "Registered"
    assert main["notificationStatusDetails"] is None
    assert Order.objects.filter(pk__in=[main["id"], reminder["id"]]).count() == 2


def test_a_reserved_letter_is_there_for_its_sender_only(sender: Api) -> None:
    rita = "01877731193"
    answer = sender.initialize(recipients=[KARI, rita])
    id = answer.json()["correspondences"][1]["correspondenceId"]
    assert overview(sender, id)["status"] == "Reserved"
    problem_of(person(rita).get(f"/correspondence/{id}"), 404, 1001)
    assert Correspondence.objects.get(pk=id).published is None


def test_only_the_sender_sees_whom_else_it_has_told(sender: Api, recipient: Api) -> None:
    others = [{"emailAddress": "boss@x.example"}]
    id = sender.published(notification={**NOTIFICATION, "customRecipients": others})
    processing.process_due(now=clock.now())
    own, other = (
        one["notificationStatusDetails"]["email"]["recipient"]
        for one in details(recipient, id)["notifications"]
        if not one["isReminder"]
    )
    assert own["emailAddress"]
    assert set(other.values()) == {None, False}
    assert "boss@x.example" in sender.get(f"/correspondence/{id}/details").text


def test_an_order_that_could_not_be_made_is_told_in_the_details(sender: Api) -> None:
    id = sender.sent(notification=NOTIFICATION)
    LetterNotification.objects.filter(is_reminder=True).update(order_id=None, result="Failure")
    main, reminder = details(sender, id)["notifications"]
    assert set(reminder) == ORDER
    assert (reminder["id"], reminder["isReminder"]) == (str(UUID(int=0)), True)
    assert reminder["processingStatus"]["status"] == "Failed"
    for name in ("notificationChannel", "creator", "sendersReference", "resourceId"):
        assert reminder[name] == main[name]
