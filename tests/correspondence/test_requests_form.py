"""The fields of a form, read as the JSON body would have been (correspondence contract 4.5)."""

import json

import pytest

from correspondence.requests.forms import as_body
from correspondence.requests.letters import read_letter
from correspondence.requests.refusals import ShapeError
from correspondence.states import NotificationChannel
from tests.correspondence.letter_bodies import ORGANIZATION, body

LEAST = [
    ("Correspondence.ResourceId", "ttd-letters"),
    ("correspondence.sendersReference", "2031/77-3"),
    ("correspondence.content.messageTitle", "Decision"),
    ("CORRESPONDENCE.CONTENT.MESSAGEBODY", "**Granted**"),
    ("Recipients[0]", ORGANIZATION),
]


def read(*fields):
    return read_letter(as_body([*LEAST, *fields]))


def test_the_least_that_a_letter_needs_reads_as_its_json_does():
    assert read() == read_letter(body())


def test_every_kind_of_field_reads_as_in_json():
    letter = read(
        ("correspondence.content.attachments[0].fileName", "a.pdf"),
        ("correspondence.content.attachments[0].sendersReference", "r"),
        ("correspondence.content.attachments[0].expirationInDays", "30"),
        ("correspondence.content.attachments[0].isEncrypted", "True"),
        ("correspondence.propertyList.caseNumber", "2031/77"),
        ("correspondence.propertyList.Case.Number", "7"),
        ("correspondence.replyOptions[0].linkURL", "https://example.com"),
        ("correspondence.replyOptions[0].linkText", "Reply"),
        ("correspondence.notification.notificationChannel", "1"),
        ("correspondence.notification.sendReminder", "true"),
        ("correspondence.notification.customRecipients[0].emailAddress", "a@example.com"),
        ("correspondence.dueDateTime", "2031-05-15T12:00:00Z"),
        ("existingAttachments[0]", "019a0c1d-1111-7222-8333-444455556666"),
        ("idempotentKey", "019a0c1d-1111-7222-8333-444455556667"),
    )

    assert letter == read_letter(
        body(
            content={
                "messageTitle": "Decision",
                "messageBody": "**Granted**",
                "attachments": [
                    {
                        "fileName": "a.pdf",
                        "sendersReference": "r",
                        "expirationInDays": 30,
                        "isEncrypted": True,
                    }
                ],
            },
            propertyList={"caseNumber": "2031/77", "Case.Number": "7"},
            replyOptions=[{"linkURL": "https://example.com", "linkText": "Reply"}],
            notification={
                "notificationChannel": "Sms",
                "sendReminder": True,
                "customRecipients": [{"emailAddress": "a@example.com"}],
            },
            dueDateTime="2031-05-15T12:00:00Z",
        )
        | {
            "existingAttachments": ["019a0c1d-1111-7222-8333-444455556666"],
            "idempotentKey": "019a0c1d-1111-7222-8333-444455556667",
        }
    )


def test_entries_stand_by_their_index_and_those_without_one_follow():
    letter = read(
        ("existingAttachments[7]", "019a0c1d-1111-7222-8333-444455556663"),
        ("existingAttachments", "019a0c1d-1111-7222-8333-444455556664"),
        ("existingAttachments[0]", "019a0c1d-1111-7222-8333-444455556661"),
    )

    assert [str(one)[-1] for one in letter.existing_attachments] == ["1", "3", "4"]


def test_an_empty_field_is_absent_and_an_unknown_one_ignored():
    letter = read(
        ("correspondence.dueDateTime", ""),
        ("correspondence.content.attachments[0].fileName", ""),
        ("colour", "blue"),
        ("[0]", "x"),
        ("correspondence.content", "x"),
        ("recipients[0].name", "x"),
    )

    assert letter.due_date_time is None
    assert letter.content.attachments == []


def test_a_field_sent_twice_has_its_last_value():
    twice = [("correspondence.messageSender", one) for one in ("first", "last")]

    assert read(*twice).message_sender == "last"


def test_the_letter_may_be_one_field_of_json():
    notification = {"NotificationChannel": "email"}
    letter = body(notification=notification)["correspondence"]

    read = read_letter(
        as_body([("Recipients[0]", ORGANIZATION), ("Correspondence", json.dumps(letter))])
    )

    assert read.senders_reference == "2031/77-3"
    assert read.notification is not None
    assert read.notification.main.channel is NotificationChannel.Email


def test_of_a_name_in_several_spellings_in_that_field_the_last_counts():
    letter = json.dumps(body(isConfidential=True)["correspondence"])
    letter = letter.replace("{", '{"ISCONFIDENTIAL": true, "Isconfidential": false, ', 1)
    twice = letter[:-1] + ', "ISCONFIDENTIAL": false}'

    read = read_letter(as_body([("recipients[0]", ORGANIZATION), ("correspondence", twice)]))

    assert not read.is_confidential


@pytest.mark.parametrize("value", ["{", "nothing", '{"a": 1,}', "NaN"])
def test_that_field_must_hold_json(value):
    with pytest.raises(ShapeError) as refusal:
        as_body([*LEAST, ("correspondence", value)])

    assert [one.path for one in refusal.value.errors] == ["/correspondence"]


@pytest.mark.parametrize(
    ("name", "value", "path"),
    [
        ("correspondence.isConfidential", "yes", "/correspondence/isConfidential"),
        ("correspondence.sendersReference", "a\x00b", "/correspondence/sendersReference"),
        ("correspondence.propertyList.a\x00b", "x", "/correspondence/propertyList"),
        ("recipients[1]", "314100107", "/recipients/1"),
        (
            "correspondence.content.attachments[0].expirationInDays",
            "ten",
            "/correspondence/content/attachments/0/expirationInDays",
        ),
    ],
)
def test_what_has_not_the_right_shape_is_refused_at_its_place(name, value, path):
    with pytest.raises(ShapeError) as refusal:
        read((name, value))

    assert path in [one.path for one in refusal.value.errors]


def test_many_fields_take_time_in_proportion():
    letter = as_body([("recipients", ORGANIZATION)] * 50_000)

    assert len(letter["recipients"]) == 50_000
