"""Placing and cancelling notification orders (orders contract 4 to 6).

Every function takes the moment as `now`: business time, aware, UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from notifications_platform.audit import trail
from notifications_platform.core.inserting import fresh, insert_together
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.http import correlation
from notifications_platform.identity.client import Client
from orders import lookups
from orders.errors import CancellationProhibited, OrderNotFound
from orders.lookups import RecipientLookup
from orders.models import Order
from orders.new_orders import NewOrder
from orders.states import OrderStatus

CANCELLABLE_UNTIL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceipt:
    order_id: UUID
    recipient_lookup: RecipientLookup | None


def place(new: NewOrder, *, client: Client, now: datetime) -> OrderReceipt:
    """Register one order of `client`; it is accepted whatever its look-up says.

    Raises RegisterUnavailable, with nothing stored.
    """
    (lookup,) = lookups.look_up([new], now=now)
    order = to_row(new, creator=client.org, now=now)
    insert_together(
        [order, *trail.entries("orders.place", "order", [order.id], by=_by(client), now=now)]
    )
    if order.requested_send_time <= now:
        wake_on_commit("orders.sweep_due")
    return OrderReceipt(order_id=order.id, recipient_lookup=lookup)


def to_row(new: NewOrder, *, creator: str, now: datetime) -> Order:
    """The order as a registered row that is due at its time; not stored yet."""
    send_time = new.requested_send_time or now
    return fresh(
        Order,
        creator=creator,
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


def _by(client: Client) -> trail.By:
    return trail.By.client(client.name)
