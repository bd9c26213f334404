"""From the members of `notification` to what is asked for (correspondence contract 8.1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from correspondence.inputs import CustomRecipient, NewNotification, NotificationTexts
from correspondence.states import EmailContentType, NotificationTemplate
from notifications_platform.core.addresses import to_e164

_Members = Mapping[str, Any]


def new_notification(asked: _Members) -> NewNotification:
    """Defaults filled in: the reminder's channel and content type are those of the main one."""
    channel = asked["notificationChannel"]
    content_type = asked.get("emailContentType", EmailContentType.Plain)
    return NewNotification(
        template=asked.get("notificationTemplate", NotificationTemplate.CustomMessage),
        main=NotificationTexts(
            channel=channel,
            email_subject=asked.get("emailSubject", ""),
            email_body=asked.get("emailBody", ""),
            sms_body=asked.get("smsBody", ""),
            email_content_type=content_type,
        ),
        reminder=NotificationTexts(
            channel=asked.get("reminderNotificationChannel", channel),
            email_subject=asked.get("reminderEmailSubject", ""),
            email_body=asked.get("reminderEmailBody", ""),
            sms_body=asked.get("reminderSmsBody", ""),
            email_content_type=asked.get("reminderEmailContentType", content_type),
        ),
        send_reminder=asked.get("sendReminder", False),
        custom_recipients=[_custom_recipient(one) for one in _custom_recipients(asked)],
        override_registered=asked.get("overrideRegisteredContactInformation", False),
    )


def _custom_recipients(asked: _Members) -> Sequence[_Members]:
    """By the newest spelling that was sent."""
    given: Sequence[_Members] | None = asked.get("customRecipients")
    if given is not None:
        return given
    if "customRecipient" in asked:
        return [asked["customRecipient"]]
    older = asked.get("customNotificationRecipients") or [{}]
    deprecated: Sequence[_Members] = older[0].get("recipients", ())
    return deprecated


def _custom_recipient(given: _Members) -> CustomRecipient:
    mobile: str = given.get("mobileNumber", "")
    return CustomRecipient(
        email_address=given.get("emailAddress", "").strip(),
        mobile_number=to_e164(mobile) or mobile,
        organization_number=given.get("organizationNumber", ""),
        national_identity_number=given.get("nationalIdentityNumber", ""),
    )
