"""Messages for rows that are there already: written by the statement that selects them."""

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from notifications_platform.core import clock
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.delivery.line import STEP, heads
from notifications_platform.delivery.states import Channel, Lane


class Selection(NamedTuple):
    """SQL of a relation with its `values` by name (other names than `_…`), one row per message.
    Its columns: `owner_id` and `content_id` (uuid), `client`, `address`, `values` (jsonb),
    `correlation_id` and `position`, the order in which those of a client leave.
    """

    sql: str
    values: Mapping[str, Any]


def schedule_selected(
    selection: Selection, *, owner_kind: str, channel: Channel, now: datetime, lane: Lane
) -> int:
    """Write a message, due now, for each row of `selection`; how many. Two statements, however
    many they are.

    Last thing in the caller's transaction: it holds the clients' places in line until the commit,
    upon which what is due leaves. The contents are stored already; a content with a send window
    is for `outbox.schedule`.
    """
    head = heads().get((channel.value, int(lane)))
    real = clock.real()
    values: dict[str, Any] = {
        **selection.values,
        "_head": min(head or real, real),
        "_step": STEP,
        "_moment": time.time_ns() // 1_000_000 << 12,
        "_owner_kind": owner_kind,
        "_channel": channel.value,
        "_lane": int(lane),
        "_now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            # Ids as `core.ids.uuid7` makes them, and places as `Line` and `sweeping.line_up` do.
            f"""
            WITH selected AS MATERIALIZED ({selection.sql}),
            placed AS MATERIALIZED (
                SELECT selected.*,
                       greatest(turn.fair_at, %(_head)s) + %(_step)s * row_number() OVER (
                           PARTITION BY selected.client ORDER BY position) AS fair_at,
                       %(_moment)s + row_number() OVER (ORDER BY position) AS moment
                FROM selected LEFT JOIN delivery_turn AS turn ON turn.client = selected.client
                    AND turn.channel = %(_channel)s AND turn.lane = %(_lane)s),
            written AS (
                INSERT INTO delivery_message
                    (id, owner_kind, owner_id, client, correlation_id, content_id, channel, lane,
                     address, recipient, "values", state, reason, created_at, state_at,
                     not_before, fair_at, attempts, provider, provider_reference)
                SELECT (lpad(to_hex(moment >> 12), 12, '0') || '7'
                        || lpad(to_hex(moment & 4095), 3, '0')
                        || right(gen_random_uuid()::text, 17))::uuid,
                       %(_owner_kind)s, owner_id, client, correlation_id, content_id,
                       %(_channel)s, %(_lane)s, address, '', "values", 'queued', '',
                       %(_now)s, %(_now)s, %(_now)s, fair_at, 0, '', ''
                FROM placed ORDER BY moment
                RETURNING id)
            INSERT INTO delivery_turn (client, channel, lane, fair_at)
            SELECT client, %(_channel)s, %(_lane)s, max(fair_at) FROM placed GROUP BY client
            ORDER BY client COLLATE "C"
            ON CONFLICT (client, channel, lane)
            DO UPDATE SET fair_at = greatest(delivery_turn.fair_at, excluded.fair_at)
            RETURNING (SELECT count(*) FROM written)
            """,  # noqa: S608 - the selection is a caller's own
            values,
        )
        row = cursor.fetchone()
    if row is None:
        return 0
    wake_on_commit("delivery.drain", channel.value)
    return int(row[0])
