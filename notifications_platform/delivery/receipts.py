"""Providers' reports: stored as they came, applied when their message is known.

A report may come before our own record of the send, twice, out of order, too late, or for a
message that is not ours. A final state is never overwritten (delivery contract 2).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from notifications_platform.delivery import owners
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import REFERENCE_LENGTH, Receipt

BATCH = 5000
# How long a report that matches nothing is tried again; then it is kept for staff only.
PATIENCE = timedelta(hours=24)


def receive(reports: Sequence[Report], *, now: datetime) -> None:
    """Store a batch of reports and apply those whose message is known, in one transaction."""
    with transaction.atomic():
        Receipt.objects.bulk_create(
            Receipt(
                provider=report.provider,
                provider_reference=report.reference[:REFERENCE_LENGTH],
                state=report.outcome or "",
                reason=report.reason or "",
                raw=report.raw,
                received_at=now,
                settled_at=None if report.outcome and report.reference else now,
            )
            for report in reports
        )
        settle(now=now, about=[report.reference[:REFERENCE_LENGTH] for report in reports])


def settle(*, now: datetime, about: Sequence[str] | None = None) -> int:
    """Apply up to a batch of stored reports whose message is known by now; how many.

    `about` names the references to look at: all reports about them, so that one that came
    before our own record of the send is not overtaken by a later one. Those that a sweep holds
    just now are waited for; a sweep, which asks about all of them, waits for nobody.
    """
    return owners.confining_defects(lambda tell: _settle(now, about, tell))


def _settle(now: datetime, about: Sequence[str] | None, tell: owners.Tell) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH known AS MATERIALIZED (
                SELECT receipt.id AS receipt_id, message.id AS message_id, receipt.state,
                       receipt.reason, receipt.received_at
                FROM delivery_receipt AS receipt
                JOIN delivery_message AS message
                  ON message.provider_reference = receipt.provider_reference
                 AND message.provider_reference <> ''
                 AND (message.provider = receipt.provider
                      OR starts_with(message.provider, receipt.provider || ':'))
                WHERE receipt.settled_at IS NULL
                  AND (%(all)s OR receipt.provider_reference = ANY(%(about)s))
                ORDER BY receipt.id LIMIT %(batch)s
                FOR UPDATE OF receipt {"SKIP LOCKED" if about is None else ""}),
            first AS MATERIALIZED (
                SELECT DISTINCT ON (message_id) * FROM known ORDER BY message_id, receipt_id),
            -- With all that the next step needs: a join of two of these sets would compare each
            -- row with each, as long as the statistics know of no unsettled report.
            locked AS MATERIALIZED (
                SELECT message.id, message.state AS was, message.erasure, first.receipt_id,
                       first.state, first.reason, first.received_at
                FROM delivery_message AS message JOIN first ON first.message_id = message.id
                ORDER BY message.id FOR UPDATE OF message),
            changed AS (
                UPDATE delivery_message AS message
                SET state = locked.state, reason = locked.reason, state_at = %(now)s,
                    final_at = %(now)s, lease_token = NULL, lease_until = NULL
                FROM locked
                WHERE message.id = locked.id AND message.final_at IS NULL
                  AND message.state IN ('claimed', 'sent')
                  AND (message.expires_at IS NULL OR message.expires_at >= locked.received_at)
                RETURNING owner_kind, owner_id, message.id, channel, was, message.state,
                          message.reason, true, attempts, client, locked.receipt_id),
            settled AS (
                UPDATE delivery_receipt AS receipt
                SET settled_at = %(now)s, message_id = known.message_id,
                    raw = CASE WHEN known.message_id IN (
                                   SELECT id FROM locked WHERE erasure = 'done')
                               THEN '' ELSE raw END,
                    changed_message = receipt.id IN (SELECT receipt_id FROM changed)
                FROM known WHERE receipt.id = known.receipt_id
                RETURNING receipt.id)
            SELECT (SELECT count(*) FROM settled), changed.* FROM (SELECT) AS always
            LEFT JOIN changed ON true
            """,  # noqa: S608 - both spellings are ours
            {
                "now": now,
                "batch": BATCH,
                "all": about is None,
                "about": list(about or []),
            },
        )
        rows = cursor.fetchall()
        outcomes = [owners.Outcome(*row[1:10])._replace(client=row[10]) for row in rows if row[1]]
        tell(outcomes, now)
    return int(rows[0][0])


def lay_aside(*, now: datetime) -> int:
    """Stop trying reports that matched no message for a day; staff still see that they came. Their
    wording goes: no erasure would find it, as nothing leads there from a message.
    """
    return Receipt.objects.filter(settled_at__isnull=True, received_at__lt=now - PATIENCE).update(
        settled_at=now, raw=""
    )
