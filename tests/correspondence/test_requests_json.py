"""A JSON body, read (correspondence contract 2, 4.1, 4.2, 5.1)."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correspondence.requests.letters import read_attachment, read_letter
from correspondence.requests.refusals import ShapeError
from correspondence.states import EmailContentType, NotificationChannel, ReferenceType
from notifications_platform.http.json import JSONObject
from tests.correspondence.letter_bodies import ORGANIZATION, ORGANIZATION_URN, PERSON, body


def refused(sent):
    """Path -> (detail, number) of all that is wrong."""
    with pytest.raises(ShapeError) as refusal:
        read_letter(sent)
    return {one.path: (one.detail, one.error_code) for one in refusal.value.errors}


def notification(asked):
    """As it is read in a letter."""
    found = read_letter(body(notification=asked)).notification
    assert found is not None
    return found


def test_the_least_that_a_letter_needs():
    letter = read_letter(body())

    assert letter.resource_id == "ttd-letters"
    assert letter.senders_reference == "2031/77-3"
    assert letter.content.title == "Decision"
    assert letter.content.language == "nb"
    assert letter.content.summary == ""
    assert letter.recipients == [ORGANIZATION_URN]
    assert letter.idempotent_key is None
    assert letter.notification is None
    assert letter.ignore_reservation is None
    assert not letter.is_confirmation_needed


def test_names_match_in_any_case_and_unknown_ones_are_ignored():
    letter = body(ISCONFIRMATIONNEEDED=True, colour="blue")
    letter["CORRESPONDENCE"] = letter.pop("correspondence")

    assert read_letter(letter).is_confirmation_needed


def test_null_is_absent():
    letter = read_letter(body(dueDateTime=None, propertyList=None, externalReferences=None))

    assert letter.due_date_time is None
    assert letter.property_list == {}
    assert letter.external_references == []


def test_of_a_name_in_several_spellings_the_last_counts_and_properties_keep_theirs():
    text = json.dumps(body(propertyList={"Case": "1", "case": "2"}, isConfidential=True))
    text = text.replace(
        '"isConfidential": true',
        '"isConfidential": true, "ISCONFIDENTIAL": true, "isConfidential": false',
    )
    sent = JSONObject(json.loads(text))
    sent["correspondence"]["ISCONFIDENTIAL"] = True
    sent.text = text.encode()

    letter = read_letter(sent)

    assert letter.is_confidential is False
    assert letter.property_list == {"Case": "1", "case": "2"}


@pytest.mark.parametrize(
    ("given", "instant"),
    [
        ("2031-05-15T12:00:00", datetime(2031, 5, 15, 12, tzinfo=UTC)),
        ("2031-05-15T12:00:00+02:00", datetime(2031, 5, 15, 10, tzinfo=UTC)),
        ("2031-05-15T12:00:00.1234567Z", datetime(2031, 5, 15, 12, 0, 0, 123456, tzinfo=UTC)),
        ("2031-05-15", datetime(2031, 5, 15, tzinfo=UTC)),
    ],
)
def test_times_without_an_offset_are_utc_and_fractions_are_cut(given, instant):
    assert read_letter(body(dueDateTime=given)).due_date_time == instant


def test_a_time_so_far_off_that_a_reminder_has_no_date_is_refused():
    assert "/correspondence/requestedPublishTime" in refused(
        body(requestedPublishTime="9999-12-31T23:59:59.9999999Z")
    )


@pytest.mark.parametrize("given", ["altinnappinstance", "AltinnAppInstance", 1, "1"])
def test_enums_are_read_by_name_in_any_case_or_number(given):
    reference = {"referenceType": given, "referenceValue": "x"}

    (one,) = read_letter(body(externalReferences=[reference])).external_references

    assert one.type is ReferenceType.AltinnAppInstance


def test_everything_that_is_wrong_is_told_at_once():
    sent = body(
        resourceId="",
        sendersReference=3,
        isConfidential="yes",
        dueDateTime="tomorrow",
        messageSender="x" * 256,
    )
    sent["recipients"] = ["314100107", 4]
    sent["existingAttachments"] = ["one"]

    assert set(refused(sent)) == {
        "/correspondence/resourceId",
        "/correspondence/sendersReference",
        "/correspondence/isConfidential",
        "/correspondence/dueDateTime",
        "/correspondence/messageSender",
        "/recipients/0",
        "/recipients/1",
        "/existingAttachments/0",
    }


@pytest.mark.parametrize("sent", [[], "x", 3, None, True])
def test_a_body_that_is_no_object_is_refused_as_a_whole(sent):
    assert list(refused(sent)) == [""]


def test_places_are_written_with_dots_too():
    with pytest.raises(ShapeError) as refusal:
        read_letter(body(content={"messageTitle": 1, "attachments": [{"fileName": 2}]}))

    assert {one.dotted for one in refusal.value.errors} == {
        "correspondence.content.messageTitle",
        "correspondence.content.attachments[0].fileName",
        "correspondence.content.attachments[0].sendersReference",
    }


def test_missing_content_has_its_number():
    sent = body()
    del sent["correspondence"]["content"]

    assert refused(sent)["/correspondence/content"][1] == 1019


def test_texts_with_numbers_of_their_own_are_left_to_the_rules():
    content = {"language": "xx", "messageSummary": "x" * 256, "messageBody": "x" * 40_000}

    letter = read_letter(body(content=content))

    assert letter.content.title == ""
    assert letter.content.language == "xx"


@pytest.mark.parametrize("key", ["00000000-0000-0000-0000-000000000000", "no", 3])
def test_a_bad_idempotency_key_has_its_number(key):
    assert refused(body() | {"idempotentKey": key})["/idempotentKey"][1] == 1033


@pytest.mark.parametrize("count", [0, 501])
def test_one_to_500_recipients_are_allowed(count):
    assert list(refused(body() | {"recipients": [ORGANIZATION] * count})) == ["/recipients"]


def test_recipients_are_read_into_the_stored_form_in_their_order_with_doubles():
    sent = body() | {"recipients": [PERSON, ORGANIZATION, ORGANIZATION_URN.upper()]}

    assert read_letter(sent).recipients == [
        f"urn:altinn:person:identifier-no:{PERSON}",
        ORGANIZATION_URN,
        ORGANIZATION_URN,
    ]


@pytest.mark.parametrize(
    "properties",
    [
        {str(n): "x" for n in range(11)},
        {"k" * 51: "x"},
        {"k": "x" * 301},
        {"k": 3},
        {"k\x00": "x"},
        {"k": "\ud800"},
        ["k"],
    ],
)
def test_property_lists_have_their_limits(properties):
    assert list(refused(body(propertyList=properties))) == ["/correspondence/propertyList"]


def test_property_lists_may_be_as_large_as_this():
    properties = {f"{n:050}": "x" * 300 for n in range(10)}

    assert read_letter(body(propertyList=properties)).property_list == properties


@pytest.mark.parametrize(
    ("kind", "value", "sound"),
    [
        ("DialogportenTransmissionId", "019a0c1d-1111-7222-8333-444455556666", False),
        ("DialogportenTransmissionType", "Invoice", False),
        ("DialogportenTransmissionType", "9", False),
        ("DialogportenTransmissionType", "8", True),
        ("DialogportenTransmissionType", "alert", True),
        ("Generic", "", False),
    ],
)
def test_references_are_of_known_kinds_and_values(kind, value, sound):
    sent = body(externalReferences=[{"referenceType": kind, "referenceValue": value}])

    if sound:
        assert read_letter(sent).external_references[0].value == value
    else:
        assert refused(sent)


def test_an_attachment_of_its_own_is_read_like_one_of_a_letter():
    attachment = read_attachment(
        {
            "resourceId": "urn:altinn:resource:ttd-letters",
            "FileName": "a.pdf",
            "sendersReference": "r",
            "isEncrypted": True,
            "checksum": "0" * 32,
            "expirationInDays": 14.0,
        }
    )

    assert attachment.resource_id == "ttd-letters"
    assert attachment.file_name == "a.pdf"
    assert attachment.is_encrypted
    assert attachment.expiration_in_days == 14


@pytest.mark.parametrize(
    ("member", "value", "number"),
    [
        ("fileName", "x" * 252 + ".pdf", 2011),
        ("checksum", "A" * 32, None),
        ("expirationInDays", 2**31, None),
        ("expirationInDays", True, None),
        ("displayName", "x" * 256, None),
        ("resourceId", " ", None),
        ("isEncrypted", "true", None),
    ],
)
def test_an_attachment_of_a_wrong_shape_is_refused(member, value, number):
    sent = {"resourceId": "ttd-letters", "fileName": "a.pdf", "sendersReference": "r"}

    with pytest.raises(ShapeError) as refusal:
        read_attachment(sent | {member: value})

    assert [(one.path, one.error_code) for one in refusal.value.errors] == [(f"/{member}", number)]


def test_a_notification_takes_what_is_missing_of_a_reminder_from_the_main_one():
    found = notification({"notificationChannel": 2, "emailContentType": "html"})

    assert found.reminder.channel is NotificationChannel.EmailPreferred
    assert found.reminder.email_content_type is EmailContentType.Html
    assert found.template == 0


@pytest.mark.parametrize(("given", "number"), [("Nothing", -1), (7, 7), ("1", 1)])
def test_a_template_that_does_not_exist_is_left_to_the_rules(given, number):
    asked = {"notificationChannel": "Email", "notificationTemplate": given}

    assert notification(asked).template == number


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"notificationChannel": "Pigeon"},
        {"notificationChannel": 0, "smsBody": "x" * 2145},
        {"notificationChannel": 0, "emailSubject": "x" * 513},
        {"notificationChannel": 0, "reminderEmailBody": "x" * 10_001},
        {"notificationChannel": 0, "customRecipients": [{"organizationNumber": "1"}]},
        {"notificationChannel": 0, "customRecipients": [{"nationalIdentityNumber": "1"}]},
        {"notificationChannel": 0, "notificationTemplate": {}},
    ],
)
def test_a_notification_of_a_wrong_shape_is_refused(asked):
    assert len(refused(body(notification=asked))) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"customRecipient": {"emailAddress": "a@example.com"}}, ["a@example.com"]),
        (
            {"customNotificationRecipients": [{"recipients": [{"emailAddress": "b@example.com"}]}]},
            ["b@example.com"],
        ),
        (
            {
                "customRecipients": [{"emailAddress": "c@example.com"}],
                "customRecipient": {"emailAddress": "a@example.com"},
            },
            ["c@example.com"],
        ),
        ({"customNotificationRecipients": []}, []),
    ],
)
def test_custom_recipients_may_be_spelled_as_they_used_to_be(asked, found):
    custom = notification({"notificationChannel": 0} | asked).custom_recipients

    assert [one.email_address for one in custom] == found


def test_mobile_numbers_of_custom_recipients_get_one_spelling():
    custom = [{"mobileNumber": "004790000002"}, {"mobileNumber": "+47 90 00 00 02"}]

    found = notification({"notificationChannel": 1, "customRecipients": custom})

    assert {one.mobile_number for one in found.custom_recipients} == {"+4790000002"}


_NAMES = (
    "correspondence Content recipients notification propertyList externalReferences"
    " customRecipients attachments messageTitle"
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_NAMES.split()), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(_JSON, _JSON)
def test_whatever_is_sent_is_read_or_refused(content, more):
    sent = body(content=content, notification=more, externalReferences=more)

    for one in (content, sent, sent | {"recipients": more}):
        with suppress(ShapeError):
            assert 1 <= len(read_letter(one).recipients) <= 500


@given(st.uuids(version=4))
def test_every_key_but_zero_is_taken(key: UUID):
    assert read_letter(body() | {"idempotentKey": str(key).upper()}).idempotent_key == key
