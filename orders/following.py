"""How orders that another system of this platform placed have fared, in the words of version 1
(orders contract 4.4, 7.6). Two statements, however many orders.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from notifications_platform.delivery.reading import Shown, messages_of_all
from notifications_platform.delivery.states import Reason, State
from orders.models import Order
from orders.states import (
    ORDER_DESCRIPTIONS,
    OWNER,
    SHOWN_IN_V1,
    OrderStatus,
    describe_result,
    result_in_v1,
)

_SUCCESSES = {State.SENT, State.DELIVERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSeen:
    """One e-mail or SMS. `organization_number` or `national_identity_number` where the recipient
    was given by it, else both are empty; `address` empty where there was none to use.
    """

    id: str
    channel: str
    succeeded: bool
    address: str
    organization_number: str
    national_identity_number: str
    is_reserved: bool
    status: str
    description: str
    status_changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """`notifications` in the order in which they were made; none before sending."""

    id: UUID
    creator: str
    senders_reference: str | None
    created: datetime
    channel: str
    ignore_reservation: bool | None
    resource_id: str | None
    status: str
    description: str
    status_changed: datetime
    notifications: Sequence[NotificationSeen]


def follow(order_ids: Collection[UUID], *, system: str) -> dict[UUID, OrderSeen]:
    """Those of these that `system` has placed."""
    if not order_ids:
        return {}
    rows = Order.objects.filter(pk__in=order_ids, placed_by=system)
    messages: dict[UUID, list[NotificationSeen]] = defaultdict(list)
    for order_id, channel, message in messages_of_all(OWNER, order_ids):
        messages[order_id].append(_notification(channel, message))
    return {row.id: _order(row, messages[row.id]) for row in rows}


def _order(row: Order, notifications: Sequence[NotificationSeen]) -> OrderSeen:
    status = OrderStatus(row.status)
    return OrderSeen(
        id=row.id,
        creator=row.creator,
        senders_reference=row.senders_reference,
        created=row.created_at,
        channel=row.channel,
        ignore_reservation=row.ignore_reservation,
        resource_id=row.resource_id,
        status=SHOWN_IN_V1[status].value,
        description=ORDER_DESCRIPTIONS[status],
        status_changed=row.status_changed_at,
        notifications=notifications,
    )


def _notification(channel: str, message: Shown) -> NotificationSeen:
    word = result_in_v1(channel, message.state, message.reason)
    kind, _, number = message.recipient.partition(":")
    return NotificationSeen(
        id=message.id,
        channel=channel,
        succeeded=message.state in _SUCCESSES,
        address=message.address,
        organization_number=number if kind == "organization" else "",
        national_identity_number=number if kind == "person" else "",
        is_reserved=message.reason == Reason.RESERVED,
        status=word,
        description=describe_result(channel, word),
        status_changed=message.state_at,
    )
