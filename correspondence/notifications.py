"""The orders that tell recipients of a letter (correspondence contract 8.1 to 8.4). Pure: what is
planned here is looked up and placed by `initialize`.
"""

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from correspondence.inputs import CustomRecipient, NewNotification, NotificationTexts
from correspondence.states import EmailContentType, NotificationResult, NotificationTemplate
from orders.in_house import InHouseOrder
from orders.lookups import RecipientLookup
from orders.new_orders import NewOrder
from orders.states import NotificationChannel, OrderType

# A per-letter value one day; the same for all today.
REMINDER_AFTER = timedelta(days=7)
MAIN, REMINDER = "main", "reminder"
_LINE_BREAKS = re.compile(r"[\r\n]+")

_NEW_LETTER = {
    "nb": "Nytt brev til $correspondenceRecipientName$ {textToken}",
    "nn": "Nytt brev til $correspondenceRecipientName$ {textToken}",
    "en": "New letter for $correspondenceRecipientName$ {textToken}",
}
_HAS_SENT = {
    "nb": "$sendersName$ har sendt et brev til $correspondenceRecipientName$. {textToken}"
    "Åpne innboksen for å lese det.",
    "nn": "$sendersName$ har sendt eit brev til $correspondenceRecipientName$. {textToken}"
    "Opne innboksen for å lese det.",
    "en": "$sendersName$ has sent a letter to $correspondenceRecipientName$. {textToken}"
    "Open your inbox to read it.",
}
_REMINDER = {"nb": "Påminnelse: ", "nn": "Påminning: ", "en": "Reminder: "}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the texts may name about one correspondence."""

    correspondence_id: UUID
    recipient: str
    recipient_name: str
    senders_name: str
    resource_id: str
    resource_name: str
    title: str
    language: str
    senders_reference: str
    creator: str
    ignore_reservation: bool | None
    publish_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One order to be. `custom` for an e-mail address or number that the sender gave."""

    about: About
    order: InHouseOrder
    is_reminder: bool
    direct: bool


def plan(asked: NewNotification, about: About) -> Iterator[Planned]:
    """Main orders and reminders of one correspondence, party by party, in answer order."""
    for mark, recipient in _parties(asked, about).items():
        direct = mark.startswith(("email:", "sms:"))
        yield _planned(asked, about, mark, recipient, reminder=False, direct=direct)
        if asked.send_reminder:
            yield _planned(asked, about, mark, recipient, reminder=True, direct=direct)


def result_of(planned: Planned, lookup: RecipientLookup | None) -> NotificationResult:
    """`Success` where a contact point is known for one party at least (seed, contract 8.3)."""
    if planned.direct or lookup is None or lookup.status != "Failed":
        return NotificationResult.Success
    return NotificationResult.MissingContact


def _parties(asked: NewNotification, about: About) -> dict[str, Mapping[str, str]]:
    """Each party once, with the mark that makes its order's idempotency id."""
    parties: dict[str, Mapping[str, str]] = {}
    if not asked.override_registered:
        mark, recipient = _recipient(about.recipient)
        parties[mark] = recipient
    for custom in asked.custom_recipients:
        mark, recipient = _custom(custom)
        parties.setdefault(mark, recipient)
    return parties


def _recipient(urn: str) -> tuple[str, Mapping[str, str]]:
    if urn.startswith(PERSON_URN):
        number = urn.removeprefix(PERSON_URN)
        return f"nin:{number}", {"nationalIdentityNumber": number}
    number = urn.removeprefix(ORGANIZATION_URN)
    return f"org:{number}", {"organizationNumber": number}


def _custom(custom: CustomRecipient) -> tuple[str, Mapping[str, str]]:
    if custom.email_address:
        return f"email:{custom.email_address}", {"emailAddress": custom.email_address}
    if custom.mobile_number:
        return f"sms:{custom.mobile_number}", {"mobileNumber": custom.mobile_number}
    if custom.national_identity_number:
        number = custom.national_identity_number
        return f"nin:{number}", {"nationalIdentityNumber": number}
    return f"org:{custom.organization_number}", {"organizationNumber": custom.organization_number}


def _planned(  # noqa: PLR0913 each says one thing about the order
    asked: NewNotification,
    about: About,
    mark: str,
    recipient: Mapping[str, str],
    *,
    reminder: bool,
    direct: bool,
) -> Planned:
    kind = REMINDER if reminder else MAIN
    key = f"{mark}:{REMINDER}" if reminder else mark
    order = InHouseOrder(
        new=_order(asked, about, recipient, reminder=reminder),
        creator=about.creator,
        idempotency_id=str(uuid.uuid5(about.correspondence_id, key)),
        type=OrderType.REMINDER if reminder else OrderType.NOTIFICATION,
        condition_subject=f"{about.correspondence_id}:{kind}",
        on_hold=True,
    )
    return Planned(about=about, order=order, is_reminder=reminder, direct=direct)


def _order(
    asked: NewNotification, about: About, recipient: Mapping[str, str], *, reminder: bool
) -> NewOrder:
    texts = asked.reminder if reminder else asked.main
    channel = NotificationChannel(texts.channel.name)
    say = _Words(asked.template, about, reminder=reminder)
    return NewOrder(
        channel=channel,
        recipients=[recipient],
        email_template=_email(texts, say) if channel.can_email else None,
        sms_template=_sms(texts, say) if channel.can_sms else None,
        senders_reference=f"corr-{about.senders_reference}",
        requested_send_time=about.publish_time + (REMINDER_AFTER if reminder else timedelta(0)),
        ignore_reservation=about.ignore_reservation,
        resource_id=about.resource_id,
    )


def _email(texts: NotificationTexts, say: "_Words") -> dict[str, str]:
    html = texts.email_content_type is EmailContentType.Html
    return {
        "fromAddress": settings.EMAIL_FROM,
        "subject": _LINE_BREAKS.sub(" ", say.subject(texts.email_subject)),
        "body": say.body(texts.email_body),
        "contentType": "Html" if html else "Plain",
    }


def _sms(texts: NotificationTexts, say: "_Words") -> dict[str, str]:
    return {"senderNumber": settings.SMS_SENDER, "body": say.body(texts.sms_body)}


class _Words:
    """The template's words around the caller's, with everything filled in that is known now."""

    def __init__(self, template: int, about: About, *, reminder: bool) -> None:
        self._generic = template == NotificationTemplate.GenericAltinnMessage
        self._language = about.language
        self._reminder = reminder
        self._values = {
            "$sendersName$": about.senders_name,
            "$correspondenceRecipientName$": about.recipient_name,
            "$resourceName$": about.resource_name,
            "$messageTitle$": about.title,
        }

    def subject(self, token: str) -> str:
        return self._said(_NEW_LETTER, token)

    def body(self, token: str) -> str:
        return self._said(_HAS_SENT, token)

    def _said(self, words: Mapping[str, str], token: str) -> str:
        frame = "{textToken}"
        if self._generic:
            frame = words[self._language]
            frame = _REMINDER[self._language] + frame if self._reminder else frame
        text = frame.replace("{textToken}", f"{token} " if token else "")
        return _KEYWORD.sub(lambda found: self._values[found[0]], text).strip()


# One pass: what is filled in is never read for keywords again.
_KEYWORD = re.compile(r"\$(?:sendersName|correspondenceRecipientName|resourceName|messageTitle)\$")


def orders_of(planned: Sequence[Planned]) -> list[NewOrder]:
    return [one.order.new for one in planned]
