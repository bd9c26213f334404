"""Bodies of the answers, for the served schema (correspondence contract 4.4, 5.3, 6, 8.6);
presenters.py makes them. What has no value is null, never left out.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from correspondence.states import (
    AttachmentStatus,
    CorrespondenceStatus,
    NotificationResult,
    ReferenceType,
)
from notifications_platform.http.schema import OneOf

Answer = serializers.Serializer[Any]
_STATUSES = [status.name for status in CorrespondenceStatus]
_ATTACHMENT_STATUSES = [status.name for status in AttachmentStatus]
_RESULTS = [result.value for result in NotificationResult]


def _text(help_text: str = "", *, null: bool = False) -> serializers.CharField:
    return serializers.CharField(help_text=help_text or None, allow_null=null, allow_blank=True)


def _time(help_text: str = "UTC.", *, null: bool = False) -> serializers.DateTimeField:
    return serializers.DateTimeField(help_text=help_text, allow_null=null)


def _truth(help_text: str = "", *, null: bool = False) -> serializers.BooleanField:
    return serializers.BooleanField(help_text=help_text or None, allow_null=null)


# --- initialize ----------------------------------------------------------------------------
class NotifiedAnswer(Answer):
    orderId = serializers.UUIDField(help_text="All zeros where making the order failed.")
    isReminder = _truth()
    status = OneOf("NotificationResult", _RESULTS)


class InitializedCorrespondenceAnswer(Answer):
    correspondenceId = serializers.UUIDField()
    status = OneOf("CorrespondenceStatus", _STATUSES)
    recipient = _text("Organisations as `0192:` and their number, persons as a urn.")
    notifications = NotifiedAnswer(many=True)


class InitializedAnswer(Answer):
    """One correspondence per recipient, in the order of the request."""

    correspondences = InitializedCorrespondenceAnswer(many=True)
    attachmentIds = serializers.ListField(child=serializers.UUIDField())


@extend_schema_serializer(many=False)
class IdsAnswer(Answer):
    ids = serializers.ListField(child=serializers.UUIDField(), max_length=1000)


# --- overview ------------------------------------------------------------------------------
class LetterAttachmentAnswer(Answer):
    id = serializers.UUIDField()
    fileName = _text()
    displayName = _text(null=True)
    isEncrypted = _truth()
    checksum = _text("MD5, lower-case hex; empty while unknown.")
    sendersReference = _text()
    expirationInDays = serializers.IntegerField(allow_null=True)
    expirationTime = _time("From then on it cannot be downloaded.", null=True)
    dataLocationType = OneOf("DataLocationType", ["AltinnCorrespondenceAttachment"])
    created = _time()
    status = OneOf("AttachmentStatus", _ATTACHMENT_STATUSES)
    statusText = _text()
    statusChanged = _time()
    dataType = _text("Media type, by the file's name.")


class ContentAnswer(Answer):
    """Blank for the sender from publication on."""

    language = OneOf("ContentLanguage", ["nb", "nn", "en"])
    messageTitle = _text()
    messageSummary = _text()
    messageBody = _text("Markdown.")
    attachments = LetterAttachmentAnswer(many=True)


class ExternalReferenceAnswer(Answer):
    referenceValue = _text()
    referenceType = OneOf("ReferenceType", [one.name for one in ReferenceType])


class ReplyOptionAnswer(Answer):
    linkURL = serializers.URLField()
    linkText = _text(null=True)


class NotificationOrderAnswer(Answer):
    notificationOrderId = serializers.UUIDField()
    isReminder = _truth()


class LetterMembersAnswer(Answer):
    correspondenceId = serializers.UUIDField()
    resourceId = _text()
    sender = _text("A urn.")
    sendersReference = _text()
    messageSender = _text("Shown instead of the owner's name; empty if not given.")
    recipient = _text("A urn.")
    content = ContentAnswer()
    requestedPublishTime = _time()
    dueDateTime = _time(null=True)
    externalReferences = ExternalReferenceAnswer(many=True)
    propertyList = serializers.DictField(child=serializers.CharField(allow_blank=True))
    replyOptions = ReplyOptionAnswer(many=True)
    notification = serializers.JSONField(allow_null=True, help_text="Always null.")
    ignoreReservation = _truth(null=True)
    isConfirmationNeeded = _truth()
    isConfidential = _truth()
    allowForwarding = _truth()
    created = _time()
    published = _time(null=True)
    read = _time("When it was read first.", null=True)
    status = OneOf("CorrespondenceStatus", _STATUSES)
    statusText = _text()
    statusChanged = _time()
    altinn2CorrespondenceId = serializers.IntegerField(allow_null=True, help_text="Always null.")


class CorrespondenceOverviewAnswer(LetterMembersAnswer):
    notifications = NotificationOrderAnswer(many=True)


# --- details -------------------------------------------------------------------------------
class OrderProcessingAnswer(Answer):
    status = _text("As `orders` version 1 says it.")
    description = _text()
    lastUpdate = _time()


class NotifiedPartyAnswer(Answer):
    emailAddress = _text(null=True)
    mobileNumber = _text(null=True)
    organizationNumber = _text(null=True)
    nationalIdentityNumber = _text(null=True)
    isReserved = _truth()


class NotificationSentAnswer(Answer):
    id = serializers.UUIDField()
    succeeded = _truth()
    recipient = NotifiedPartyAnswer()
    sendStatus = OrderProcessingAnswer()


class NotificationStatusDetailsAnswer(Answer):
    """The newest of each kind, and all."""

    email = NotificationSentAnswer(allow_null=True)
    sms = NotificationSentAnswer(allow_null=True)
    emails = NotificationSentAnswer(many=True)
    smses = NotificationSentAnswer(many=True)


class LetterNotificationAnswer(Answer):
    id = serializers.UUIDField(help_text="The order's id.")
    sendersReference = _text(null=True)
    creator = _text()
    created = _time()
    isReminder = _truth()
    notificationChannel = _text()
    ignoreReservation = _truth(null=True)
    resourceId = _text(null=True)
    processingStatus = OrderProcessingAnswer()
    notificationStatusDetails = NotificationStatusDetailsAnswer(
        allow_null=True, help_text="Null before sending."
    )


class StatusEntryAnswer(Answer):
    status = OneOf("CorrespondenceStatus", _STATUSES)
    statusText = _text()
    statusChanged = _time()


class CorrespondenceDetailsAnswer(LetterMembersAnswer):
    notifications = LetterNotificationAnswer(many=True)
    statusHistory = StatusEntryAnswer(many=True, help_text="Oldest first.")
    systemLabel = OneOf("SystemLabel", ["Default"])


class SendNotificationAnswer(Answer):
    sendNotification = _truth()


# --- attachments ---------------------------------------------------------------------------
class AttachmentOverviewAnswer(Answer):
    attachmentId = serializers.UUIDField()
    resourceId = _text()
    sender = _text("A urn.")
    fileName = _text()
    displayName = _text(null=True)
    isEncrypted = _truth()
    checksum = _text("MD5, lower-case hex; empty while unknown.")
    sendersReference = _text()
    expirationInDays = serializers.IntegerField(allow_null=True)
    status = OneOf("AttachmentStatus", _ATTACHMENT_STATUSES)
    statusText = _text()
    statusChanged = _time()
    correspondenceIds = serializers.ListField(child=serializers.UUIDField())
    dataType = _text("Media type, by the file's name.")


class AttachmentStatusEntryAnswer(Answer):
    status = OneOf("AttachmentStatus", _ATTACHMENT_STATUSES)
    statusText = _text()
    statusChanged = _time()


class AttachmentDetailsAnswer(AttachmentOverviewAnswer):
    statusHistory = AttachmentStatusEntryAnswer(many=True, help_text="Oldest first.")
