"""What receivers get (enrollment contract 6)."""

from typing import Any

import orjson

from enrollment.models import EnrollmentEventNotification, PolicyEnrollmentEvent
from notifications_platform.http.json import dumps


def data_of(
    notification: EnrollmentEventNotification, event: PolicyEnrollmentEvent
) -> dict[str, Any]:
    """`data`: what has no value is left out. Both have their ids; the number of a notification is
    a string, because not every receiver's numbers have 64 bits.
    """
    members = {
        "notificationId": str(notification.pk),
        "notificationDefinitionCode": notification.notification_definition_code,
        "businessEventDefinitionCode": notification.business_event_definition_code,
        "policyCode": notification.policy_code,
        "policyGid": notification.policy_gid,
        "personCode": notification.person_code,
        "policyEnrollmentEventId": event.pk,
        "descr": event.descr,
        "effectiveDate": event.effective_date,
        **event.values,
    }
    return {name: value for name, value in members.items() if value not in (None, "")}


def body_of(notification: EnrollmentEventNotification, event: PolicyEnrollmentEvent) -> str:
    """The compact JSON that is signed and sent; its `timestamp` is when the event was told."""
    return dumps(
        {
            "type": f"enrollment.{notification.notification_definition_code.lower()}",
            "timestamp": event.created_at,
            "data": data_of(notification, event),
        }
    ).decode()


def data_sent(body: str) -> dict[str, Any] | None:
    """The `data` in a stored body; None once it has been erased."""
    if not body:
        return None
    data: dict[str, Any] = orjson.loads(body)["data"]
    return data
