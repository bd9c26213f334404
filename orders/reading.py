"""An order as its status shows it, without its recipients and texts, however many they are.

The route that is asked most: one ready-made statement, because compiling it anew costs the ORM
more than PostgreSQL needs to run it.
"""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from notifications_platform.identity.client import Client


class OrderState(NamedTuple):
    """Named as the columns of Order."""

    id: UUID
    creator: str
    senders_reference: str | None
    requested_send_time: datetime
    created_at: datetime
    channel: str
    ignore_reservation: bool | None
    resource_id: str | None
    resource_action: str | None
    condition_endpoint: str | None
    status: str
    status_changed_at: datetime
    email_generated: int
    email_succeeded: int
    sms_generated: int
    sms_succeeded: int


_STATE_OF = f"""
    SELECT {", ".join(OrderState._fields)} FROM orders_order WHERE id = %s AND creator = %s
    """  # noqa: S608 the names are our own


def state_of(order_id: UUID, client: Client) -> OrderState | None:
    """None for an order that is not there, or is another creator's (see `visible_to`)."""
    with connection.cursor() as cursor:
        cursor.execute(_STATE_OF, [order_id, client.org])
        row = cursor.fetchone()
    return OrderState._make(row) if row else None
