"""From a v1 body to a NewOrder: shape, rules, defaults. Raises ValidationProblem."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from notifications_platform.http.wire import read
from orders.api import rules
from orders.api.shapes import EmailOrderShape, OrderShape, SmsOrderShape
from orders.new_orders import NewOrder
from orders.states import EmailContentType, NotificationChannel

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_NUMBERS = ("organizationNumber", "nationalIdentityNumber")
_ALL = ("emailAddress", "mobileNumber", *_NUMBERS)

_ORDER, _EMAIL, _SMS = OrderShape(), EmailOrderShape(), SmsOrderShape()


def read_order(body: Any, *, now: datetime) -> NewOrder:
    """POST /orders: the channel decides which templates are required."""
    order = read(_ORDER, body)
    channel = order.get("notificationChannel")
    errors: rules.Errors = {}
    refuse = rules.collector(errors)
    rules.check_common(order, refuse, now=now)
    if channel is None:
        refuse("NotificationChannel", "A channel is needed.")
    else:
        rules.check_template(
            order.get("emailTemplate"), "EmailTemplate", refuse, required=channel.can_email
        )
        rules.check_template(
            order.get("smsTemplate"), "SmsTemplate", refuse, required=channel.can_sms
        )
    rules.check_recipients(
        order.get("recipients"), channel or NotificationChannel.EMAIL_AND_SMS, refuse
    )
    rules.refuse_if_any(errors)
    return _new_order(
        order,
        order["notificationChannel"],
        kept=_ALL,
        email=order.get("emailTemplate"),
        sms=order.get("smsTemplate"),
    )


def read_email_order(body: Any, *, now: datetime) -> NewOrder:
    """POST /orders/email"""
    order = read(_EMAIL, body)
    errors: rules.Errors = {}
    refuse = rules.collector(errors)
    rules.check_common(order, refuse, now=now)
    rules.check_text(order.get("subject"), "Subject", refuse)
    rules.check_text(order.get("body"), "Body", refuse)
    rules.check_recipients(order.get("recipients"), NotificationChannel.EMAIL, refuse)
    rules.refuse_if_any(errors)
    return _new_order(
        order, NotificationChannel.EMAIL, kept=("emailAddress", *_NUMBERS), email=order
    )


def read_sms_order(body: Any, *, now: datetime) -> NewOrder:
    """POST /orders/sms"""
    order = read(_SMS, body)
    errors: rules.Errors = {}
    refuse = rules.collector(errors)
    rules.check_common(order, refuse, now=now)
    rules.check_text(order.get("body"), "Body", refuse)
    rules.check_sender(order.get("senderNumber"), "SenderNumber", refuse)
    rules.check_recipients(order.get("recipients"), NotificationChannel.SMS, refuse)
    rules.refuse_if_any(errors)
    return _new_order(order, NotificationChannel.SMS, kept=("mobileNumber", *_NUMBERS), sms=order)


def _new_order(
    order: Mapping[str, Any],
    channel: NotificationChannel,
    *,
    kept: tuple[str, ...],
    email: Mapping[str, Any] | None = None,
    sms: Mapping[str, Any] | None = None,
) -> NewOrder:
    return NewOrder(
        channel=channel,
        # An empty string counts as absent.
        recipients=[
            {name: recipient[name] for name in kept if recipient.get(name)}
            for recipient in order["recipients"]
        ],
        email_template=_email_template(email) if email else None,
        sms_template=_sms_template(sms) if sms else None,
        senders_reference=order.get("sendersReference"),
        requested_send_time=order.get("requestedSendTime"),
        ignore_reservation=order.get("ignoreReservation"),
        resource_id=order.get("resourceId"),
        resource_action=order.get("resourceAction"),
        condition_endpoint=order.get("conditionEndpoint"),
    )


def _email_template(template: Mapping[str, Any]) -> dict[str, str]:
    return {
        "fromAddress": template.get("fromAddress") or settings.EMAIL_FROM,
        "subject": _LINE_BREAK.sub(" ", template["subject"]),
        "body": template["body"],
        "contentType": (template.get("contentType") or EmailContentType.PLAIN).value,
    }


def _sms_template(template: Mapping[str, Any]) -> dict[str, str]:
    return {
        "senderNumber": template.get("senderNumber") or settings.SMS_SENDER,
        "body": template["body"],
    }
