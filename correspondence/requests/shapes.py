"""Bodies of requests, by their wire names (correspondence contract 4.1, 4.2, 5.1, 8.1).

Member names match in any case, unknown members are ignored, null means absent, enums are read by
name in any case or by number.
"""

from collections.abc import Mapping
from typing import Any

from correspondence.file_names import LONGEST_FILE_NAME
from correspondence.inputs import LONGEST_BODY, LONGEST_LINK, LONGEST_SUMMARY, LONGEST_TITLE
from correspondence.requests.members import (
    CheckedShape,
    Id,
    Many,
    Named,
    Party,
    Pattern,
    Template,
    Text,
    TextByKey,
    Time,
    Whole,
)
from correspondence.states import (
    EmailContentType,
    NotificationChannel,
    NotificationTemplate,
    ReferenceType,
    TransmissionType,
    named,
)
from notifications_platform.http.wire import Shape, Truth

MOST_RECIPIENTS = 500
_NAME = 255
_REFERENCE = 4096
_SUBJECT, _EMAIL_BODY, _SMS_BODY = 512, 10_000, 2_144
# Reminders and expiry count on from the time of publishing, and no date has five digits.
_BEFORE_YEAR, _MOST_DAYS = 9000, 100_000


class NewAttachmentShape(Shape):
    """A new file of the letter itself. `dataLocationType` is ignored."""

    fileName = Text(most=LONGEST_FILE_NAME, too_long=2011, required=True, by_rule=True)
    displayName = Text(most=_NAME)
    sendersReference = Text(most=_REFERENCE, required=True)
    isEncrypted = Truth(help_text="For information only.")
    checksum = Pattern(
        "[0-9a-f]{32}",
        "An MD5 checksum of 32 lower-case hexadecimal digits is needed here.",
        help_text="MD5; checked when the file is uploaded.",
    )
    expirationInDays = Whole(most=_MOST_DAYS, help_text="Never, if left out.")


class AttachmentShape(NewAttachmentShape):
    """A file that letters may share."""

    resourceId = Text(most=_NAME, required=True)
    sender = Text(help_text="Ignored: the sender is the resource's service owner.")


class ContentShape(Shape):
    """What the recipient reads. `{{recipientName}}` in title, summary and body is replaced."""

    language = Text(help_text="`nb`, `nn` or `en`, in any case; `nb` if left out.")
    messageTitle = Text(
        required=True, by_rule=True, help_text="Plain text.", said={"maxLength": LONGEST_TITLE}
    )
    messageSummary = Text(said={"maxLength": LONGEST_SUMMARY})
    messageBody = Text(
        required=True,
        by_rule=True,
        help_text="Markdown without HTML.",
        said={"maxLength": LONGEST_BODY},
    )
    attachments = Many(NewAttachmentShape(), help_text="New files, in a multipart body only.")


class ExternalReferenceShape(CheckedShape):
    """Something in another system that the letter belongs to."""

    referenceValue = Text(required=True)
    referenceType = Named(ReferenceType, required=True)

    def wrong(self, members: Mapping[str, Any]) -> str:
        kind = members.get("referenceType")
        if kind is ReferenceType.DialogportenTransmissionId:
            return "A DialogportenTransmissionId is not for senders to give."
        if kind is ReferenceType.DialogportenTransmissionType and not named(
            TransmissionType, members.get("referenceValue")
        ):
            return f"The value must be one of {', '.join(one.name for one in TransmissionType)}."
        return ""


class ReplyOptionShape(Shape):
    """Where the recipient may answer."""

    linkURL = Text(
        required=True,
        by_rule=True,
        help_text="An absolute https address.",
        said={"maxLength": LONGEST_LINK, "format": "uri"},
    )
    linkText = Text()


class CustomRecipientShape(Shape):
    """Exactly one of the four."""

    emailAddress = Text()
    mobileNumber = Text()
    organizationNumber = Pattern("[0-9]{9}", "Exactly nine digits are needed here.")
    nationalIdentityNumber = Pattern("[0-9]{11}", "Exactly eleven digits are needed here.")


class CustomNotificationRecipientShape(Shape):
    """Deprecated: `customRecipients`."""

    recipients = Many(CustomRecipientShape(), most=MOST_RECIPIENTS)


class NotificationShape(Shape):
    """How the recipient is told of the letter. `CustomMessage` needs all texts of its channel."""

    notificationTemplate = Template(NotificationTemplate, help_text="`CustomMessage` if left out.")
    notificationChannel = Named(NotificationChannel, required=True)
    reminderNotificationChannel = Named(NotificationChannel)
    emailSubject = Text(most=_SUBJECT)
    emailBody = Text(most=_EMAIL_BODY)
    emailContentType = Named(EmailContentType, help_text="`Plain` if left out.")
    smsBody = Text(most=_SMS_BODY)
    sendReminder = Truth()
    reminderEmailSubject = Text(most=_SUBJECT)
    reminderEmailBody = Text(most=_EMAIL_BODY)
    reminderEmailContentType = Named(EmailContentType)
    reminderSmsBody = Text(most=_SMS_BODY)
    customRecipients = Many(CustomRecipientShape(), most=MOST_RECIPIENTS)
    overrideRegisteredContactInformation = Truth(
        help_text="Whether the custom recipients are told instead of the recipient."
    )
    customRecipient = CustomRecipientShape(
        required=False, allow_null=True, help_text="Deprecated: `customRecipients`."
    )
    customNotificationRecipients = Many(
        CustomNotificationRecipientShape(), help_text="Deprecated: `customRecipients`."
    )


class CorrespondenceShape(Shape):
    """The letter."""

    resourceId = Text(most=_NAME, required=True)
    sender = Text(help_text="Ignored: the sender is the resource's service owner.")
    sendersReference = Text(most=_REFERENCE, required=True)
    messageSender = Text(most=_NAME, help_text="Plain text, shown instead of the owner's name.")
    content = ContentShape(required=True)
    requestedPublishTime = Time(before_year=_BEFORE_YEAR)
    dueDateTime = Time()
    allowSystemDeleteAfter = Time()
    externalReferences = Many(ExternalReferenceShape(), most=10)
    propertyList = TextByKey(most=10, longest_key=50, longest_value=300)
    replyOptions = Many(ReplyOptionShape())
    notification = NotificationShape(required=False, allow_null=True)
    ignoreReservation = Truth()
    isConfirmationNeeded = Truth()
    isConfidential = Truth()
    allowForwarding = Truth()


class InitializeShape(Shape):
    """One letter for all its recipients."""

    correspondence = CorrespondenceShape(required=True)
    recipients = Many(Party(), most=MOST_RECIPIENTS, required=True)
    existingAttachments = Many(Id(), help_text="Ids of published attachments of your own.")
    idempotentKey = Id(zero=1033, help_text="With a single recipient only.")
