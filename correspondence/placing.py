"""The orders of a new letter: looked up together, placed together, and each with a result of its
own (correspondence contract 8.3).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import structlog
from django.db import DatabaseError, OperationalError, transaction

from correspondence import notifications
from correspondence.notifications import Planned
from correspondence.states import SYSTEM, NotificationResult
from notifications_platform.registers.lookup import RegisterUnavailable
from orders import in_house, lookups
from orders.lookups import RecipientLookup

log = structlog.get_logger(__name__)

# What the registers say of each order; a register that does not answer stays with its orders.
Lookups = Sequence[RecipientLookup | RegisterUnavailable | None]


class Placed(NamedTuple):
    """`order_id` None where making the order failed."""

    planned: Planned
    order_id: UUID | None
    result: NotificationResult


def look_up(planned: Sequence[Planned], *, now: datetime) -> Lookups:
    """Maybe over the network: no transaction may be open."""
    found = lookups.look_up_each(notifications.orders_of(planned), now=now)
    if down := sum(isinstance(one, RegisterUnavailable) for one in found):
        log.warning("correspondence.register_unavailable", orders=down)
    return found


def place(planned: Sequence[Planned], looked_up: Lookups, *, now: datetime) -> list[Placed]:
    """In the order of `planned`, in the caller's transaction. What needs a register that does
    not answer gets no order.
    """
    both = list(zip(planned, looked_up, strict=True))
    answered = [one for one, found in both if not isinstance(found, RegisterUnavailable)]
    ids = iter(_order_ids(answered, now))
    placed = []
    for one, found in both:
        order_id = None if isinstance(found, RegisterUnavailable) else next(ids)
        failed = order_id is None
        result = NotificationResult.Failure if failed else notifications.result_of(one, found)
        placed.append(Placed(one, order_id, result))
    return placed


def _order_ids(planned: Sequence[Planned], now: datetime) -> list[UUID | None]:
    """All together. Where that fails, in halves, until those stand alone that cannot be made:
    a failure stays with its order.
    """
    if not planned:
        return []
    try:
        with transaction.atomic():
            orders = [one.order for one in planned]
            return [one.order_id for one in in_house.place(orders, system=SYSTEM, now=now)]
    except OperationalError:
        raise
    except DatabaseError:
        if len(planned) == 1:
            log.exception("correspondence.order_failed", is_reminder=planned[0].is_reminder)
            return [None]
    half = len(planned) // 2
    return _order_ids(planned[:half], now) + _order_ids(planned[half:], now)
