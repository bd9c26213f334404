"""What the back office's page of one order shows: whether it arrived, its story, what was placed,
its messages, its history.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db.models import F, Func, JSONField
from django.urls import reverse
from django.utils.translation import gettext as _

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import headline
from notifications_platform.delivery import message_page
from notifications_platform.delivery.message_page import lines
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import State
from orders import story
from orders.explain import Cancellation, explain
from orders.models import Order
from orders.states import OWNER, OrderStatus

MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields. `messages`:
    those shown, failed ones first; `said`: of each whether it arrived, and if not, why.
    """

    order: Order
    now: datetime
    lines: Sequence[Line]
    first_recipients: Sequence[dict[str, str]]
    messages: Sequence[Message]
    said: dict[UUID, Line]


def read(order: Order, *, now: datetime, real: datetime) -> Page:
    messages = _shown(order)
    said = message_page.headlines(messages, now=now, real=real) if messages else {}
    about = lines(explain(order, now=now, real=real, cancellation=_cancellation(order)))
    # One message is all there is to say of its order.
    only = [said[messages[0].id]] if _made(order) == 1 and messages else []
    return Page(
        order=order,
        now=now,
        lines=[*only, *about],
        first_recipients=_first_recipients(order),
        messages=messages,
        said=said,
    )


def findings(page: Page) -> list[Section]:
    """Did it arrive, and if not, why; its story, and its messages."""
    return [
        headline(_title(page.lines[0]), page.lines),
        story.story(page.order, recipients=page.first_recipients, now=page.now),
        _messages(page),
    ]


def headlines(orders: Collection[Order], *, now: datetime, real: datetime) -> dict[UUID, Line]:
    """Of each in one sentence: did it arrive, and if not, why? About ten statements, however many;
    their recipients and texts are not needed.
    """
    single = [order.id for order in orders if _made(order) == 1]
    messages = list(Message.objects.filter(owner_id__in=single, owner_kind=OWNER))
    said = message_page.headlines(messages, now=now, real=real) if messages else {}
    of_order = {message.owner_id: said[message.id] for message in messages}
    cancellations = _cancellations(orders)
    return {
        order.id: of_order.get(order.id)
        or lines(explain(order, now=now, real=real, cancellation=cancellations.get(order.id)))[0]
        for order in orders
    }


def sections(page: Page) -> list[Section]:
    """Recipients and texts as placed, the trail."""
    order = page.order
    return [
        _recipients(order, page.first_recipients),
        *_templates(order),
        history("order", order.id),
    ]


def _title(first: Line) -> str:
    return _("Did it arrive?") if first.tone == "good" else _("Why was this not sent?")


def _first_recipients(order: Order) -> list[dict[str, str]]:
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
    return first


def _recipients(order: Order, first: Sequence[dict[str, str]]) -> Section:
    number = order.recipient_count
    return Section(
        title=_("Recipients, as placed ({number})").format(number=number),
        note=_first_of(number),
        headers=(_("E-mail address"), _("Mobile number"), _("Organisation"), _("Person")),
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


def _first_of(number: int) -> str:
    shown = _("The first {shown} of {number}.").format(shown=MOST_SHOWN, number=number)
    return shown if number > MOST_SHOWN else ""


def _templates(order: Order) -> Iterator[Section]:
    if template := order.email_template:
        yield Section(title=_("E-mail, as placed"), text=_as_text(template, "fromAddress"))
    if template := order.sms_template:
        yield Section(title=_("SMS, as placed"), text=_as_text(template, "senderNumber"))


def _as_text(template: dict[str, Any], sender: str) -> str:
    head = [_("From: {sender}").format(sender=template.get(sender, ""))]
    if "subject" in template:
        head.append(_("Subject: {subject}").format(subject=template["subject"]))
    if "contentType" in template:
        head.append(_("Type: {type}").format(type=template["contentType"]))
    return "\n".join([*head, "", template.get("body") or orjson.dumps(template).decode()])


def _shown(order: Order) -> list[Message]:
    """Failed ones first; which there are none of where all have gone out."""
    if not _made(order):
        return []
    own = Message.objects.filter(owner_id=order.id, owner_kind=OWNER).order_by("id")
    all_out = order.email_succeeded + order.sms_succeeded == _made(order)
    failed = [] if all_out else list(own.filter(state=State.FAILED)[:MOST_SHOWN])
    room = MOST_SHOWN - len(failed)
    others = own.exclude(state=State.FAILED) if failed else own
    return [*failed, *(others[:room] if room else ())]


def _messages(page: Page) -> Section:
    order = page.order
    all_of_them = f"{reverse('admin:delivery_message_changelist')}?owner_id={order.id}"
    note = _("The first {shown} of {number}, those that failed before the others.").format(
        shown=MOST_SHOWN, number=_made(order)
    )
    return Section(
        title=_("Messages"),
        note=note if _made(order) > MOST_SHOWN else "",
        link=all_of_them,
        link_label=_("All messages of this order"),
        headers=(_("Message"), _("Channel"), _("To"), _("State"), _("Did it arrive?"), _("Since")),
        rows=[
            (
                link_to("message", message.id),
                message.channel,
                masked(message.address),
                ", ".join(filter(None, (message.state, message.reason))),
                _whole(page.said[message.id]),
                message.state_at,
            )
            for message in page.messages
        ],
    )


def _whole(line: Line) -> str:
    return " ".join(filter(None, (line.text, line.step)))


def _made(order: Order) -> int:
    return order.email_generated + order.sms_generated


def _cancellation(order: Order) -> Cancellation | None:
    return _cancellations([order]).get(order.id)


def _cancellations(orders: Collection[Order]) -> dict[UUID, Cancellation]:
    """Of those that were cancelled."""
    cancelled = [str(order.id) for order in orders if order.status == OrderStatus.CANCELLED]
    if not cancelled:
        return {}
    entries = Entry.objects.filter(
        subject_kind="order",
        subject_id__in=cancelled,
        action__in=["orders.cancel", "orders.withdraw"],
    )
    return {
        UUID(entry.subject_id): Cancellation(actor=entry.actor, reason=entry.reason)
        for entry in entries.order_by("id")
    }
