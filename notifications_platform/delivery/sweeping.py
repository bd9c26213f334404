"""The safety net, swept every few seconds: whatever a lost wake-up or a dead worker left.

Each step works in batches with SKIP LOCKED and costs by what is due, not by what is stored.
"""

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import connection, transaction

from notifications_platform.core.passing import MAY_PASS
from notifications_platform.delivery import owners
from notifications_platform.delivery.line import STEP, heads
from notifications_platform.delivery.states import Channel, Reason

log = structlog.get_logger(__name__)

BATCH = 5000
_SWEEP_SECONDS = 10.0
# A worker may die for many reasons; not so often for others than the message that it has in hand.
_DEATHS = 5


def repeat(step: Callable[[], int], batch: int = BATCH) -> int:
    """Run `step` until it handled less than a batch or ten seconds have passed."""
    until = time.monotonic() + _SWEEP_SECONDS
    handled = 0
    while time.monotonic() < until:
        count = step()
        handled += count
        if count < batch:
            break
    return handled


def each(*steps: Callable[[], object]) -> None:
    """Run all `steps`, whatever becomes of one; then raise what the first that failed raised.
    Where the database is away the others are left to the next sweep.
    """
    defects = []
    for step in steps:
        try:
            step()
        except MAY_PASS:
            raise
        except Exception as defect:
            defects.append(defect)
            log.exception("delivery.sweep_step_failed")
    if defects:
        raise defects[0]


def expire(*, now: datetime) -> int:
    """Fail up to a batch of open messages whose expiry and grace are over; how many."""
    return owners.confining_defects(lambda tell: _expire(now, tell))


def _expire(now: datetime, tell: owners.Tell) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH lapsed AS MATERIALIZED (
                SELECT id, state AS was, attempts, state_at, lease_holder
                FROM delivery_message
                WHERE state IN ('queued', 'claimed', 'sent') AND final_at IS NULL
                  AND lapses_at IS NOT NULL AND lapses_at <= %s
                ORDER BY lapses_at LIMIT %s
                FOR UPDATE SKIP LOCKED),
            noted AS (
                INSERT INTO delivery_attempt
                    (message_id, number, at, worker, provider, result, answer)
                SELECT id, attempts, state_at, lease_holder, '', 'unknown', ''
                FROM lapsed WHERE was = 'claimed'
                ON CONFLICT (message_id, number) DO UPDATE
                SET at = excluded.at, worker = excluded.worker, provider = '',
                    result = 'unknown', answer = '', duration_ms = NULL
                WHERE delivery_attempt.result = 'not_tried')
            UPDATE delivery_message AS message
            SET state = 'failed', reason = %s, state_at = %s, final_at = %s,
                lease_token = NULL, lease_until = NULL, lease_holder = ''
            FROM lapsed WHERE message.id = lapsed.id
            RETURNING owner_kind, owner_id, message.id, channel, was, state, reason, true,
                      message.attempts, CASE was WHEN 'claimed' THEN 'unknown' ELSE '' END,
                      '', NULL, client
            """,
            [now, BATCH, Reason.EXPIRED.value, now, now],
        )
        outcomes = owners.outcomes(cursor)
        tell(outcomes, now)
    return len(outcomes)


def line_up(*, now: datetime, real: datetime) -> int:
    """Give up to a batch of each channel's messages whose time has come their place in line; how
    many.
    """
    line = heads()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT waiting.*
                FROM unnest(%(every)s::text[]) AS one (channel), LATERAL (
                    SELECT id, client, channel, lane FROM delivery_message AS message
                    WHERE message.channel = one.channel
                      AND state = 'queued' AND fair_at IS NULL AND not_before <= %(now)s
                      AND (expires_at IS NULL OR expires_at > %(now)s)
                    ORDER BY not_before LIMIT %(batch)s
                    FOR UPDATE SKIP LOCKED) AS waiting),
            placed AS MATERIALIZED (
                SELECT due.id, client, channel, lane,
                       greatest(turn.fair_at, least(head.fair_at, %(real)s))
                           + row_number() OVER (
                               PARTITION BY client, channel, lane ORDER BY due.id)
                           * make_interval(secs => %(step)s) AS fair_at
                FROM due LEFT JOIN delivery_turn AS turn USING (client, channel, lane)
                LEFT JOIN unnest(%(channels)s::text[], %(lanes)s::int[], %(heads)s::timestamptz[])
                    AS head (channel, lane, fair_at) USING (channel, lane)),
            moved AS (
                UPDATE delivery_message AS message SET fair_at = placed.fair_at
                FROM placed WHERE message.id = placed.id
                RETURNING message.id)
            INSERT INTO delivery_turn (client, channel, lane, fair_at)
            SELECT client, channel, lane, max(fair_at) FROM placed
            GROUP BY client, channel, lane
            -- As `Line.remember` locks them, whatever the database's own order is.
            ORDER BY client COLLATE "C", channel COLLATE "C", lane
            ON CONFLICT (client, channel, lane)
            DO UPDATE SET fair_at = greatest(delivery_turn.fair_at, excluded.fair_at)
            RETURNING (SELECT count(*) FROM moved)
            """,
            {
                "now": now,
                "real": real,
                "batch": BATCH,
                "step": STEP.total_seconds(),
                "every": Channel.values,
                "channels": [channel for channel, _ in line],
                "lanes": [lane for _, lane in line],
                "heads": list(line.values()),
            },
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def reclaim(*, real: datetime, now: datetime) -> int:
    """Put up to a batch of messages whose lease ran out back to their place in line; how many.

    Their attempts are noted as "unknown": the provider may have taken them. One that has been
    tried for as long as its schedule allows, or some times oftener, is given up instead: what
    brings every worker down must not go round for ever. One that was withdrawn meanwhile is
    cancelled, or has failed.
    """
    return owners.confining_defects(lambda tell: _reclaim(real, now, tell))


