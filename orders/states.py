"""Statuses of an order, result words of a notification (orders contract 6 and 8)."""

from django.db import models

from notifications_platform.core.states import StateMachine
from notifications_platform.delivery.states import Channel, Reason, State

OWNER = "orders"


class NotificationChannel(models.TextChoices):
    """Wire words, chosen by the caller."""

    EMAIL = "Email"
    SMS = "Sms"
    EMAIL_PREFERRED = "EmailPreferred"
    SMS_PREFERRED = "SmsPreferred"
    EMAIL_AND_SMS = "EmailAndSms"

    @property
    def can_email(self) -> bool:
        return self is not NotificationChannel.SMS

    @property
    def can_sms(self) -> bool:
        return self is not NotificationChannel.EMAIL


class EmailContentType(models.TextChoices):
    PLAIN = "Plain"
    HTML = "Html"


class SendingTimePolicy(models.TextChoices):
    """When an SMS may leave. A v1 order has none: daytime hours, expiry by its send time."""

    ANYTIME = "Anytime"
    DAYTIME = "Daytime"


class OrderType(models.TextChoices):
    NOTIFICATION = "Notification"
    REMINDER = "Reminder"
    INSTANT = "Instant"
    COMPOSED = "Composed"


class OrderStatus(models.TextChoices):
    REGISTERED = "Registered"
    PROCESSING = "Processing"
    PROCESSED = "Processed"
    COMPLETED = "Completed"
    SEND_CONDITION_NOT_MET = "SendConditionNotMet"
    CANCELLED = "Cancelled"


_S = OrderStatus
ORDER: StateMachine[OrderStatus] = StateMachine(
    {
        _S.REGISTERED: {_S.PROCESSING, _S.CANCELLED},
        _S.PROCESSING: {_S.PROCESSED, _S.COMPLETED, _S.SEND_CONDITION_NOT_MET, _S.REGISTERED},
        _S.PROCESSED: {_S.COMPLETED},
        _S.COMPLETED: set(),
        _S.SEND_CONDITION_NOT_MET: set(),
        _S.CANCELLED: set(),
    }
)

# What v1 shows: it knows no `Processed`.
SHOWN_IN_V1 = {status: status for status in OrderStatus} | {_S.PROCESSED: _S.COMPLETED}

ORDER_DESCRIPTIONS = {
    _S.REGISTERED: "The order is stored and waits for its requested send time.",
    _S.PROCESSING: "Recipients are being looked up and notifications made.",
    _S.PROCESSED: "All notifications have been made.",
    _S.COMPLETED: "All notifications have been made.",
    _S.SEND_CONDITION_NOT_MET: "Stopped: the send condition was not met; nothing was sent.",
    _S.CANCELLED: "Stopped: the order was cancelled.",
}

_SENT = {Channel.EMAIL: "Succeeded", Channel.SMS: "Accepted"}
_FAILED = {
    Reason.RESERVED: ("Failed_RecipientReserved", "Failed_RecipientReserved"),
    Reason.NOT_IDENTIFIED: ("Failed_RecipientNotIdentified", "Failed_RecipientNotIdentified"),
    Reason.INVALID_ADDRESS: ("Failed_InvalidEmailFormat", "Failed_InvalidRecipient"),
    # The e-mail word is spelled so in the public contract.
    Reason.SUPPRESSED: ("Failed_SupressedRecipient", "Failed_BarredReceiver"),
    Reason.BOUNCED: ("Failed_Bounced", "Failed_Undelivered"),
    Reason.SPAM: ("Failed_FilteredSpam", "Failed_Rejected"),
    Reason.QUARANTINED: ("Failed_Quarantined", "Failed_Rejected"),
    Reason.REJECTED: ("Failed", "Failed_Rejected"),
    Reason.OPERATOR_EXPIRED: ("Failed", "Failed_Expired"),
    Reason.OPERATOR_DELETED: ("Failed", "Failed_Deleted"),
    Reason.EXPIRED: ("Failed_TTL", "Failed_TTL"),
}


def result(channel: str, state: str, reason: str) -> str:
    """The result word of a notification (orders contract 8)."""
    match state:
        case State.QUEUED:
            return "New"
        case State.CLAIMED:
            return "Sending"
        case State.SENT:
            return _SENT[Channel(channel)]
        case State.DELIVERED:
            return "Delivered"
    email, sms = _FAILED.get(Reason(reason), ("Failed", "Failed")) if reason else ("Failed",) * 2
    return email if channel == Channel.EMAIL else sms


def result_in_v1(channel: str, state: str, reason: str) -> str:
    """v1 summaries alone show our own expiry as plain `Failed` (orders contract 4.4)."""
    word = result(channel, state, reason)
    return "Failed" if word == "Failed_TTL" else word


RESULT_DESCRIPTIONS = {
    "New": "The {noun} has been made and waits to be sent.",
    "Sending": "The {noun} is being handed over.",
    "Succeeded": "The e-mail was taken by the mail service.",
    "Accepted": "The SMS was taken by the gateway.",
    "Delivered": "The {noun} was delivered.",
    "Failed": "The {noun} could not be delivered.",
    "Failed_RecipientReserved": "Not sent: the person is reserved against electronic messages.",
    "Failed_RecipientNotIdentified": "Not sent: no address is on file for the recipient.",
    "Failed_InvalidEmailFormat": "Not sent: the e-mail address was refused as malformed.",
    "Failed_InvalidRecipient": "Not sent: the number was refused as malformed.",
    "Failed_SupressedRecipient": "Not delivered: the address is on a suppression list.",
    "Failed_BarredReceiver": "Not delivered: the number is barred or not in use.",
    "Failed_Bounced": "The e-mail bounced.",
    "Failed_Undelivered": "Not delivered: there is no route to the number.",
    "Failed_FilteredSpam": "Not delivered: filtered as spam.",
    "Failed_Quarantined": "Not delivered: put aside by the receiver.",
    "Failed_Rejected": "Not delivered: the operator rejected the SMS.",
    "Failed_Expired": "Not delivered: its validity ran out at the operator.",
    "Failed_Deleted": "Not delivered: it was deleted at the operator.",
    "Failed_TTL": "Not delivered before it expired.",
}


def describe_result(channel: str, word: str) -> str:
    noun = "e-mail" if channel == Channel.EMAIL else "SMS"
    return RESULT_DESCRIPTIONS[word].format(noun=noun)
