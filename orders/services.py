"""Placing and cancelling notification orders (orders contract 4 to 6).

Every function takes the moment as `now`: business time, aware, UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from notifications_platform.audit import trail
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.http import correlation
from notifications_platform.identity.client import Client
from orders import recipients as reach
from orders.errors import CancellationProhibited, OrderNotFound
from orders.models import Order
from orders.states import NotificationChannel, OrderStatus

CANCELLABLE_UNTIL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to be placed, checked for shape and wire rules by the face.

    `recipients` and the templates are in wire words, defaults filled in; that is what reads
    give back. Without `requested_send_time` the order is due at once.
    """

    channel: NotificationChannel
    recipients: Sequence[Mapping[str, str]]
    email_template: Mapping[str, str] | None = None
    sms_template: Mapping[str, str] | None = None
    senders_reference: str | None = None
    requested_send_time: datetime | None = None
    ignore_reservation: bool | None = None
    resource_id: str | None = None
    resource_action: str | None = None
    condition_endpoint: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientLookup:
    """What the registers said at placing about recipients without a direct address."""

    status: str
    is_reserved: Sequence[str]
    missing_contact: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceipt:
    order_id: UUID
    recipient_lookup: RecipientLookup | None


def place(new: NewOrder, *, client: Client, now: datetime) -> OrderReceipt:
    """Register one order of `client`; it is accepted whatever its look-up says.

    Raises RegisterUnavailable, with nothing stored.
    """
    lookup = _look_up(new, now=now)
    send_time = new.requested_send_time or now
    order = Order(
        creator=client.org,
        senders_reference=new.senders_reference,
        created_at=now,
        requested_send_time=send_time,
        channel=new.channel,
        ignore_reservation=new.ignore_reservation,
        resource_id=new.resource_id,
        resource_action=new.resource_action,
        condition_endpoint=new.condition_endpoint,
        recipients=new.recipients,
        recipient_count=len(new.recipients),
        email_template=new.email_template,
        sms_template=new.sms_template,
        correlation_id=correlation.current(),
        status_changed_at=now,
        due_at=send_time,
    )
    with transaction.atomic():
        order.save(force_insert=True)
        trail.record("orders.place", "order", [order.id], by=_by(client), now=now)
        if send_time <= now:
            wake_on_commit("orders.sweep_due")
    return OrderReceipt(order_id=order.id, recipient_lookup=lookup)


def cancel(order_id: UUID, *, client: Client, now: datetime) -> Order:
    """Cancel an order more than five minutes ahead; cancelling again changes nothing.

    Raises OrderNotFound, CancellationProhibited.
    """
    with transaction.atomic():
        order = (
            Order.objects.visible_to(client)
            .select_for_update()
            .defer("recipients")
            .filter(pk=order_id)
        ).first()
        if order is None:
            raise OrderNotFound
        _cancel(order, by=_by(client), now=now)
    return order


def cancel_by_staff(order_id: UUID, *, user: str, reason: str, now: datetime) -> Order:
    """The same rule for the back office, whoever placed the order.

    Raises OrderNotFound, CancellationProhibited.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().defer("recipients").filter(pk=order_id).first()
        if order is None:
            raise OrderNotFound
        _cancel(order, by=trail.By.staff(user), now=now, reason=reason)
    return order


def _cancel(order: Order, *, by: trail.By, now: datetime, reason: str = "") -> None:
    """`order` is locked."""
    if order.status == OrderStatus.CANCELLED:
        return
    if order.status != OrderStatus.REGISTERED:
        raise CancellationProhibited(f"An order that is {order.status} can no longer be stopped.")
    if order.requested_send_time <= now + CANCELLABLE_UNTIL:
        raise CancellationProhibited(
            "An order can be cancelled until five minutes before its requested send time."
        )
    order.status, order.status_changed_at, order.due_at = OrderStatus.CANCELLED, now, None
    Order.objects.filter(pk=order.pk, status=OrderStatus.REGISTERED).update(
        status=order.status, status_changed_at=now, due_at=None
    )
    trail.record(
        "orders.cancel",
        "order",
        [order.id],
        by=by,
        now=now,
        from_state=OrderStatus.REGISTERED,
        to_state=OrderStatus.CANCELLED,
        reason=reason,
    )


def _look_up(new: NewOrder, *, now: datetime) -> RecipientLookup | None:
    asked = list(reach.needing_lookup(new.recipients, new.channel))
    if not asked:
        return None
    known = reach.look_up(asked, now=now)
    reserved: dict[str, None] = {}
    missing: dict[str, None] = {}
    for recipient in asked:
        number = recipient.get("nationalIdentityNumber") or recipient["organizationNumber"]
        identified = known.of(recipient)
        if identified.reserved:
            reserved[number] = None
        elif not identified.has_address_for(new.channel):
            missing[number] = None
    unreachable = len(reserved) + len(missing)
    everyone = len({tuple(recipient.items()) for recipient in asked})
    status = "Success" if not unreachable else "PartialSuccess"
    return RecipientLookup(
        status="Failed" if unreachable == everyone else status,
        is_reserved=list(reserved),
        missing_contact=list(missing),
    )


def _by(client: Client) -> trail.By:
    return trail.By.client(client.name)
