"""What recipients do with a letter, and its deletion (contract 7.2, 7.3, 8.5)."""

from datetime import timedelta
from typing import Any

import pytest

from correspondence.callers import READ, WRITE
from correspondence.models import Correspondence, Event, Letter, StatusEntry
from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from orders.models import Order
from tests.correspondence.conftest import (
    ALT,
    FRODE,
    KARI,
    TTD,
    Api,
    Load,
    organization,
    person,
    problem_of,
)

pytestmark = pytest.mark.django_db

TOMORROW = (clock.real() + timedelta(days=1)).isoformat()
DUE = (clock.real() + timedelta(days=2)).isoformat()
NOTIFICATION = {"notificationChannel": "Sms", "smsBody": "Hello"}
ACTS = ("markasread", "confirm", "archive")


def act(api: Api, id: str, verb: str) -> Any:
    return api.post(f"/correspondence/{id}/{verb}")


def purge(api: Api, id: str) -> Any:
    return api.delete(f"/correspondence/{id}/purge")


def done(answer: Any, id: str) -> None:
    assert answer.status_code == 200, answer.content
    assert answer.json() == id


def fetched(sender: Api, recipient: Api, **changes: Any) -> str:
    id = sender.sent(**changes)
    assert recipient.get(f"/correspondence/{id}").status_code == 200
    return id


def statuses(id: str) -> list[str]:
    entries = StatusEntry.objects.filter(correspondence_id=id).order_by("id")
    return list(entries.values_list("text", flat=True))


def events(type: str) -> int:
    return Event.objects.filter(type=type).count()


def test_a_letter_is_read_once_and_only_after_it_was_fetched(sender: Api, recipient: Api) -> None:
    id = sender.sent()
    problem_of(act(recipient, id, "markasread"), 400, 1024)
    assert recipient.get(f"/correspondence/{id}").status_code == 200
    done(act(recipient, id, "markasread"), id)
    problem_of(act(recipient, id, "markasread"), 400, 1040)
    assert statuses(id)[3:] == ["Fetched", "Read"]
    assert events("correspondencereceiverread") == 1


def test_content_after_reading_adds_no_second_read(sender: Api, recipient: Api) -> None:
    id = fetched(sender, recipient)
    done(act(recipient, id, "markasread"), id)
    assert recipient.get(f"/correspondence/{id}/content").status_code == 200
    assert statuses(id).count("Read") == 1


def test_confirming_needs_no_reading_and_no_wish_for_it(sender: Api, recipient: Api) -> None:
    id = sender.sent()
    problem_of(act(recipient, id, "confirm"), 400, 1025)
    assert recipient.get(f"/correspondence/{id}").status_code == 200
    done(act(recipient, id, "confirm"), id)
    problem_of(act(recipient, id, "confirm"), 400, 1041)
    assert events("correspondencereceiverconfirmed") == 1
    done(act(recipient, id, "markasread"), id)
    body = recipient.get(f"/correspondence/{id}").json()
    assert body["status"] == "Confirmed"
    assert body["read"] is not None


def test_archiving_waits_for_the_confirmation_that_was_asked_for(
    sender: Api, recipient: Api
) -> None:
    id = fetched(sender, recipient, isConfirmationNeeded=True, dueDateTime=DUE)
    problem_of(act(recipient, id, "archive"), 400, 1026)
    done(act(recipient, id, "confirm"), id)
    for _ in range(2):
        done(act(recipient, id, "archive"), id)
    assert statuses(id).count("Archived") == 1
    assert events("correspondencearchived") == 1
    history = sender.get(f"/correspondence/{id}/details").json()["statusHistory"]
    assert "Archived" not in {one["status"] for one in history}


@pytest.mark.parametrize("verb", ACTS)
def test_acts_on_what_is_not_there_for_the_caller_are_404(
    sender: Api, recipient: Api, verb: str
) -> None:
    waiting = sender.sent(requestedPublishTime=TOMORROW)
    problem_of(act(recipient, waiting, verb), 404, 1001)
    id = fetched(sender, recipient)
    before = statuses(id)
    problem_of(act(person(FRODE), id, verb), 404, 1001)
    problem_of(act(organization(TTD), id, verb), 404, 1001)
    problem_of(act(recipient, "nonsense", verb), 404, 1001)
    assert act(sender, id, verb).status_code == 403
    assert statuses(id) == before
    assert len(statuses(waiting)) == 2


