"""Which messages an order becomes (orders contract 7.3 to 7.5, 8). Pure: no database.

Messages are planned lazily, so that an order of any size needs no more memory than its
recipients do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from notifications_platform.core.addresses import to_e164
from notifications_platform.core.windows import Window
from notifications_platform.delivery.channels.placeholders import cut
from notifications_platform.delivery.channels.sms.gsm7 import measure
from notifications_platform.delivery.outbox import Cause, NewContent, Outgoing
from notifications_platform.delivery.states import Channel, Lane, Reason
from orders.marks import mark
from orders.models import Order
from orders.recipients import UNKNOWN, Addresses, Identified, Known, is_direct
from orders.states import OWNER, NotificationChannel, SendingTimePolicy

KEYWORDS = NAME, NUMBER = ("$recipientName$", "$recipientNumber$")
LIFETIME = timedelta(hours=48)
GRACE = timedelta(seconds=300)
BULK_FROM = 100
_NORWEGIAN = re.compile(r"\+47[2-9][0-9]{7}")
EMAIL_RETRIES = tuple(timedelta(seconds=seconds) for seconds in (60, 120, 300, 600, 1800))
SMS_RETRIES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 15, 30))


@dataclass(slots=True)
class Plan:
    """An order on its way into the outbox: its texts, and what has been counted so far."""

    order: Order
    known: Known
    sms_window: Window
    contents: dict[Channel, NewContent] = field(default_factory=dict)
    generated: dict[Channel, int] = field(default_factory=lambda: dict.fromkeys(Channel, 0))
    dead: int = 0
    causes: dict[Channel, Cause] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contents = dict(_contents(self.order, self.sms_window))
        self.causes = {
            channel: _cause(self.order, content, self.sms_window)
            for channel, content in self.contents.items()
        }

    def withdraw(self) -> None:
        """Whatever comes of it fails, and nobody sends it again."""
        self.causes = {
            channel: replace(cause, withdrawn=True) for channel, cause in self.causes.items()
        }

    @property
    def open(self) -> int:
        return sum(self.generated.values()) - self.dead


class _Hit(NamedTuple):
    """One notification to be: where to, or why not."""

    channel: Channel
    address: str = ""
    failed: Reason | None = None


def messages(plan: Plan) -> Iterator[Outgoing]:
    """The order's messages, counted in `plan` as they are drawn."""
    channel = plan.order.notification_channel
    seen: set[str] = set()
    for recipient in plan.order.recipients:
        whom = mark(recipient)
        if whom and channel in _ONCE_PER_IDENTITY and whom in seen:
            continue
        seen.add(whom)
        direct = is_direct(recipient, channel)
        identified = _direct(recipient) if direct else plan.known.of(recipient)
        values = None if direct else _values(identified, plan)
        for hit in _hits(identified, channel, direct, plan.order.ignore_reservation or False):
            yield _outgoing(plan, _unless_withdrawn(hit, plan), whom, values)


_ONCE_PER_IDENTITY = {
    NotificationChannel.EMAIL_PREFERRED,
    NotificationChannel.SMS_PREFERRED,
    NotificationChannel.EMAIL_AND_SMS,
}
_WANTED = {
    NotificationChannel.EMAIL: (Channel.EMAIL,),
    NotificationChannel.SMS: (Channel.SMS,),
    NotificationChannel.EMAIL_PREFERRED: (Channel.EMAIL,),
    NotificationChannel.SMS_PREFERRED: (Channel.SMS,),
    NotificationChannel.EMAIL_AND_SMS: (Channel.EMAIL, Channel.SMS),
}


def _direct(recipient: Mapping[str, str]) -> Identified:
    email, mobile = recipient.get("emailAddress", ""), recipient.get("mobileNumber", "")
    number = _e164(mobile) if mobile else None
    group = Addresses((email.strip(),) if email else (), (number,) if number else ())
    return Identified(groups=(group,))


def _e164(mobile: str) -> str | None:
    """The common form stands for itself: the order would not have been placed with a bad one."""
    return mobile if _NORWEGIAN.fullmatch(mobile) else to_e164(mobile)


def _hits(
    identified: Identified, channel: NotificationChannel, direct: bool, ignore_reservation: bool
) -> list[_Hit]:
    chosen = list(_unique(_chosen(identified.groups, channel, direct)))
    reached = {hit.channel for hit in chosen}
    if identified.reserved and not ignore_reservation:
        used = reached | set(_WANTED[channel]) if _is_both(channel) else reached
        used = used or set(_WANTED[channel])
        return [_Hit(one, failed=Reason.RESERVED) for one in Channel if one in used]
    missing = _WANTED[channel] if _is_both(channel) or not chosen else ()
    return chosen + [
        _Hit(one, failed=Reason.NOT_IDENTIFIED) for one in missing if one not in reached
    ]


