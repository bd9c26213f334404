"""The orders that tell recipients of a letter (correspondence contract 8.1 to 8.4). Pure: what is
planned here is looked up and placed by `initialize`.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from correspondence.inputs import CustomRecipient, NewNotification
from correspondence.requests.refusals import Misshapen, ShapeError
from correspondence.states import NotificationResult
from correspondence.wording import Own, Wording
from notifications_platform.registers.lookup import RegisterUnavailable
from orders.in_house import InHouseOrder
from orders.lookups import RecipientLookup
from orders.new_orders import NewOrder
from orders.states import NotificationChannel, OrderType

# A per-letter value one day; the same for all today.
REMINDER_AFTER = timedelta(days=7)
MAIN, REMINDER = "main", "reminder"
_DELAYS = {False: timedelta(0), True: REMINDER_AFTER}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What there is to know about one correspondence."""

    correspondence_id: UUID
    recipient: str
    recipient_name: str
    title: str
    resource_id: str
    senders_reference: str
    creator: str
    ignore_reservation: bool | None
    publish_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One order to be. `is_custom`: for somebody else than the letter's recipient; `direct`: to
    an e-mail address or number that the sender gave.
    """

    correspondence_id: UUID
    order: InHouseOrder
    is_reminder: bool
    is_custom: bool
    direct: bool


def plan(asked: NewNotification, wording: Wording, about: About) -> Iterator[Planned]:
    """Main orders and reminders of one correspondence, party by party, in answer order."""
    own = Own(name=about.recipient_name, title=about.title)
    for party in _parties(asked, about):
        for reminder in (False, True) if asked.send_reminder else (False,):
            channel = _channel(asked, party, reminder=reminder)
            order = NewOrder(
                channel=channel,
                recipients=[party.recipient],
                email_template=wording.email(own, reminder=reminder) if channel.can_email else None,
                sms_template=wording.sms(own, reminder=reminder) if channel.can_sms else None,
                senders_reference=f"corr-{about.senders_reference}",
                requested_send_time=about.publish_time + _DELAYS[reminder],
                ignore_reservation=about.ignore_reservation,
                resource_id=about.resource_id,
            )
            yield _planned(order, about, party, reminder=reminder)


def result_of(
    planned: Planned, lookup: RecipientLookup | RegisterUnavailable | None
) -> NotificationResult:
    """`Success` where a contact point is known for one party at least (seed, contract 8.3)."""
    if isinstance(lookup, RegisterUnavailable):
        return NotificationResult.Failure
    if planned.direct or lookup is None or lookup.reaches_some:
        return NotificationResult.Success
    return NotificationResult.MissingContact


class _Party(NamedTuple):
    """`mark` makes the idempotency ids of its orders."""

    mark: str
    recipient: Mapping[str, str]
    is_custom: bool = True


def _parties(asked: NewNotification, about: About) -> Iterable[_Party]:
    """Each once."""
    parties: dict[str, _Party] = {}
    if not asked.override_registered:
        mark, recipient = _recipient(about.recipient)
        parties[mark] = _Party(mark, recipient, is_custom=False)
    for custom in asked.custom_recipients:
        mark, recipient = _custom(custom)
        parties.setdefault(mark, _Party(mark, recipient))
    return parties.values()


def _recipient(urn: str) -> tuple[str, Mapping[str, str]]:
    if urn.startswith(PERSON_URN):
        number = urn.removeprefix(PERSON_URN)
        return f"nin:{number}", {"nationalIdentityNumber": number}
    number = urn.removeprefix(ORGANIZATION_URN)
    return f"org:{number}", {"organizationNumber": number}


def _custom(custom: CustomRecipient) -> tuple[str, Mapping[str, str]]:
    if custom.email_address:
        # Two spellings of one mailbox are not told twice.
        mark = f"email:{custom.email_address.casefold()}"
        return mark, {"emailAddress": custom.email_address}
    if custom.mobile_number:
        return f"sms:{custom.mobile_number}", {"mobileNumber": custom.mobile_number}
    if custom.national_identity_number:
        number = custom.national_identity_number
        return f"nin:{number}", {"nationalIdentityNumber": number}
    return f"org:{custom.organization_number}", {"organizationNumber": custom.organization_number}


def _channel(asked: NewNotification, party: _Party, *, reminder: bool) -> NotificationChannel:
    """An address that the channel asked for has no use for is written to all the same, in the
    channel of its kind: the sender wants it to be told.
    """
    texts = asked.reminder if reminder else asked.main
    channel = NotificationChannel(texts.channel.name)
    if "emailAddress" in party.recipient and not channel.can_email:
        return NotificationChannel.EMAIL
    if "mobileNumber" in party.recipient and not channel.can_sms:
        return NotificationChannel.SMS
    return channel


def _planned(order: NewOrder, about: About, party: _Party, *, reminder: bool) -> Planned:
    kind = REMINDER if reminder else MAIN
    key = f"{party.mark}:{REMINDER}" if reminder else party.mark
    return Planned(
        correspondence_id=about.correspondence_id,
        order=InHouseOrder(
            new=order,
            creator=about.creator,
            idempotency_id=str(uuid.uuid5(about.correspondence_id, key)),
            type=OrderType.REMINDER if reminder else OrderType.NOTIFICATION,
            condition_subject=f"{about.correspondence_id}:{kind}",
            on_hold=True,
        ),
        is_reminder=reminder,
        is_custom=party.is_custom,
        direct=party.mark.startswith(("email:", "sms:")),
    )


def check_lengths(asked: NewNotification, wording: Wording, owns: Sequence[Own]) -> None:
    """The limits of contract 8.1 hold for what is sent: for the texts with everything filled in.
    Raises ShapeError with all places.
    """
    emails = any(one.email_address for one in asked.custom_recipients)
    numbers = any(one.mobile_number for one in asked.custom_recipients)
    wrong = []
    for reminder in (False, True) if asked.send_reminder else (False,):
        texts = asked.reminder if reminder else asked.main
        channel = NotificationChannel(texts.channel.name)
        email, sms = channel.can_email or emails, channel.can_sms or numbers
        for one in wording.too_long(owns, reminder=reminder, email=email, sms=sms):
            detail = (
                f"{one.most} characters at most, with its keywords filled in; these are"
                f" {one.length}."
            )
            wrong.append(Misshapen(("correspondence", "notification", one.field), detail))
    if wrong:
        raise ShapeError(wrong)


def orders_of(planned: Sequence[Planned]) -> list[NewOrder]:
    return [one.order.new for one in planned]
