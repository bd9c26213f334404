"""Bodies of the v1 answers, for the served schema (orders contract 4); presenters.py makes them.

What has no value is left out, so a member that is not required is never null.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from notifications_platform.delivery.states import Channel, Reason, State
from notifications_platform.http.schema import OneOf
from orders.states import (
    RESULT_DESCRIPTIONS,
    SHOWN_IN_V1,
    EmailContentType,
    NotificationChannel,
    result_in_v1,
)


def _results(channel: Channel) -> list[str]:
    """Every word that a summary of this channel can show."""
    shown = {result_in_v1(channel, state, reason) for state in State for reason in ("", *Reason)}
    return [word for word in RESULT_DESCRIPTIONS if word in shown]


def _optional(help_text: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, help_text=help_text or None)


# --- placing -------------------------------------------------------------------------------


class RecipientLookupAnswer(serializers.Serializer[Any]):
    """What the registers said at placing about the recipients without an address of their own."""

    status = OneOf(
        "RecipientLookupStatus",
        ["Success", "PartialSuccess", "Failed"],
        help_text="Whether all, some or none of them can be reached.",
    )
    isReserved = serializers.ListField(
        child=serializers.CharField(), help_text="National identity numbers of reserved persons."
    )
    missingContact = serializers.ListField(
        child=serializers.CharField(), help_text="Numbers with nothing on file for the channel."
    )


class OrderReceiptAnswer(serializers.Serializer[Any]):
    orderId = serializers.UUIDField()
    recipientLookup = RecipientLookupAnswer(
        required=False,
        help_text="Only if somebody had to be looked up. The order is accepted whatever it says;"
        " the look-up is made again at sending time.",
    )


# --- orders --------------------------------------------------------------------------------


class OrderMembersAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    creator = serializers.CharField(help_text="Short name of the service owner.")
    sendersReference = _optional()
    requestedSendTime = serializers.DateTimeField(help_text="UTC.")
    created = serializers.DateTimeField(help_text="UTC.")
    notificationChannel = OneOf("NotificationChannel", NotificationChannel.values)
    ignoreReservation = serializers.BooleanField(required=False)
    resourceId = _optional()
    resourceAction = _optional()
    conditionEndpoint = _optional()


class RecipientAnswer(serializers.Serializer[Any]):
    """As placed, never with what was looked up."""

    emailAddress = _optional()
    mobileNumber = _optional()
    organizationNumber = _optional()
    nationalIdentityNumber = _optional()


class EmailTemplateAnswer(serializers.Serializer[Any]):
    fromAddress = serializers.CharField()
    subject = serializers.CharField(help_text="With its keywords, and each line break a space.")
    body = serializers.CharField(help_text="With its keywords.")
    contentType = OneOf("EmailContentType", EmailContentType.values)


class SmsTemplateAnswer(serializers.Serializer[Any]):
    senderNumber = serializers.CharField()
    body = serializers.CharField(help_text="With its keywords.")


class OrderLinksAnswer(serializers.Serializer[Any]):
    self = serializers.URLField()
    status = serializers.URLField()


class OrderAnswer(OrderMembersAnswer):
    """An order as placed."""

    recipients = RecipientAnswer(many=True)
    emailTemplate = EmailTemplateAnswer(required=False)
    smsTemplate = SmsTemplateAnswer(required=False)
    links = OrderLinksAnswer()


@extend_schema_serializer(many=False)
class OrderListAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField(min_value=0)
    orders = OrderAnswer(many=True)


# --- status --------------------------------------------------------------------------------


class ProcessingStatusAnswer(serializers.Serializer[Any]):
    status = OneOf("OrderStatus", dict.fromkeys(SHOWN_IN_V1.values()))
    description = serializers.CharField()
    lastUpdate = serializers.DateTimeField(help_text="UTC; `created` until something happens.")


class SummaryLinksAnswer(serializers.Serializer[Any]):
    self = serializers.URLField()


class ChannelCountsAnswer(serializers.Serializer[Any]):
    links = SummaryLinksAnswer()
    generated = serializers.IntegerField(min_value=1)
    succeeded = serializers.IntegerField(min_value=0)


class NotificationCountsAnswer(serializers.Serializer[Any]):
    """A channel is there only if it has a notification."""

    email = ChannelCountsAnswer(required=False)
    sms = ChannelCountsAnswer(required=False)


class OrderWithStatusAnswer(OrderMembersAnswer):
    """An order without its recipients and texts, and how far it has come."""

    processingStatus = ProcessingStatusAnswer()
    notificationsStatusSummary = NotificationCountsAnswer(
        required=False, help_text="Only once there are notifications."
    )


# --- summaries -----------------------------------------------------------------------------


class EmailStatusAnswer(serializers.Serializer[Any]):
    status = OneOf("EmailResult", _results(Channel.EMAIL))
    description = serializers.CharField()
    lastUpdate = serializers.DateTimeField(help_text="UTC.")


class SmsStatusAnswer(serializers.Serializer[Any]):
    status = OneOf("SmsResult", _results(Channel.SMS))
    description = serializers.CharField()
    lastUpdate = serializers.DateTimeField(help_text="UTC.")


class _NumbersAnswer(serializers.Serializer[Any]):
    organizationNumber = _optional("If the recipient was given by it.")
    nationalIdentityNumber = _optional("If the recipient was given by it.")


class EmailRecipientAnswer(_NumbersAnswer):
    emailAddress = serializers.CharField(
        allow_blank=True, help_text="The address used; empty where there was none to use."
    )


class SmsRecipientAnswer(_NumbersAnswer):
    mobileNumber = serializers.CharField(
        allow_blank=True, help_text="The number used; empty where there was none to use."
    )


class EmailNotificationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    succeeded = serializers.BooleanField()
    recipient = EmailRecipientAnswer()
    sendStatus = EmailStatusAnswer()


class SmsNotificationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    succeeded = serializers.BooleanField()
    recipient = SmsRecipientAnswer()
    sendStatus = SmsStatusAnswer()


class _SummaryAnswer(serializers.Serializer[Any]):
    orderId = serializers.UUIDField()
    sendersReference = _optional()
    generated = serializers.IntegerField(min_value=0)
    succeeded = serializers.IntegerField(min_value=0)


class EmailSummaryAnswer(_SummaryAnswer):
    notifications = EmailNotificationAnswer(many=True)


class SmsSummaryAnswer(_SummaryAnswer):
    notifications = SmsNotificationAnswer(many=True)
