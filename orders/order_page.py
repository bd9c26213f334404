"""What the back office's pages of one order show: as placed, its messages, its history, why."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from django.db.models import F, Func, JSONField
from django.urls import reverse

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.delivery.circumstances import explain_all
from notifications_platform.delivery.message_page import lines
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import State
from orders.explain import Cancellation, explain
from orders.models import Order
from orders.states import OWNER, OrderStatus

MOST_SHOWN = 100


def sections(order: Order) -> list[Section]:
    """Recipients and texts as placed, the first messages, the trail."""
    return [
        _recipients(order),
        *_templates(order),
        _messages(order),
        history("order", order.id),
    ]


def why(order: Order, *, now: datetime, real: datetime) -> list[Section]:
    """What holds about the order, then about each of its messages that did not go out."""
    sentences = explain(order, now=now, real=real, cancellation=_cancellation(order))
    return [
        Section(title="The order", lines=lines(sentences)),
        *_not_sent(order, now=now, real=real),
    ]


def _recipients(order: Order) -> Section:
    first: list[dict[str, str]] = (
        Order.objects.filter(pk=order.pk)
        .annotate(
            first=Func(
                F("recipients"),
                template=f"jsonb_path_query_array(%(expressions)s, '$[0 to {MOST_SHOWN - 1}]')",
                output_field=JSONField(),
            )
        )
        .values_list("first", flat=True)
        .get()
    )
    number = order.recipient_count
    return Section(
        title=f"Recipients, as placed ({number})",
        note=f"The first {MOST_SHOWN} of {number}." if number > MOST_SHOWN else "",
        headers=("E-mail address", "Mobile number", "Organisation", "Person"),
        rows=[
            tuple(
                recipient.get(name, "")
                for name in (
                    "emailAddress",
                    "mobileNumber",
                    "organizationNumber",
                    "nationalIdentityNumber",
                )
            )
            for recipient in first
        ],
    )


def _templates(order: Order) -> Iterator[Section]:
    if template := order.email_template:
        yield Section(title="E-mail, as placed", text=_as_text(template, "fromAddress"))
    if template := order.sms_template:
        yield Section(title="SMS, as placed", text=_as_text(template, "senderNumber"))


def _as_text(template: dict[str, Any], sender: str) -> str:
    head = [f"From: {template.get(sender, '')}"]
    head += [f"Subject: {template['subject']}"] if "subject" in template else []
    head += [f"Type: {template['contentType']}"] if "contentType" in template else []
    return "\n".join([*head, "", template.get("body") or orjson.dumps(template).decode()])


def _messages(order: Order) -> Section:
    messages = Message.objects.filter(owner_id=order.id, owner_kind=OWNER).order_by("id")
    all_of_them = f"{reverse('admin:delivery_message_changelist')}?owner_id={order.id}"
    return Section(
        title="Messages",
        note=f"The first {MOST_SHOWN} of {_made(order)}." if _made(order) > MOST_SHOWN else "",
        link=all_of_them,
        link_label="All messages of this order",
        headers=("Message", "Channel", "To", "State", "Reason", "Attempts", "Since"),
        rows=[
            (
                link_to("message", message.id),
                message.channel,
                masked(message.address),
                message.state,
                message.reason,
                message.attempts,
                message.state_at,
            )
            for message in messages[:MOST_SHOWN]
        ],
    )


def _made(order: Order) -> int:
    return order.email_generated + order.sms_generated


def _not_sent(order: Order, *, now: datetime, real: datetime) -> Iterator[Section]:
    if not _made(order):
        return
    unsent = list(
        Message.objects.filter(owner_id=order.id, owner_kind=OWNER)
        .exclude(state__in=[State.SENT, State.DELIVERED])
        .order_by("id")[:MOST_SHOWN]
    )
    if not unsent:
        yield Section(title="Its messages", lines=[Line(text="All went out.", tone="good")])
        return
    explained = explain_all(unsent, now=now, real=real)
    yield Section(
        title="Its messages that did not go out",
        note=f"The first {MOST_SHOWN} are shown." if len(unsent) == MOST_SHOWN else "",
        headers=("Message", "Channel", "State", "Why"),
        rows=[
            (
                link_to("message", message.id),
                message.channel,
                message.state,
                " ".join(sentence.text for sentence in explained[message.id]),
            )
            for message in unsent
        ],
    )


def _cancellation(order: Order) -> Cancellation | None:
    if order.status != OrderStatus.CANCELLED:
        return None
    entry = (
        Entry.objects.filter(
            subject_kind="order",
            subject_id=str(order.id),
            action__in=["orders.cancel", "orders.withdraw"],
        )
        .order_by("-id")
        .first()
    )
    return Cancellation(actor=entry.actor, reason=entry.reason) if entry else None
