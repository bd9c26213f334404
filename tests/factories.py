"""Rows of the tests, made through the services, so that impossible ones cannot exist."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import outbox
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.outbox import Cause, NewContent, Outgoing
from notifications_platform.delivery.states import Channel
from notifications_platform.identity.client import Client
from orders import services
from orders.models import Order
from orders.new_orders import NewOrder
from orders.states import NotificationChannel

TTD = Client(kind="altinn", org="ttd", organization_number="991825827")
DIGDIR = Client(kind="altinn", org="digdir", organization_number="310131172")

EMAIL = {"emailAddress": "kari@demo.example"}
SMS = {"mobileNumber": "+4740000001"}
EMAIL_TEMPLATE = {
    "fromAddress": "noreply@altinn.no",
    "subject": "Report is due",
    "body": "Hello $recipientName$ ($recipientNumber$)",
    "contentType": "Plain",
}
SMS_TEMPLATE = {"senderNumber": "Altinn", "body": "Hello $recipientName$"}


def make_order(
    *recipients: dict[str, str],
    channel: NotificationChannel = NotificationChannel.EMAIL,
    client: Client = TTD,
    due_in: timedelta = timedelta(0),
    now: datetime | None = None,
    **fields: Any,
) -> Order:
    """An order placed now, to be sent `due_in` from now."""
    now = now or clock.now()
    new = NewOrder(
        channel=channel,
        recipients=list(recipients) or [EMAIL if channel.can_email else SMS],
        email_template=EMAIL_TEMPLATE if channel.can_email else None,
        sms_template=SMS_TEMPLATE if channel.can_sms else None,
        requested_send_time=now + due_in,
        **fields,
    )
    return Order.objects.get(pk=services.place(new, client=client, now=now).order_id)


def make_content(channel: Channel = Channel.EMAIL, **fields: Any) -> NewContent:
    fields.setdefault("body", "Hello")
    fields.setdefault("retry_after", [timedelta(minutes=1), timedelta(minutes=5)])
    return NewContent(channel=channel, sender="noreply@altinn.no", subject="Hi", **fields)


def make_messages(
    count: int = 1,
    *,
    content: NewContent | None = None,
    client: str = "ttd",
    now: datetime | None = None,
    owner_kind: str = "test",
    **fields: Any,
) -> Sequence[Message]:
    """Messages in the outbox, due now unless `not_before` says otherwise."""
    now = now or clock.now()
    content = content or make_content()
    fields.setdefault("not_before", now)
    owner_id = fields.pop("owner_id", uuid7())
    own = {name: fields.pop(name) for name in set(Outgoing._fields) & set(fields)}
    cause = Cause(
        owner_kind=owner_kind, owner_id=owner_id, client=client, content=content, **fields
    )
    with transaction.atomic():
        outbox.write_contents([content], now=now)
        outbox.schedule(
            (
                Outgoing(cause, **{"address": f"nr{number}@demo.example"} | own)
                for number in range(count)
            ),
            clients={client},
            now=now,
        )
    return list(Message.objects.filter(owner_id=owner_id).order_by("id"))
