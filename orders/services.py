"""Placing and cancelling notification orders (orders contract 4 to 6).

Every function takes the moment as `now`: business time, aware, UTC.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.core.inserting import fresh, insert_together
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.http import correlation
from notifications_platform.identity.client import Client
from orders import lookups
from orders.errors import CancellationProhibited, NothingToRelease, OrderNotFound
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

    Raises OrderNotFound, CancellationProhibited; this also for one that is cancelled.
    """
    with transaction.atomic():
        order = _locked(order_id)
        if refusal := refusal_to_staff(order, now=now):
            raise refusal
        _cancel(order, by=trail.By.staff(user), now=now, reason=reason)
    return order


def refusal_to_staff(order: Order, *, now: datetime) -> CancellationProhibited | None:
    """Why staff cannot cancel it just now."""
    if order.status == OrderStatus.CANCELLED:
        return CancellationProhibited(gettext_noop("It has been cancelled already."))
    return _refusal(order, now)


def _refusal(order: Order, now: datetime) -> CancellationProhibited | None:
    if order.status != OrderStatus.REGISTERED:
        words = gettext_noop("An order that is {status} can no longer be stopped.")
        return CancellationProhibited(words, status=str(order.status))
    if order.requested_send_time <= now + CANCELLABLE_UNTIL:
        return CancellationProhibited(
            gettext_noop(
                "An order can be cancelled until five minutes before its requested send time."
            )
        )
    return None


def _cancel(order: Order, *, by: trail.By, now: datetime, reason: str = "") -> None:
    """`order` is locked."""
    if order.status == OrderStatus.CANCELLED:
        return
    if refusal := _refusal(order, now):
        raise refusal
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


def release_by_staff(order_id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Let an order that was put off be processed at once instead of at its next turn.

    Raises OrderNotFound, NothingToRelease.
    """
    with transaction.atomic():
        order = _locked(order_id)
        if refusal := refusal_to_release(order, now=now):
            raise refusal
        Order.objects.filter(pk=order.pk).update(due_at=now)
        trail.record(
            "orders.release",
            "order",
            [order.id],
            by=trail.By.staff(user),
            now=now,
            reason=reason,
        )
        wake_on_commit("orders.sweep_due")


def refusal_to_release(order: Order, *, now: datetime) -> NothingToRelease | None:
    """Why it cannot go on any earlier: nothing is sent before its time, nor on hold."""
    waits = order.status in {OrderStatus.REGISTERED, OrderStatus.PROCESSING}
    if not waits:
        words = gettext_noop("An order that is {status} does not wait for anything.")
        return NothingToRelease(words, status=str(order.status))
    if order.due_at is None and order.status == OrderStatus.REGISTERED:
        return NothingToRelease(
            gettext_noop(
                "It is on hold, and the system that placed it releases it: a letter's "
                "when the letter is published."
            )
        )
    if order.due_at is None:
        return NothingToRelease(gettext_noop("A worker has it in hand."))
    if order.due_at <= now:
        return NothingToRelease(gettext_noop("It is due: a worker takes it within seconds."))
    if order.requested_send_time > now:
        return NothingToRelease(gettext_noop("It waits for the send time that was asked for."))
    return None


def _locked(order_id: UUID) -> Order:
    order = Order.objects.select_for_update().defer("recipients").filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound
    return order


def _by(client: Client) -> trail.By:
    return trail.By.client(client.name)
