"""Rules about a letter's notification, in their order (correspondence contract 4.3, 8.1)."""

from dataclasses import replace

import pytest

from correspondence import rules
from correspondence.errors import BusinessError
from correspondence.inputs import (
    CustomRecipient,
    NewContent,
    NewLetter,
    NewNotification,
    NotificationTexts,
)
from correspondence.states import NotificationChannel as Channel
from correspondence.states import NotificationTemplate as Template

PARTY = "urn:altinn:organization:identifier-no:314100107"
EMAIL = CustomRecipient(email_address="a@example.com")
MOBILE = CustomRecipient(mobile_number="+4790000002")
NUMBER = CustomRecipient(organization_number="314100107")


def texts(channel=Channel.EmailAndSms, **given):
    given = {"email_subject": "s", "email_body": "b", "sms_body": "m"} | given
    return NotificationTexts(channel=channel, **given)


def broken(asked, recipients=1):
    """The number of the rule that is broken; None if all are kept."""
    new = NewLetter(
        resource_id="ttd-letters",
        senders_reference="r",
        content=NewContent(language="nb", title="t", body="b"),
        recipients=[PARTY] * recipients,
        notification=asked,
    )
    try:
        rules.check_notification(new)
    except BusinessError as error:
        return error.number
    return None


def asked(**members):
    return NewNotification(
        **{"template": Template.CustomMessage, "main": texts(), "reminder": texts()} | members
    )


def test_none_breaks_no_rule():
    assert broken(None) is None
    assert broken(asked()) is None


@pytest.mark.parametrize("template", [-1, 2])
def test_a_template_must_exist(template):
    assert broken(asked(template=template)) == 3023


@pytest.mark.parametrize(
    ("customs", "number"),
    [
        ([EMAIL, MOBILE, NUMBER], None),
        ([CustomRecipient()], 3019),
        ([replace(EMAIL, mobile_number="+4790000002")], 3018),
        ([replace(EMAIL, mobile_number="+4790000002"), CustomRecipient()], 3019),
        ([CustomRecipient(email_address="a@b@example.com")], 3011),
        ([CustomRecipient(mobile_number="90000002"), CustomRecipient(email_address="x")], 3011),
        ([CustomRecipient(mobile_number="90000002")], 3012),
        ([CustomRecipient(mobile_number="+471")], 3012),
    ],
)
def test_custom_recipients_are_one_address_or_number_each(customs, number):
    assert broken(asked(custom_recipients=customs)) == number


def test_custom_recipients_go_with_one_letter_only_and_overriding_needs_them():
    assert broken(asked(custom_recipients=[EMAIL]), recipients=2) == 3017
    assert broken(asked(custom_recipients=[CustomRecipient()]), recipients=2) == 3017
    assert broken(asked(override_registered=True), recipients=2) == 3022
    assert broken(asked(override_registered=True, custom_recipients=[EMAIL])) is None


@pytest.mark.parametrize("set", ["main", "reminder"])
@pytest.mark.parametrize("member", ["email_subject", "email_body", "sms_body"])
def test_the_name_of_a_direct_address_is_not_known(set, member):
    naming = {set: texts(**{member: "Dear $recipientName$"})}

    assert broken(asked(custom_recipients=[EMAIL], **naming)) == 3015
    assert broken(asked(custom_recipients=[MOBILE], **naming)) == 3015
    assert broken(asked(custom_recipients=[NUMBER], **naming)) is None
    assert broken(asked(**naming)) is None


@pytest.mark.parametrize(
    ("channel", "needed", "main", "reminder"),
    [
        (Channel.Email, "email_subject email_body", 3002, 3003),
        (Channel.Sms, "sms_body", 3004, 3005),
        (Channel.EmailPreferred, "email_subject email_body sms_body", 3006, 3007),
        (Channel.SmsPreferred, "email_subject email_body sms_body", 3006, 3007),
        (Channel.EmailAndSms, "email_subject email_body sms_body", 3024, 3025),
    ],
)
@pytest.mark.parametrize("missing", ["email_subject", "email_body", "sms_body"])
def test_each_channel_needs_its_texts(channel, needed, main, reminder, missing):
    short = texts(channel, **{missing: " "})
    is_needed = missing in needed.split()

    assert broken(asked(main=short)) == (main if is_needed else None)
    assert broken(asked(reminder=short)) is None
    assert broken(asked(reminder=short, send_reminder=True)) == (reminder if is_needed else None)
    assert broken(asked(main=short, template=Template.GenericAltinnMessage)) is None


@pytest.mark.parametrize(
    ("address", "sound"),
    [
        ("kari@example.com", True),
        ("kari.nordmann+x@example.com", True),
        ('"kari nordmann"@example.com', True),
        ('"a@b"@example.com', True),
        ('"a\\"b"@example.com', True),
        ('"a"b"@example.com', False),
        ('"a;b"@example.com', False),
        ("a@example.com;b@example.com", False),
        ("a@example.com, b@example.com", False),
        ("Kari <kari@example.com>", False),
        ("kari", False),
        ("@example.com", False),
        ('""@example.com', False),
        ('"a"@', False),
    ],
)
def test_one_mailbox(address, sound):
    assert rules.is_mailbox(address) is sound
