"""Bodies of the v1 requests, by their wire names (orders contract 5)."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field

from notifications_platform.core.addresses import EMAIL_PATTERN, LONGEST_EMAIL, LONGEST_NUMBER
from notifications_platform.http.wire import (
    Member,
    Shape,
    SpelledTwice,
    Text,
    Time,
    Truth,
    Word,
    WrongType,
)
from orders.states import EmailContentType, NotificationChannel

# What no schema can say. The rules themselves are in rules.py.
_EMPTY_IS_ABSENT = "An empty string counts as absent."
_KEYWORDS = "May hold `$recipientName$` and `$recipientNumber$`."
# What Python's `strip` takes away. `\s` means something else to each reader of a schema.
_BLANK = r"\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_BLANK_IS_REFUSED = {"pattern": rf"[^{_BLANK}]"}
_ADDRESS = {"pattern": rf"^([{_BLANK}]*{EMAIL_PATTERN}[{_BLANK}]*)?$", "maxLength": LONGEST_EMAIL}
_ONE_LINE = {"pattern": r"^[^\r\n]*$"}


class RecipientShape(Shape):
    """Whom to reach: by address, or by a number that is looked up in the registers.

    Each recipient needs an address that the order's channel uses, or one of the two numbers. A
    number stands alone: no address and no other number beside it.
    """

    emailAddress = Text(
        help_text=f"Exactly one address; blanks around it do no harm. {_EMPTY_IS_ABSENT}",
        said={
            "pattern": rf"^([{_BLANK}]*{EMAIL_PATTERN}[{_BLANK}]*)?$",
            "maxLength": LONGEST_EMAIL,
        },
    )
    mobileNumber = Text(
        help_text="With its country, `+47…` or `0047…`, and valid there. Checked where the"
        f" channel can send SMS. {_EMPTY_IS_ABSENT}",
        said={"pattern": r"^$|^\+|^00", "maxLength": LONGEST_NUMBER},
    )
    organizationNumber = Text(
        help_text=f"Nine digits. {_EMPTY_IS_ABSENT}", said={"pattern": "^([0-9]{9})?$"}
    )
    nationalIdentityNumber = Text(
        help_text=f"Eleven digits. {_EMPTY_IS_ABSENT}", said={"pattern": "^([0-9]{11})?$"}
    )


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
    if len(item) > 1 and len({*map(str.lower, item)}) != len(item):
        raise SpelledTwice
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
    sendersReference = Text(help_text="Your own reference; orders can be found by it.")
    requestedSendTime = Time(
        help_text="With Z or an offset, and not more than five minutes in the past; the moment of"
        " placing if left out."
    )
    recipients = Recipients(required=True, said={"minItems": 1})
    ignoreReservation = Truth(help_text="Whether to reach reserved persons too.")
    resourceId = Text(
        help_text="Reaches also those who registered contact data for this resource in the name"
        " of an organization."
    )
    resourceAction = Text(
        help_text="Only with a `resourceId`; `read` if left out.", said=_BLANK_IS_REFUSED
    )
    conditionEndpoint = Text(
        help_text="Asked before sending: an absolute http or https address with a full host name."
        ' Only an answer `{"sendNotification": false}` stops the order.',
        said={"format": "uri"},
    )


class EmailTemplateShape(Shape):
    """The text of each e-mail."""

    fromAddress = Text(help_text="One line; the platform's own sender if left out.", said=_ONE_LINE)
    subject = Text(required=True, help_text=f"Not blank. {_KEYWORDS}", said=_BLANK_IS_REFUSED)
    body = Text(required=True, help_text=f"Not blank. {_KEYWORDS}", said=_BLANK_IS_REFUSED)
    contentType = Word(EmailContentType, help_text="`Plain` if left out.")


class SmsTemplateShape(Shape):
    """The text of each SMS."""

    senderNumber = Text(
        help_text="One line; the platform's own sender if left out. Phones show 11 letters of it.",
        said=_ONE_LINE,
    )
    body = Text(required=True, help_text=f"Not blank. {_KEYWORDS}", said=_BLANK_IS_REFUSED)


class OrderShape(_CommonShape):
    """An order whose channel is chosen in the body.

    `Email` needs an `emailTemplate`, `Sms` an `smsTemplate`, the other channels both. Member
    names and enum words are read without regard to case, unknown members are ignored, and null
    means absent.
    """

    notificationChannel = Word(NotificationChannel, required=True)
    emailTemplate = EmailTemplateShape(required=False, allow_null=True)
    smsTemplate = SmsTemplateShape(required=False, allow_null=True)


class EmailOrderShape(_CommonShape):
    """An e-mail order. Member names and enum words are read without regard to case, unknown
    members are ignored, and null means absent.
    """

    subject = Text(required=True, help_text=f"Not blank. {_KEYWORDS}", said=_BLANK_IS_REFUSED)
    body = Text(required=True, help_text=f"Not blank. {_KEYWORDS}", said=_BLANK_IS_REFUSED)
    contentType = Word(EmailContentType, help_text="`Plain` if left out.")


class SmsOrderShape(_CommonShape):
    """An SMS order. Member names are read without regard to case, unknown members are ignored,
    and null means absent.
    """

    senderNumber = Text(
        help_text="One line; the platform's own sender if left out. Phones show 11 letters of it.",
        said=_ONE_LINE,
    )
    body = Text(required=True, help_text=f"Not blank. {_KEYWORDS}", said=_BLANK_IS_REFUSED)