def _unless_withdrawn(hit: _Hit, plan: Plan) -> _Hit:
    """One that fails anyway keeps its reason."""
    if hit.failed or not plan.causes[hit.channel].withdrawn:
        return hit
    return hit._replace(failed=Reason.WITHDRAWN)


def _is_both(channel: NotificationChannel) -> bool:
    return channel is NotificationChannel.EMAIL_AND_SMS


def _chosen(
    groups: Iterable[Addresses], channel: NotificationChannel, direct: bool
) -> Iterator[_Hit]:
    """Each group's addresses of the channel; of a preferred one, else of the other. A direct
    recipient who gave both addresses gets both.
    """
    for group in groups:
        emails = [_Hit(Channel.EMAIL, address) for address in group.emails]
        mobiles = [_Hit(Channel.SMS, address) for address in group.mobiles]
        match channel:
            case NotificationChannel.EMAIL:
                yield from emails
            case NotificationChannel.SMS:
                yield from mobiles
            case NotificationChannel.EMAIL_PREFERRED if not direct:
                yield from emails or mobiles
            case NotificationChannel.SMS_PREFERRED if not direct:
                yield from mobiles or emails
            case _:
                yield from emails + mobiles


def _unique(hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """Within one organisation equal addresses are used once; the official one comes first."""
    seen: set[tuple[Channel, str]] = set()
    for hit in hits:
        key = (hit.channel, hit.address.casefold())
        if key not in seen:
            seen.add(key)
            yield hit


def _values(identified: Identified, plan: Plan) -> dict[str, str] | None:
    """What replaces the keywords; someone unknown to the register leaves them as written."""
    if identified is UNKNOWN or not any(content.placeholders for content in plan.contents.values()):
        return None
    name = {NAME: identified.name} if identified.name else {}
    return name | {NUMBER: identified.number}


def _outgoing(plan: Plan, hit: _Hit, whom: str, values: Mapping[str, str] | None) -> Outgoing:
    cause, failed = plan.causes[hit.channel], hit.failed
    content = cause.content
    plan.generated[hit.channel] += 1
    plan.dead += failed is not None
    return Outgoing(
        cause,
        hit.address,
        whom,
        values if values and content.placeholders and not failed else None,
        _parts(content, values) if hit.channel is Channel.SMS and not failed else None,
        failed,
    )


def _cause(order: Order, content: NewContent, sms_window: Window) -> Cause:
    return Cause(
        owner_kind=OWNER,
        owner_id=order.id,
        client=order.creator,
        correlation_id=order.correlation_id,
        content=content,
        not_before=order.requested_send_time,
        expires_at=expiry(order, content.channel, sms_window),
        grace=GRACE,
        lane=Lane.BULK if order.recipient_count > BULK_FROM else Lane.NORMAL,
    )


def expiry(order: Order, channel: Channel, window: Window) -> datetime:
    """48 hours from the send time. A `Daytime` SMS that must wait for the window counts from
    the opening of that day, or when the day's window is over from the next one's.
    """
    send_time = order.requested_send_time
    if channel is not Channel.SMS or order.sms_policy != SendingTimePolicy.DAYTIME:
        return send_time + LIFETIME
    if window.is_open(send_time):
        return send_time + LIFETIME
    opening = window.opening(send_time)
    return opening + LIFETIME + (timedelta(0) if send_time <= opening else timedelta(hours=24))


def _parts(content: NewContent, values: Mapping[str, str] | None) -> int:
    if values and content.placeholders:
        return measure(cut(content.body, tuple(content.placeholders)).fill(values)).parts
    return _parts_as_written(content.body)


@lru_cache(maxsize=8)
def _parts_as_written(body: str) -> int:
    return measure(body).parts


def _contents(order: Order, sms_window: Window) -> Iterator[tuple[Channel, NewContent]]:
    channel = order.notification_channel
    if channel.can_email and (template := order.email_template):
        html = template["contentType"] == "Html"
        yield (
            Channel.EMAIL,
            NewContent(
                channel=Channel.EMAIL,
                sender=template["fromAddress"],
                subject=template["subject"],
                body=template["body"],
                content_type="text/html" if html else "text/plain",
                placeholders=_keywords_in(template["subject"], template["body"]),
                retry_after=EMAIL_RETRIES,
            ),
        )
    if channel.can_sms and (template := order.sms_template):
        yield (
            Channel.SMS,
            NewContent(
                channel=Channel.SMS,
                sender=template["senderNumber"],
                body=template["body"],
                placeholders=_keywords_in(template["body"]),
                window=None if order.sms_policy == SendingTimePolicy.ANYTIME else sms_window,
                retry_after=SMS_RETRIES,
            ),
        )


def _keywords_in(*texts: str) -> tuple[str, ...]:
    return tuple(keyword for keyword in KEYWORDS if any(keyword in text for text in texts))
