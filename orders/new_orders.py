"""What an order is before it is placed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.states import NotificationChannel


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
