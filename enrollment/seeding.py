"""Load data: notifications as ingestion and workers would have left them, a hundred thousand to a
transaction, made inside the database (contract 7).

Each has an event, a text, a message of the engine with its one attempt, and its history. A hundred
members to a policy; all of one definition, whose endpoint answers nobody. None is made obsolete by
another: each member stands in one event.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from enrollment.coordinates import owner_in_sql
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationDefinition,
    PolicyEnrollmentEvent,
)
from enrollment.states import OWNER, Status
from enrollment.targets import address_in_sql
from notifications_platform.delivery.channels.webhook import WEBHOOK_ID

CODE = "LOAD_DATA"
_EVENT = "MEMBER_ENROLLED"
_AT_ONCE = 100_000
_PER_POLICY = 100
# They were made over this time, the last one just before now.
_SPREAD = timedelta(days=30)
_ENDPOINT = "http://127.0.0.1:9/nobody-listens-here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many notifications of `client` in this final status of a first cycle."""

    client: str
    status: Status
    count: int


def seed(load: Load, *, now: datetime) -> Iterator[int]:
    """Tells after each transaction how many there are by now."""
    if load.status not in (Status.FAILED, Status.SENT):
        raise ValueError(f"{load.status} is not what a first cycle ends with")
    definition = _definition(load.client, now)
    for first in range(0, load.count, _AT_ONCE):
        last = min(first + _AT_ONCE, load.count) - 1
        _store(load, definition, first, last, now)
        yield last + 1
    with connection.cursor() as cursor:
        for table in _GROWN:
            cursor.execute(f"ANALYZE {table}")


def _definition(client: str, now: datetime) -> NotificationDefinition:
    definition, _ = NotificationDefinition.objects.get_or_create(
        client=client,
        code=CODE,
        defaults={
            "descr": "Made by enrollment_seed.",
            "business_event_definition_codes": [_EVENT],
            "endpoint_url": _ENDPOINT,
            "retry_schedule": [],
            "created_at": now,
            "updated_at": now,
        },
    )
    return definition


