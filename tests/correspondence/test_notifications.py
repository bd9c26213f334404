"""The orders a letter becomes: parties, texts, times, results (contract 8.1 to 8.4)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from correspondence.inputs import CustomRecipient, NewNotification, NotificationTexts
from correspondence.notifications import About, Planned, check_lengths, plan, result_of
from correspondence.requests.refusals import ShapeError
from correspondence.states import (
    EmailContentType,
    NotificationChannel,
    NotificationResult,
    NotificationTemplate,
)
from correspondence.wording import Own, Shared, Wording
from notifications_platform.registers.lookup import RegisterUnavailable
from orders.lookups import RecipientLookup
from orders.states import NotificationChannel as OrderChannel
from orders.states import OrderType

PUBLISHED = datetime(2031, 3, 4, 10, tzinfo=UTC)
LETTER = UUID("019a0c1e-5a70-7c31-8a55-0d6c3f1b2e01")
ORGANIZATION = "urn:altinn:organization:identifier-no:310131075"


def planned(asked: NewNotification, **about: Any) -> list[Planned]:
    """Of a letter to Demo Alt AS, or as `about` has it."""
    known = {
        "recipient_name": "Demo Alt AS",
        "senders_name": "Testdepartementet",
        "resource_name": "Letters",
        "title": "Decision",
        "language": "en",
        **about,
    }
    shared = Shared(
        **{name: known.pop(name) for name in ("language", "senders_name", "resource_name")},
        title=known["title"],
    )
    one = About(
        **{
            "correspondence_id": LETTER,
            "recipient": ORGANIZATION,
            "resource_id": "ttd-letters",
            "senders_reference": "2031/77",
            "creator": "ttd",
            "ignore_reservation": None,
            "publish_time": PUBLISHED,
            **known,
        }
    )
    return list(plan(asked, Wording(asked, shared), one))


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
    (main,) = planned(asked())
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
    main, reminder = planned(asked(send_reminder=True))
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
    parties = planned(asked(custom_recipients=custom))
    assert [dict(one.order.new.recipients[0]) for one in parties] == [
        {"organizationNumber": "310131075"},
        {"emailAddress": "kari@demo.example"},
        {"mobileNumber": "+4740000100"},
        {"nationalIdentityNumber": "17858296439"},
    ]
    assert len({one.order.idempotency_id for one in parties}) == 4


def test_with_the_override_only_custom_recipients_are_told():
    custom = (CustomRecipient(email_address="kari@demo.example"),)
    (only,) = planned(asked(custom_recipients=custom, override_registered=True))
    assert only.direct


def test_keywords_are_filled_in_once_and_what_they_bring_is_not_read_again():
    (main,) = planned(asked(), recipient_name="$sendersName$ AS", senders_name="Etaten")
    assert main.order.new.email_template is not None
    assert main.order.new.email_template["body"] == "For $sendersName$ AS"
    assert main.order.new.sms_template == {"senderNumber": "Altinn", "body": "A letter from Etaten"}


def test_keywords_of_orders_are_left_to_orders():
    texts = NotificationTexts(
        channel=NotificationChannel.Sms, sms_body="$recipientName$ $recipientNumber$"
    )
    (main,) = planned(asked(main=texts))
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
    first, second = planned(generic, language=language)
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
    (main,) = planned(asked(main=texts))
    assert main.order.new.email_template is not None
    assert main.order.new.email_template["subject"] == "One Bcc: x@y.example"
    assert main.order.new.email_template["contentType"] == "Html"


def test_markup_of_values_is_text_in_html_and_only_there():
    texts = NotificationTexts(
        channel=NotificationChannel.EmailAndSms,
        email_subject="$messageTitle$",
        email_body="<p>$correspondenceRecipientName$</p>",
        sms_body="$correspondenceRecipientName$",
        email_content_type=EmailContentType.Html,
    )
    (main,) = planned(asked(main=texts), recipient_name="A & <b>B</b>", title="1 < 2")
    assert main.order.new.email_template is not None
    assert main.order.new.email_template["body"] == "<p>A &amp; &lt;b&gt;B&lt;/b&gt;</p>"
    assert main.order.new.email_template["subject"] == "1 < 2"
    assert main.order.new.sms_template is not None
    assert main.order.new.sms_template["body"] == "A & <b>B</b>"


def test_what_is_filled_in_holds_no_keyword_for_orders():
    texts = NotificationTexts(channel=NotificationChannel.Sms, sms_body="$messageTitle$")
    (main,) = planned(asked(main=texts), title="About $recipientNumber$ and $recipientName$")
    body = (main.order.new.sms_template or {})["body"]
    assert "$recipientNumber$" not in body
    assert "$recipientName$" not in body
    assert body.replace("\u2060", "") == "About $recipientNumber$ and $recipientName$"


def test_a_text_that_names_no_recipient_is_filled_in_once():
    custom = tuple(CustomRecipient(organization_number=f"31000000{each}") for each in range(3))
    first, second, *_ = planned(asked(custom_recipients=custom), title="Decision")
    assert first.order.new.sms_template is second.order.new.sms_template
    assert first.order.new.email_template is second.order.new.email_template


@pytest.mark.parametrize(
    ("channel", "custom", "expected"),
    [
        ("Email", {"mobile_number": "+4740000100"}, OrderChannel.SMS),
        ("Sms", {"email_address": "kari@demo.example"}, OrderChannel.EMAIL),
        ("SmsPreferred", {"email_address": "kari@demo.example"}, OrderChannel.SMS_PREFERRED),
    ],
)
def test_a_custom_address_is_told_in_a_channel_that_can_use_it(channel, custom, expected):
    texts = NotificationTexts(channel=NotificationChannel[channel])
    notification = asked(main=texts, custom_recipients=(CustomRecipient(**custom),))
    main, other = planned(notification)
    assert (main.is_custom, other.is_custom) == (False, True)
    order = other.order.new
    assert order.channel is expected
    said = (order.email_template or order.sms_template or {})["body"]
    assert said.startswith("Testdepartementet has sent a letter to Demo Alt AS.")


def test_two_spellings_of_one_mailbox_are_told_once():
    custom = (
        CustomRecipient(email_address="Boss@demo.example"),
        CustomRecipient(email_address="boss@demo.example"),
    )
    _, only = planned(asked(custom_recipients=custom))
    assert only.order.new.recipients == [{"emailAddress": "Boss@demo.example"}]


def test_limits_hold_for_what_is_sent_and_each_place_is_named():
    texts = NotificationTexts(
        channel=NotificationChannel.EmailAndSms,
        email_subject="x" * 512,
        email_body="x" * 9_984 + " $messageTitle$",
        sms_body="$correspondenceRecipientName$" * 54,
    )
    notification = asked(main=texts, reminder=texts, send_reminder=True)
    shared = Shared(language="en", senders_name="S", resource_name="R", title="y" * 15)
    wording = Wording(notification, shared)
    check_lengths(notification, wording, [Own(name="A" * 39, title="")])
    with pytest.raises(ShapeError) as refused:
        check_lengths(
            notification, wording, [Own(name="A", title=""), Own(name="A" * 40, title="")]
        )
    assert [one.dotted for one in refused.value.errors] == [
        "correspondence.notification.smsBody",
        "correspondence.notification.reminderSmsBody",
    ]
    assert "2160" in refused.value.errors[0].detail


@pytest.mark.parametrize(
    ("lookup", "result"),
    [
        (None, NotificationResult.Success),
        (True, NotificationResult.Success),
        (False, NotificationResult.MissingContact),
        (RegisterUnavailable(), NotificationResult.Failure),
    ],
)
def test_the_result_says_whether_a_contact_point_is_known(lookup, result):
    (main,) = planned(asked())
    if isinstance(lookup, bool):
        lookup = RecipientLookup(
            status="Failed", is_reserved=[], missing_contact=[], reaches_some=lookup
        )
    assert result_of(main, lookup) is result


def test_an_address_of_the_sender_is_always_a_success():
    custom = (CustomRecipient(email_address="kari@demo.example"),)
    (only,) = planned(asked(custom_recipients=custom, override_registered=True))
    assert result_of(only, None) is NotificationResult.Success
