"""Bodies of the v1 requests and answers, by their wire names (orders contract 4 and 5)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications_platform.http.wire import Member, Shape, Text, Time, Truth, Word, WrongType
from orders.states import (
    RESULT_DESCRIPTIONS,
    EmailContentType,
    NotificationChannel,
    OrderStatus,
)


class RecipientShape(Shape):
    emailAddress = Text(help_text="Exactly one address.")
    mobileNumber = Text(help_text="With its country: +47… or 0047….")
    organizationNumber = Text(help_text="Nine digits.")
    nationalIdentityNumber = Text(help_text="Eleven digits.")


_RECIPIENT_MEMBERS: dict[str, str] = {
    str(name).lower(): str(name) for name in RecipientShape().fields
}


@extend_schema_field(RecipientShape(many=True))
class Recipients(Member):
    """A list of recipients, read without a serializer each: there may be ten thousand."""

    def to_internal_value(self, data: Any) -> list[dict[str, str]]:
        if not isinstance(data, list):
            raise WrongType("A list of recipients is needed here.")
        return [_recipient(item, index) for index, item in enumerate(data)]


def _recipient(item: Any, index: int) -> dict[str, str]:
    if not isinstance(item, Mapping):
        raise WrongType("An object is needed here.", f"[{index}]")
    recipient: dict[str, str] = {}
    for sent, value in item.items():
        name = _RECIPIENT_MEMBERS.get(sent.lower())
        if name is None:
            continue
        if value is None:
            recipient.pop(name, None)
        elif isinstance(value, str):
            recipient[name] = value
        else:
            raise WrongType("A string is needed here.", f"[{index}].{name}")
    return recipient


class _CommonShape(Shape):
    sendersReference = Text()
    requestedSendTime = Time(help_text="With Z or an offset; the moment of placing if left out.")
    recipients = Recipients()
    ignoreReservation = Truth()
    resourceId = Text()
    resourceAction = Text(help_text="Only with a resourceId; read if left out.")
    conditionEndpoint = Text(help_text="Asked before sending; may answer that it is not needed.")


class EmailTemplateShape(Shape):
    fromAddress = Text()
    subject = Text(help_text="Required. May hold $recipientName$ and $recipientNumber$.")
    body = Text(help_text="Required. May hold $recipientName$ and $recipientNumber$.")
    contentType = Word(EmailContentType)


class SmsTemplateShape(Shape):
    senderNumber = Text()
    body = Text(help_text="Required. May hold $recipientName$ and $recipientNumber$.")


class OrderShape(_CommonShape):
    """POST /orders: the channel is chosen in the body."""

    notificationChannel = Word(NotificationChannel)
    emailTemplate = EmailTemplateShape(required=False, allow_null=True)
    smsTemplate = SmsTemplateShape(required=False, allow_null=True)


class EmailOrderShape(_CommonShape):
    """POST /orders/email"""

    subject = Text(help_text="Required.")
    body = Text(help_text="Required.")
    contentType = Word(EmailContentType)


class SmsOrderShape(_CommonShape):
    """POST /orders/sms"""

    senderNumber = Text()
    body = Text(help_text="Required.")


# --- answers: for the served schema; presenters.py makes them ------------------------------


class LookupAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=["Success", "PartialSuccess", "Failed"])
    isReserved = serializers.ListField(child=serializers.CharField())
    missingContact = serializers.ListField(child=serializers.CharField())


class ReceiptAnswer(serializers.Serializer[Any]):
    orderId = serializers.UUIDField()
    recipientLookup = LookupAnswer(required=False)


class OrderLinks(serializers.Serializer[Any]):
    self = serializers.URLField()
    status = serializers.URLField()


class _OrderMembers(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    creator = serializers.CharField()
    sendersReference = serializers.CharField(required=False)
    requestedSendTime = serializers.DateTimeField()
    created = serializers.DateTimeField()
    notificationChannel = serializers.ChoiceField(choices=NotificationChannel.choices)
    ignoreReservation = serializers.BooleanField(required=False)
    resourceId = serializers.CharField(required=False)
    resourceAction = serializers.CharField(required=False)
    conditionEndpoint = serializers.CharField(required=False)


class RecipientAnswer(serializers.Serializer[Any]):
    emailAddress = serializers.CharField(required=False)
    mobileNumber = serializers.CharField(required=False)
    organizationNumber = serializers.CharField(required=False)
    nationalIdentityNumber = serializers.CharField(required=False)


class EmailTemplateAnswer(serializers.Serializer[Any]):
    fromAddress = serializers.CharField()
    subject = serializers.CharField()
    body = serializers.CharField()
    contentType = serializers.ChoiceField(choices=EmailContentType.choices)


class SmsTemplateAnswer(serializers.Serializer[Any]):
    senderNumber = serializers.CharField()
    body = serializers.CharField()


class OrderAnswer(_OrderMembers):
    recipients = RecipientAnswer(many=True)
    emailTemplate = EmailTemplateAnswer(required=False)
    smsTemplate = SmsTemplateAnswer(required=False)
    links = OrderLinks()


class OrderListAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    orders = OrderAnswer(many=True)


class ProcessingStatus(serializers.Serializer[Any]):
    status = serializers.ChoiceField(
        choices=[word for word in OrderStatus.values if word != OrderStatus.PROCESSED]
    )
    description = serializers.CharField()
    lastUpdate = serializers.DateTimeField()


class SelfLink(serializers.Serializer[Any]):
    self = serializers.URLField()


class ChannelCounts(serializers.Serializer[Any]):
    links = SelfLink()
    generated = serializers.IntegerField()
    succeeded = serializers.IntegerField()


class StatusSummary(serializers.Serializer[Any]):
    email = ChannelCounts(required=False)
    sms = ChannelCounts(required=False)


class OrderWithStatusAnswer(_OrderMembers):
    processingStatus = ProcessingStatus()
    notificationsStatusSummary = StatusSummary(required=False)


class SendStatus(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=list(RESULT_DESCRIPTIONS))
    description = serializers.CharField()
    lastUpdate = serializers.DateTimeField()


class NotificationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    succeeded = serializers.BooleanField()
    recipient = RecipientAnswer()
    sendStatus = SendStatus()


class SummaryAnswer(serializers.Serializer[Any]):
    orderId = serializers.UUIDField()
    sendersReference = serializers.CharField(required=False)
    generated = serializers.IntegerField()
    succeeded = serializers.IntegerField()
    notifications = NotificationAnswer(many=True)