def _store(
    load: Load, definition: NotificationDefinition, first: int, last: int, now: datetime
) -> None:
    failed = load.status is Status.FAILED
    values: dict[str, Any] = {
        "first": first,
        "last": last,
        "of": load.count,
        "per_policy": _PER_POLICY,
        "now": now,
        "spread": _SPREAD,
        "client": load.client,
        "definition": definition.pk,
        "code": CODE,
        "type": f"enrollment.{CODE.lower()}",
        "emit": definition.emit_notification,
        "event": _EVENT,
        "status": load.status.value,
        "action": "failed" if failed else "sent",
        "http_status": 503 if failed else 204,
        "error": "HTTP 503" if failed else "",
        "state": "failed" if failed else "sent",
        "reason": "gave_up" if failed else "",
        "result": "transient" if failed else "sent",
        "owner_kind": OWNER,
        "webhook_id": WEBHOOK_ID,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS seeded")
        for statement in _STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("DROP TABLE seeded")


_TABLE = EnrollmentEventNotification._meta.db_table
_EVENTS_TABLE = PolicyEnrollmentEvent._meta.db_table
# As core.ids makes them: their order is that of the moments they were made in.
_ID_AT = """(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7'
    || substr(replace(gen_random_uuid()::text, '-', ''), 14))::uuid"""
_CHOOSE = f"""
    CREATE TEMP TABLE seeded ON COMMIT DROP AS
    SELECT number, at, {_ID_AT} AS content_id, {_ID_AT} AS message_id,
           nextval((SELECT pg_get_serial_sequence('{_TABLE}', 'id')::regclass)) AS id,
           nextval((SELECT pg_get_serial_sequence('{_EVENTS_TABLE}', 'id')::regclass)) AS event_id,
           'LOAD-' || lower(%(status)s) || '-' || number / %(per_policy)s AS policy,
           'P-' || number %% %(per_policy)s AS person
    FROM (SELECT number, %(now)s - %(spread)s * (1 - number / %(of)s::float)
                         - interval '1 minute' AS at
          FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS number
          OFFSET 0) AS numbered
    """  # noqa: S608 - the parts are ours
_POLICIES = """
    INSERT INTO enrollment_policystate
        (client, policy_gid, policy_code, approved, created_at, updated_at)
    SELECT %(client)s, policy, policy, true, min(at), min(at) FROM seeded GROUP BY policy
    ON CONFLICT (client, policy_gid) DO NOTHING
    """
_EVENTS = f"""
    INSERT INTO {_EVENTS_TABLE}
        (id, client, policy_id, policy_code, person_code, type, business_event_definition_code,
         descr, event_reference, values, correlation_id, created_at)
    SELECT event_id, %(client)s, policy.id, policy, person, 'B', %(event)s, 'load data', '', '{{}}',
           '', at
    FROM seeded JOIN enrollment_policystate AS policy
        ON policy.client = %(client)s AND policy.policy_gid = seeded.policy
    ORDER BY number
    """  # noqa: S608 - the parts are ours
_CONTENTS = """
    INSERT INTO delivery_content
        (id, channel, sender, subject, body, content_type, placeholders, "window", retry_after,
         retry_last_repeats, created_at)
    SELECT content_id, 'webhook', '', '',
           concat('{"type":"', %(type)s, '","timestamp":"',
                  to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                  '","data":{"notificationId":"', id, '","notificationDefinitionCode":"', %(code)s,
                  '","businessEventDefinitionCode":"', %(event)s, '","policyCode":"', policy,
                  '","policyGid":"', policy, '","personCode":"', person,
                  '","policyEnrollmentEventId":', event_id, ',"descr":"load data"}}'),
           'application/json', '{}', '', '{}', false, at
    FROM seeded ORDER BY number
    """
_NOTIFICATIONS = """
    INSERT INTO enrollment_enrollmenteventnotification
        (id, client, definition_id, event_id, notification_definition_code,
         business_event_definition_code, policy_code, policy_gid, person_code, emit_notification,
         status, obsolete, content_id, correlation_id, attempt_count, earlier_attempts,
         last_response_status, last_error_text, created_at, updated_at, sent_at, failed_at,
         cancelled_by)
    SELECT id, %(client)s, %(definition)s, event_id, %(code)s, %(event)s, policy, policy, person,
           %(emit)s, %(status)s, false, content_id, '', 1, 0, %(http_status)s, %(error)s, at, at,
           CASE WHEN %(action)s = 'sent' THEN at END, CASE WHEN %(action)s = 'failed' THEN at END,
           ''
    FROM seeded ORDER BY number
    """
_HISTORY = """
    INSERT INTO enrollment_notificationhistory
        (notification_id, action, from_status, to_status, actor, source, at, reason, http_status)
    SELECT id, step.action, step.was, step.became,
           CASE step.source WHEN 'api' THEN %(client)s ELSE 'load data' END, step.source, at, '',
           step.http_status
    FROM seeded CROSS JOIN (VALUES
        (1, 'created', '', 'Ready', 'api', NULL::int),
        (2, 'claimed', 'Ready', 'In process', 'worker', NULL),
        (3, %(action)s, 'In process', %(status)s, 'worker', %(http_status)s))
        AS step (number, action, was, became, source, http_status)
    ORDER BY seeded.number, step.number
    """
_MESSAGES = f"""
    INSERT INTO delivery_message
        (id, owner_kind, owner_id, client, correlation_id, content_id, channel, lane, address,
         recipient, values, state, reason, created_at, state_at, not_before, final_at, attempts,
         provider, provider_reference)
    SELECT message_id, %(owner_kind)s, {owner_in_sql("id")}, %(client)s, '', content_id, 'webhook',
           1, {address_in_sql("%(definition)s")}, '',
           jsonb_build_object(%(webhook_id)s, 'een_' || id), %(state)s, %(reason)s, at, at, at, at,
           1, 'webhook', ''
    FROM seeded ORDER BY number
    """  # noqa: S608 - the parts are ours
_ATTEMPTS = """
    INSERT INTO delivery_attempt
        (message_id, number, at, worker, provider, result, answer, duration_ms)
    SELECT message_id, 1, at, 'load data', 'webhook', %(result)s, 'HTTP ' || %(http_status)s::int, 5
    FROM seeded ORDER BY number
    """
_STATEMENTS = (
    _CHOOSE,
    _POLICIES,
    _EVENTS,
    _CONTENTS,
    _NOTIFICATIONS,
    _HISTORY,
    _MESSAGES,
    _ATTEMPTS,
)
_GROWN = (
    "enrollment_policystate",
    _EVENTS_TABLE,
    "delivery_content",
    "enrollment_enrollmenteventnotification",
    "enrollment_notificationhistory",
    "delivery_message",
    "delivery_attempt",
)
