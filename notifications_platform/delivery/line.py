"""The line in which messages wait: one per channel and lane, fair between clients.

A message's place (`fair_at`) is given when it is written, one small step behind the same
client's last one, and never before the head of the line (start-time fair queueing). So a
client's million messages stretch out behind the head by themselves, and another client's
single one goes next, however slowly the line moves. Places are real time for want of a better
unit; only their order counts.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from notifications_platform.delivery.models import Turn
from notifications_platform.delivery.states import Channel, Lane

STEP = timedelta(milliseconds=1)
Heads = dict[tuple[str, int], datetime]


def heads() -> Heads:
    """The place that is next in each line where somebody waits; a few index probes."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT channel, lane, head
            FROM (
                SELECT channel, lane, (
                    -- One step down the index, whatever the statistics say.
                    SELECT fair_at FROM delivery_message AS message
                    WHERE state = 'queued' AND fair_at IS NOT NULL
                      AND message.channel = channel.channel AND message.lane = lane.lane
                    ORDER BY fair_at LIMIT 1) AS head
                FROM unnest(%s::text[]) AS channel, unnest(%s::int[]) AS lane) AS line
            WHERE head IS NOT NULL
            """,
            [
                [channel.value for channel in Channel],
                [lane.value for lane in Lane if lane is not Lane.STOPPED],
            ],
        )
        return {(channel, lane): head for channel, lane, head in cursor.fetchall()}


class Line:
    """Gives out places while a batch of messages is written, in the caller's transaction."""

    def __init__(self, clients: Collection[str], *, real: datetime) -> None:
        self.real = real
        self.heads = heads()
        self.places = {
            (turn.client, turn.channel, turn.lane): turn.fair_at
            for turn in Turn.objects.filter(client__in=clients)
        }
        self.moved: set[tuple[str, str, int]] = set()

    def next_place(self, client: str, channel: Channel, lane: Lane) -> datetime:
        key = (client, channel.value, int(lane))
        if key not in self.moved:
            head = min(self.heads.get(key[1:], self.real), self.real)
            self.places[key] = max(self.places.get(key, head), head)
            self.moved.add(key)
        self.places[key] += STEP
        return self.places[key]

    def remember(self, cursor: Any) -> None:
        """Last thing before the commit: the rows stay locked for a moment only. Two batches
        of one client that ran side by side may share places; that is still fair to others.
        """
        keys = sorted(self.moved)
        if keys:
            cursor.execute(
                """
                INSERT INTO delivery_turn (client, channel, lane, fair_at)
                SELECT * FROM unnest(%s::text[], %s::text[], %s::int[], %s::timestamptz[])
                ON CONFLICT (client, channel, lane)
                DO UPDATE SET fair_at = greatest(delivery_turn.fair_at, excluded.fair_at)
                """,
                [*map(list, zip(*keys, strict=True)), [self.places[key] for key in keys]],
            )


def forget_turns(*, real: datetime) -> None:
    """Where nobody waits any more, nobody stands behind a place in the future."""
    busy = heads()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE delivery_turn SET fair_at = %s
            WHERE fair_at > %s AND (channel, lane) NOT IN (
                SELECT * FROM unnest(%s::text[], %s::int[]))
            """,
            [
                real,
                real + timedelta(seconds=1),
                [channel for channel, _ in busy],
                [lane for _, lane in busy],
            ],
        )
