"""What became of an order's messages: its running counts, and its completion (contract 8)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from notifications_platform.delivery.owners import Outcome
from notifications_platform.delivery.states import Channel, State
from orders import finished

_SUCCESSES = {State.SENT, State.DELIVERED}


@dataclass(slots=True)
class _Tally:
    email_succeeded: int = 0
    sms_succeeded: int = 0
    closed: int = 0

    def add(self, outcome: Outcome) -> None:
        gained = (outcome.state in _SUCCESSES) - (outcome.was in _SUCCESSES)
        if outcome.channel == Channel.EMAIL:
            self.email_succeeded += gained
        else:
            self.sms_succeeded += gained
        self.closed += outcome.final


def on_outcomes(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Keep the counts; an order whose last message became final is completed.

    Called by the delivery engine in the transaction that records the outcomes. Rows are
    locked in the order of their ids, so that two workers never wait for each other in turn.
    """
    tallies: dict[UUID, _Tally] = defaultdict(_Tally)
    for outcome in outcomes:
        tallies[outcome.owner_id].add(outcome)
    changed = {
        order_id: tally
        for order_id, tally in sorted(tallies.items())
        if tally.email_succeeded or tally.sms_succeeded or tally.closed
    }
    if changed:
        with connection.cursor() as cursor:
            _apply(cursor, changed, now)


def _apply(cursor: Any, changed: dict[UUID, _Tally], now: datetime) -> None:
    cursor.execute(
        """
        WITH change AS MATERIALIZED (
            SELECT * FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[])
                AS change (id, email, sms, closed)),
        locked AS MATERIALIZED (
            SELECT id FROM orders_order WHERE id IN (SELECT id FROM change)
            ORDER BY id FOR UPDATE)
        UPDATE orders_order AS told
        SET email_succeeded = email_succeeded + change.email,
            sms_succeeded = sms_succeeded + change.sms,
            open_notifications = open_notifications - change.closed,
            status = CASE WHEN status = 'Processed' AND open_notifications = change.closed
                          THEN 'Completed' ELSE status END,
            status_changed_at =
                CASE WHEN status = 'Processed' AND open_notifications = change.closed
                     THEN %s ELSE status_changed_at END
        FROM change JOIN locked USING (id)
        WHERE told.id = change.id
        RETURNING told.id, told.placed_by, told.status = 'Completed'
        """,
        [
            list(changed),
            [tally.email_succeeded for tally in changed.values()],
            [tally.sms_succeeded for tally in changed.values()],
            [tally.closed for tally in changed.values()],
            now,
        ],
    )
    ended = [(id, system) for id, system, completed in cursor.fetchall() if completed]
    finished.tell(ended, now=now)
