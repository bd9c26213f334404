"""The orders a letter becomes: parties, texts, times, results (contract 8.1 to 8.4)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from correspondence.inputs import CustomRecipient, NewNotification, NotificationTexts
from correspondence.notifications import About, plan, result_of
from correspondence.states import (
    EmailContentType,
    NotificationChannel,
    NotificationResult,
    NotificationTemplate,
)
from orders.lookups import RecipientLookup
from orders.states import NotificationChannel as OrderChannel
from orders.states import OrderType

PUBLISHED = datetime(2031, 3, 4, 10, tzinfo=UTC)
LETTER = UUID("019a0c1e-5a70-7c31-8a55-0d6c3f1b2e01")
ORGANIZATION = "urn:altinn:organization:identifier-no:310131075"


def about(**changes: object) -> About:
    values: dict[str, object] = {
        "correspondence_id": LETTER,
        "recipient": ORGANIZATION,
        "recipient_name": "Demo Alt AS",
        "senders_name": "Testdepartementet",
        "resource_id": "ttd-letters",
        "resource_name": "Letters",
        "title": "Decision",
        "language": "en",
        "senders_reference": "2031/77",
        "creator": "ttd",
        "ignore_reservation": None,
        "publish_time": PUBLISHED,
    }
    return About(**{**values, **changes})  # type: ignore[arg-type]


def asked(**changes: object) -> NewNotification:
    texts = NotificationTexts(
        channel=NotificationChannel.EmailPreferred,
        email_subject="New letter",
        email_body="For $correspondenceRecipientName$",
        sms_body="A letter from $sendersName$",
    )
    values: dict[str, object] = {
        "template": NotificationTemplate.CustomMessage,
        "main": texts,
        "reminder": texts,
    }
    return NewNotification(**{**values, **changes})  # type: ignore[arg-type]


def test_one_recipient_gives_a_main_order_on_hold_at_the_publish_time():
    (main,) = plan(asked(), about())
    order = main.order
    assert order.new.recipients == [{"organizationNumber": "310131075"}]
    assert order.new.requested_send_time == PUBLISHED
    assert order.new.senders_reference == "corr-2031/77"
    assert order.new.resource_id == "ttd-letters"
    assert order.new.channel is OrderChannel.EMAIL_PREFERRED
    assert (order.creator, order.on_hold, order.type) == ("ttd", True, OrderType.NOTIFICATION)
    assert order.condition_subject == f"{LETTER}:main"
    assert not main.is_reminder


def test_a_reminder_is_an_order_of_its_own_seven_days_later():
    main, reminder = plan(asked(send_reminder=True), about())
    assert reminder.is_reminder
    assert reminder.order.type is OrderType.REMINDER
    assert reminder.order.new.requested_send_time == PUBLISHED + timedelta(days=7)
    assert reminder.order.condition_subject == f"{LETTER}:reminder"
    assert reminder.order.idempotency_id != main.order.idempotency_id


def test_custom_recipients_are_told_besides_and_each_party_once():
    custom = (
        CustomRecipient(email_address="kari@demo.example"),
        CustomRecipient(mobile_number="+4740000100"),
        CustomRecipient(email_address="kari@demo.example"),
        CustomRecipient(organization_number="310131075"),
        CustomRecipient(national_identity_number="17858296439"),
    )
    planned = list(plan(asked(custom_recipients=custom), about()))
    assert [dict(one.order.new.recipients[0]) for one in planned] == [
        {"organizationNumber": "310131075"},
        {"emailAddress": "kari@demo.example"},
        {"mobileNumber": "+4740000100"},
        {"nationalIdentityNumber": "17858296439"},
    ]
    assert len({one.order.idempotency_id for one in planned}) == 4


def test_with_the_override_only_custom_recipients_are_told():
    custom = (CustomRecipient(email_address="kari@demo.example"),)
    (only,) = plan(asked(custom_recipients=custom, override_registered=True), about())
    assert only.direct


def test_keywords_are_filled_in_once_and_what_they_bring_is_not_read_again():
    (main,) = plan(asked(), about(recipient_name="$sendersName$ AS", senders_name="Etaten"))
    assert main.order.new.email_template is not None
    assert main.order.new.email_template["body"] == "For $sendersName$ AS"
    assert main.order.new.sms_template == {"senderNumber": "Altinn", "body": "A letter from Etaten"}


def test_keywords_of_orders_are_left_to_orders():
    texts = NotificationTexts(
        channel=NotificationChannel.Sms, sms_body="$recipientName$ $recipientNumber$"
    )
    (main,) = plan(asked(main=texts), about())
    assert main.order.new.email_template is None
    assert main.order.new.sms_template is not None
    assert main.order.new.sms_template["body"] == "$recipientName$ $recipientNumber$"


@pytest.mark.parametrize(
    ("language", "subject", "reminder"),
    [
        ("en", "New letter for Demo Alt AS Hello", "Reminder: New letter for Demo Alt AS Hello"),
        ("nb", "Nytt brev til Demo Alt AS Hello", "Påminnelse: Nytt brev til Demo Alt AS Hello"),
        ("nn", "Nytt brev til Demo Alt AS Hello", "Påminning: Nytt brev til Demo Alt AS Hello"),
    ],
)
def test_the_generic_template_comes_in_three_languages(language, subject, reminder):
    texts = NotificationTexts(channel=NotificationChannel.Email, email_subject="Hello")
    generic = asked(
        template=NotificationTemplate.GenericAltinnMessage,
        main=texts,
        reminder=texts,
        send_reminder=True,
    )
    first, second = plan(generic, about(language=language))
    assert first.order.new.email_template is not None
    assert second.order.new.email_template is not None
    assert first.order.new.email_template["subject"] == subject
    assert second.order.new.email_template["subject"] == reminder
    assert "{textToken}" not in first.order.new.email_template["body"]


def test_a_subject_stays_on_one_line_and_html_is_told():
    texts = NotificationTexts(
        channel=NotificationChannel.Email,
        email_subject="One\r\nBcc: x@y.example",
        email_body="<p>Hello</p>",
        email_content_type=EmailContentType.Html,
    )
    (main,) = plan(asked(main=texts), about())
    assert main.order.new.email_template is not None
    assert main.order.new.email_template["subject"] == "One Bcc: x@y.example"
    assert main.order.new.email_template["contentType"] == "Html"


@pytest.mark.parametrize(
    ("status", "result"),
    [
        ("Success", NotificationResult.Success),
        ("PartialSuccess", NotificationResult.Success),
        ("Failed", NotificationResult.MissingContact),
    ],
)
def test_the_result_says_whether_a_contact_point_is_known(status, result):
    (main,) = plan(asked(), about())
    lookup = RecipientLookup(status=status, is_reserved=[], missing_contact=[])
    assert result_of(main, lookup) is result


def test_an_address_of_the_sender_is_always_a_success():
    custom = (CustomRecipient(email_address="kari@demo.example"),)
    (only,) = plan(asked(custom_recipients=custom, override_registered=True), about())
    assert result_of(only, None) is NotificationResult.Success