def test_the_sender_purges_before_publication_and_never_after(sender: Api, recipient: Api) -> None:
    id = sender.sent(requestedPublishTime=TOMORROW, notification=NOTIFICATION)
    done(purge(sender, id), id)
    problem_of(sender.get(f"/correspondence/{id}"), 404, 1001)
    problem_of(purge(sender, id), 400, 1014)
    body = sender.get(f"/correspondence/{id}/details").json()
    assert body["status"] == "PurgedByAltinn"
    assert body["content"]["messageTitle"] == ""
    assert [one["status"] for one in body["statusHistory"]] == ["Initialized", "ReadyForPublish"]
    assert set(Order.objects.values_list("status", flat=True)) == {"Cancelled"}
    assert Letter.objects.get(correspondences__id=id).body == ""
    assert events("correspondencepurged") == 1

    published = fetched(sender, recipient)
    problem_of(purge(sender, published), 400, 1013)
    assert Correspondence.objects.get(pk=published).erased_at is None


def test_a_sender_is_obeyed_who_deletes_before_the_job_has_published(sender: Api) -> None:
    id = sender.sent(notification=NOTIFICATION)
    done(purge(sender, id), id)
    assert Correspondence.objects.get(pk=id).published is None
    assert Order.objects.get().status == "Cancelled"


def test_with_a_letter_goes_its_title_from_notifications_that_never_left(
    sender: Api, recipient: Api
) -> None:
    asked = {
        "notificationChannel": "EmailAndSms",
        "emailSubject": "$messageTitle$",
        "emailBody": "$messageTitle$",
        "smsBody": "$messageTitle$",
        "sendReminder": True,
        "reminderNotificationChannel": "Sms",
        "reminderSmsBody": "$messageTitle$",
    }
    id = sender.sent(notification=asked, requestedPublishTime=TOMORROW)
    done(purge(sender, id), id)
    main, reminder = Order.objects.order_by("requested_send_time")
    email, sms = main.email_template or {}, main.sms_template or {}
    assert (email["subject"], email["body"], email["contentType"]) == ("", "", "Plain")
    assert sms["body"] == ""
    assert (reminder.email_template, (reminder.sms_template or {})["body"]) == (None, "")


def test_what_a_recipient_does_is_in_the_trail_once(sender: Api, recipient: Api) -> None:
    id = fetched(sender, recipient)
    for verb in (*ACTS, *ACTS):
        act(recipient, id, verb)
    done(purge(recipient, id), id)
    acts = list(Entry.objects.filter(subject_id=id).order_by("id").values_list("action", flat=True))
    assert acts == [
        f"correspondence.{one}" for one in ("initialize", "read", "confirm", "archive", "purge")
    ]


def test_the_recipient_purges_what_is_published(sender: Api, recipient: Api) -> None:
    waiting = sender.sent(requestedPublishTime=TOMORROW)
    problem_of(purge(recipient, waiting), 404, 1001)
    id = fetched(sender, recipient)
    done(purge(recipient, id), id)
    for path in (f"/correspondence/{id}", f"/correspondence/{id}/details"):
        problem_of(recipient.get(path), 404, 1001)
    problem_of(recipient.get(f"/correspondence/{id}/content"), 404, 1001)
    problem_of(purge(recipient, id), 400, 1014)
    problem_of(act(recipient, id, "confirm"), 404, 1001)
    problem_of(sender.get(f"/correspondence/{id}"), 404, 1001)
    assert sender.get(f"/correspondence/{id}/details").json()["status"] == "PurgedByRecipient"


def test_a_confirmation_that_was_asked_for_comes_before_the_purge(
    sender: Api, recipient: Api
) -> None:
    id = fetched(sender, recipient, isConfirmationNeeded=True, dueDateTime=DUE)
    problem_of(purge(recipient, id), 400, 1026)
    done(act(recipient, id, "confirm"), id)
    done(purge(recipient, id), id)


def test_of_own_letters_the_senders_rule_is_tried_first(registers: Load) -> None:
    registers({"organizations": [{"organizationNumber": TTD, "name": "Testdepartementet"}]})
    owner = organization(TTD, f"{WRITE} {READ}")
    waiting = owner.sent(recipients=[f"0192:{TTD}"], requestedPublishTime=TOMORROW)
    done(purge(owner, waiting), waiting)
    assert Correspondence.objects.get(pk=waiting).status_text == "PurgedByAltinn"
    published = owner.sent(recipients=[f"0192:{TTD}"])
    done(purge(owner, published), published)
    assert Correspondence.objects.get(pk=published).status_text == "PurgedByRecipient"


def test_strangers_purge_nothing(sender: Api) -> None:
    id = sender.sent()
    for stranger in (person(KARI), organization("310131083"), organization(ALT, WRITE)):
        problem_of(purge(stranger, id), 404, 1001)
    problem_of(purge(organization(TTD, READ), id), 404, 1001)
    assert Correspondence.objects.get(pk=id).erased_at is None
