"""Calls at the same moment, and what calls cost (contract 4.3, 4.6, 11)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from correspondence.models import Attachment, Correspondence, Event, Letter, StatusEntry
from notifications_platform.core import clock
from notifications_platform.registers.service_owners import forget
from tests.correspondence.conftest import ALT, SIRI, Api, Load, person

pytestmark = pytest.mark.django_db(transaction=True)

KEY = "7c9e6679-f42b-4de9-a1c3-b0d5e8f70a11"
NOTIFICATION = {"notificationChannel": "Email", "emailSubject": "New", "emailBody": "Hello"}


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    together = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            together.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def statements(call: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        answer = call()
    assert answer.status_code == 200, answer.content
    return len(captured)


def test_of_two_calls_with_one_key_one_wins(sender: Api) -> None:
    answers = at_once(*[lambda: sender.initialize(idempotentKey=KEY)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    won = next(answer for answer in answers if answer.status_code == 200).json()
    id = won["correspondences"][0]["correspondenceId"]
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert {(one["errorCode"], one["correspondenceId"]) for one in lost} == {(1034, id)}
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("verb", "number", "event"),
    [
        ("markasread", 1040, "correspondencereceiverread"),
        ("confirm", 1041, "correspondencereceiverconfirmed"),
    ],
)
def test_a_letter_is_read_and_confirmed_once_however_many_do_it(
    sender: Api, recipient: Api, verb: str, number: int, event: str
) -> None:
    id = sender.sent()
    assert recipient.get(f"/correspondence/{id}").status_code == 200
    path = f"/correspondence/{id}/{verb}"
    answers = at_once(*[lambda: recipient.post(path)] * 2, *[lambda: person(SIRI).post(path)] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert {answer.json()["errorCode"] for answer in answers if answer.status_code == 400} == {
        number
    }
    assert Event.objects.filter(type=event).count() == 1


def test_readers_who_come_first_together_publish_once(sender: Api, recipient: Api) -> None:
    id = sender.sent()
    answers = at_once(*[lambda: recipient.get(f"/correspondence/{id}")] * 4)
    assert {answer.status_code for answer in answers} == {200}
    texts = list(StatusEntry.objects.filter(correspondence_id=id).values_list("text", flat=True))
    assert texts.count("Published") == texts.count("Fetched") == 1


def test_a_letter_is_not_confirmed_and_purged_against_the_rules_at_once(
    sender: Api, recipient: Api
) -> None:
    id = sender.sent()
    assert recipient.get(f"/correspondence/{id}").status_code == 200
    confirmed, purged = at_once(
        lambda: recipient.post(f"/correspondence/{id}/confirm"),
        lambda: recipient.delete(f"/correspondence/{id}/purge"),
    )
    assert purged.status_code == 200
    assert confirmed.status_code in (200, 404)
    assert Correspondence.objects.get(pk=id).status_text == "PurgedByRecipient"


def test_initialize_costs_the_same_statements_for_one_and_for_five_hundred(
    sender: Api, registers: Load
) -> None:
    numbers = [str(910000000 + each) for each in range(500)]
    registers(
        {
            "organizations": [
                {"organizationNumber": one, "name": one, "emailAddresses": ["a@b.example"]}
                for one in numbers
            ]
        }
    )
    recipients = [f"0192:{one}" for one in numbers]
    changes: dict[str, Any] = {"notification": NOTIFICATION, "messageTitle": "{{recipientName}}"}

    def cost(count: int) -> int:
        forget()
        return statements(lambda: sender.initialize(recipients=recipients[:count], **changes))

    assert (cost(1), cost(500)) == (14, 14)
    assert Correspondence.objects.count() == 501
    # Own texts of megabytes are written in parts.
    changes["messageBody"] = "{{recipientName}}" + "x" * 29_000
    assert cost(500) <= 14 + 16


def test_reading_costs_the_same_statements_for_one_attachment_and_for_a_hundred(
    sender: Api, recipient: Api
) -> None:
    now = clock.now()
    stored = Attachment.objects.bulk_create(
        Attachment(
            resource_id="ttd-letters",
            service_owner="ttd",
            sender="urn:altinn:organization:identifier-no:991825827",
            file_name="a.pdf",
            senders_reference="1",
            status=2,
            status_text="Published",
            status_changed=now,
            created_at=now,
            storage_key=str(number),
            size=1,
        )
        for number in range(100)
    )
    ids = [str(one.id) for one in stored]

    def costs(count: int) -> tuple[int, ...]:
        id = sender.sent(existingAttachments=ids[:count])
        assert recipient.get(f"/correspondence/{id}").status_code == 200
        paths = (f"/correspondence/{id}", f"/correspondence/{id}/details")
        return tuple(statements(lambda: recipient.get(path)) for path in paths)  # noqa: B023

    costs(1)
    assert costs(100) == costs(1)
    assert max(costs(1)) < 15


def test_a_stranger_writes_nothing(sender: Api) -> None:
    id = sender.sent(recipients=[f"0192:{ALT}"])
    with CaptureQueriesContext(connection) as captured:
        assert person("05909803219").get(f"/correspondence/{id}").status_code == 404
    assert not [one for one in captured if not one["sql"].lstrip().startswith("SELECT")]