def _reclaim(real: datetime, now: datetime, tell: owners.Tell) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH abandoned AS MATERIALIZED (
                SELECT id, content_id, attempts, state_at, lease_holder, withdrawn, reason
                FROM delivery_message
                WHERE state = 'claimed' AND lease_until < %(real)s
                ORDER BY lease_until LIMIT %(batch)s
                FOR UPDATE SKIP LOCKED),
            noted AS (
                INSERT INTO delivery_attempt
                    (message_id, number, at, worker, provider, result, answer)
                SELECT id, attempts, state_at, lease_holder, '', 'unknown', '' FROM abandoned
                ON CONFLICT (message_id, number) DO UPDATE
                SET at = excluded.at, worker = excluded.worker, provider = '',
                    result = 'unknown', answer = '', duration_ms = NULL
                WHERE delivery_attempt.result = 'not_tried'),
            settled AS MATERIALIZED (
                SELECT abandoned.id, CASE
                    WHEN withdrawn THEN CASE reason WHEN '' THEN 'cancelled' ELSE 'failed' END
                    WHEN attempts >= least_attempts AND EXISTS (
                        SELECT FROM delivery_attempt AS made
                        WHERE made.message_id = abandoned.id AND result <> 'not_tried'
                          AND at <= %(now)s - make_interval(secs => retry_for)) THEN 'failed'
                    WHEN NOT retry_last_repeats
                        AND attempts > cardinality(retry_after) + %(deaths)s THEN 'failed'
                    ELSE 'queued' END AS state
                FROM abandoned LEFT JOIN delivery_content AS content ON content.id = content_id)
            UPDATE delivery_message AS message
            SET state = settled.state,
                reason = CASE WHEN settled.state = 'failed' AND NOT withdrawn
                              THEN %(reason)s ELSE reason END,
                state_at = CASE WHEN settled.state = 'queued'
                                THEN message.state_at ELSE %(now)s END,
                final_at = CASE WHEN settled.state <> 'queued' THEN %(now)s::timestamptz END,
                lease_token = NULL, lease_until = NULL, lease_holder = ''
            FROM settled WHERE message.id = settled.id
            RETURNING owner_kind, owner_id, message.id, channel, 'claimed', message.state,
                      message.reason, message.final_at IS NOT NULL, message.attempts,
                      'unknown', '',
                      CASE WHEN message.state = 'queued' THEN message.not_before END, client
            """,
            {
                "real": real,
                "now": now,
                "batch": BATCH,
                "reason": Reason.GAVE_UP.value,
                "deaths": _DEATHS,
            },
        )
        outcomes = owners.outcomes(cursor)
        tell([outcome for outcome in outcomes if outcome.final], now)
    return len(outcomes)
