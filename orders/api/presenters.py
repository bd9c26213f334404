"""Orders as the v1 answers show them (orders contract 4). What has no value is left out."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from notifications_platform.delivery.reading import Shown
from notifications_platform.delivery.states import Channel, State
from orders.models import Order
from orders.reading import OrderState
from orders.services import OrderReceipt
from orders.states import (
    ORDER_DESCRIPTIONS,
    SHOWN_IN_V1,
    OrderStatus,
    describe_result,
    result_in_v1,
)

BASE = "/notifications/api/v1/orders"
_SUCCESSES = {State.SENT, State.DELIVERED}


def order_url(order_id: UUID, rest: str = "") -> str:
    return f"{settings.PUBLIC_URL}{BASE}/{order_id}{rest}"


def receipt(made: OrderReceipt) -> dict[str, Any]:
    lookup = made.recipient_lookup
    body: dict[str, Any] = {"orderId": made.order_id}
    if lookup:
        body["recipientLookup"] = {
            "status": lookup.status,
            "isReserved": lookup.is_reserved,
            "missingContact": lookup.missing_contact,
        }
    return body


def order(row: Order) -> dict[str, Any]:
    body = _members(row) | {"recipients": row.recipients}
    if row.email_template:
        body["emailTemplate"] = row.email_template
    if row.sms_template:
        body["smsTemplate"] = row.sms_template
    return body | {"links": {"self": order_url(row.id), "status": order_url(row.id, "/status")}}


def order_list(rows: Iterable[Order]) -> dict[str, Any]:
    orders = [order(row) for row in rows]
    return {"count": len(orders), "orders": orders}


def order_with_status(row: Order | OrderState) -> dict[str, Any]:
    status = OrderStatus(row.status)
    body = _members(row) | {
        "processingStatus": {
            "status": SHOWN_IN_V1[status],
            "description": ORDER_DESCRIPTIONS[status],
            "lastUpdate": row.status_changed_at,
        }
    }
    counts = {
        channel: {
            "links": {"self": order_url(row.id, f"/notifications/{channel}")},
            "generated": generated,
            "succeeded": succeeded,
        }
        for channel, generated, succeeded in (
            ("email", row.email_generated, row.email_succeeded),
            ("sms", row.sms_generated, row.sms_succeeded),
        )
        if generated
    }
    return body | ({"notificationsStatusSummary": counts} if counts else {})


def summary(row: OrderState, channel: Channel, messages: Iterable[Shown]) -> dict[str, Any]:
    notifications = [_notification(message, channel) for message in messages]
    body: dict[str, Any] = {"orderId": row.id}
    if row.senders_reference is not None:
        body["sendersReference"] = row.senders_reference
    return body | {
        "generated": len(notifications),
        "succeeded": sum(one["succeeded"] for one in notifications),
        "notifications": notifications,
    }


def _members(row: Order | OrderState) -> dict[str, Any]:
    """What every shape of an order begins with."""
    members = {
        "id": row.id,
        "creator": row.creator,
        "sendersReference": row.senders_reference,
        "requestedSendTime": row.requested_send_time,
        "created": row.created_at,
        "notificationChannel": row.channel,
        "ignoreReservation": row.ignore_reservation,
        "resourceId": row.resource_id,
        "resourceAction": row.resource_action,
        "conditionEndpoint": row.condition_endpoint,
    }
    return {name: value for name, value in members.items() if value is not None}


def _notification(message: Shown, channel: Channel) -> dict[str, Any]:
    word, description = _words(channel, message.state, message.reason)
    return {
        "id": message.id,
        "succeeded": message.state in _SUCCESSES,
        "recipient": _recipient(message, channel),
        "sendStatus": {
            "status": word,
            "description": description,
            "lastUpdate": message.state_at,
        },
    }


@cache
def _words(channel: Channel, state: str, reason: str) -> tuple[str, str]:
    """Few different ones, said hundreds of times an answer."""
    word = result_in_v1(channel, state, reason)
    return word, describe_result(channel, word)


def _recipient(message: Shown, channel: Channel) -> dict[str, str]:
    address = "emailAddress" if channel is Channel.EMAIL else "mobileNumber"
    kind, _, number = message.recipient.partition(":")
    if kind == "person":
        return {"nationalIdentityNumber": number, address: message.address}
    if kind == "organization":
        return {"organizationNumber": number, address: message.address}
    return {address: message.address}
