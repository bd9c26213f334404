"""Rows of the tests: what ingestion and workers leave behind, put there at once."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from enrollment.models import (
    EnrollmentEventNotification,
    NotificationDefinition,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.states import EventType, Status
from notifications_platform.delivery import outbox
from notifications_platform.delivery.outbox import NewContent
from notifications_platform.delivery.states import Channel
from tests.enrollment.conftest import OURS

NOON = datetime(2031, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
_REACHED: dict[Status, dict[str, Any]] = {
    Status.SENT: {"sent_at": NOON},
    Status.FAILED: {"failed_at": NOON, "last_error_text": "HTTP 500", "last_response_status": 500},
    Status.CANCELLED: {"cancelled_at": NOON, "cancelled_by": OURS},
}


def definition_of(client: str = OURS, code: str = "ENROLLED") -> NotificationDefinition:
    found, _ = NotificationDefinition.objects.get_or_create(
        client=client,
        code=code,
        defaults={
            "business_event_definition_codes": ["MEMBER_ENROLLED"],
            "endpoint_url": "http://127.0.0.1:9/hook",
            "created_at": NOON,
            "updated_at": NOON,
        },
    )
    return found


def event_of(client: str = OURS, gid: str = "G-1", person: str = "P-1") -> PolicyEnrollmentEvent:
    policy, _ = PolicyState.objects.get_or_create(
        client=client,
        policy_gid=gid,
        defaults={
            "policy_code": "POL-1",
            "approved": True,
            "created_at": NOON,
            "updated_at": NOON,
        },
    )
    return PolicyEnrollmentEvent.objects.create(
        client=client,
        policy=policy,
        policy_code=policy.policy_code,
        person_code=person,
        type=EventType.BUSINESS,
        business_event_definition_code="MEMBER_ENROLLED",
        created_at=NOON,
    )


def notifications(
    count: int = 1,
    *,
    client: str = OURS,
    status: Status = Status.FAILED,
    definition: str = "ENROLLED",
    gid: str = "G-1",
    person: str = "P-1",
    **fields: Any,
) -> Sequence[EnrollmentEventNotification]:
    """In this status, a second apart; in the order of their ids. They share one text."""
    defined, event = definition_of(client, definition), event_of(client, gid, person)
    sent = {"type": f"enrollment.{definition.lower()}", "data": {"personCode": person}}
    content = NewContent(channel=Channel.WEBHOOK, body=orjson.dumps(sent).decode(), retry_after=())
    outbox.write_contents([content], now=NOON)
    own = {
        "policy_code": event.policy_code,
        "business_event_definition_code": event.business_event_definition_code,
        "emit_notification": defined.emit_notification,
        "attempt_count": 1,
        **_REACHED.get(status, {}),
        **fields,
    }
    return EnrollmentEventNotification.objects.bulk_create(
        EnrollmentEventNotification(
            client=client,
            definition=defined,
            event=event,
            notification_definition_code=definition,
            policy_gid=gid,
            person_code=person,
            status=status,
            content_id=content.id,
            **{"created_at": at, "updated_at": at} | own,
        )
        for at in (NOON + timedelta(seconds=number) for number in range(count))
    )


def notification(**fields: Any) -> EnrollmentEventNotification:
    return notifications(1, **fields)[0]
