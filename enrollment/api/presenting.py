"""Rows as the wire shows them (enrollment contract 1, 2): what has no value is left out."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from enrollment import reading
from enrollment.api import links
from enrollment.callers import Caller
from enrollment.models import EnrollmentEventNotification, NotificationHistory
from notifications_platform.delivery.reading import Tried

Body = dict[str, Any]


def without_blanks(members: Mapping[str, Any]) -> Body:
    """Without null and empty strings; times as the wire has them. False, 0 and [] stay."""
    return {
        name: _value(value) for name, value in members.items() if value is not None and value != ""
    }


def date_time(moment: datetime) -> dict[str, str]:
    """UTC; what is below a millisecond is cut."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return {"value": text.replace("+00:00", "Z")}


def notification(
    one: EnrollmentEventNotification, *, caller: Caller, payload: Mapping[str, Any] | None = None
) -> Body:
    """`payload`: the `data` object sent out, for the single representation only."""
    return without_blanks(
        {
            "id": one.pk,
            "notificationDefinitionCode": one.notification_definition_code,
            "businessEventDefinitionCode": one.business_event_definition_code,
            "policyCode": one.policy_code,
            "policyGid": one.policy_gid,
            "personCode": one.person_code,
            "policyEnrollmentEventId": one.event_id,
            "emitNotification": one.emit_notification,
            "status": one.status,
            "obsolete": one.obsolete,
            "supersededById": one.superseded_by,
            "payload": payload,
            "attemptCount": one.attempt_count,
            "nextAttemptDate": one.next_attempt_at,
            "lastResponseStatus": one.last_response_status,
            "lastErrorText": one.last_error_text,
            "creationDate": one.created_at,
            "lastUpdatedDate": one.updated_at,
            "sentDate": one.sent_at,
            "failedDate": one.failed_at,
            "cancelledDate": one.cancelled_at,
            "cancelledBy": one.cancelled_by,
            "links": links.of_notification(one, caller),
        }
    )


def single(one: EnrollmentEventNotification, *, caller: Caller) -> Body:
    """The full representation. Reads the text that is sent."""
    return notification(one, caller=caller, payload=reading.payload(one))


def history(entry: NotificationHistory) -> Body:
    return without_blanks(
        {
            "action": entry.action,
            "fromStatus": entry.from_status,
            "toStatus": entry.to_status,
            "actor": entry.actor,
            "source": entry.source,
            "date": entry.at,
            "reason": entry.reason,
            "bulkOperationId": entry.bulk_operation_id and str(entry.bulk_operation_id),
            "httpStatus": entry.http_status,
        }
    )


def attempt(tried: Tried) -> Body:
    """`cycle` 1 is the first delivery, each resend starts another; `result` is the engine's word:
    sent, transient, permanent, not_tried, or unknown where the worker died in the middle of it.
    """
    return without_blanks(
        {
            "cycle": tried.cycle,
            "attempt": tried.number,
            "date": tried.at,
            "result": tried.result,
            "answer": tried.answer,
            "durationMs": tried.duration_ms,
        }
    )


def _value(value: Any) -> Any:
    match value:
        case datetime():
            return date_time(value)
        case date():
            return value.isoformat()
    return value
