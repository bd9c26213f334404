"""How much is waiting to leave, and how long the oldest of it has been due (runtime contract 7).

Asked at each scrape, on a connection of its own with a short time limit: a scrape neither
waits for a database that is away nor holds up anyone else.
"""

from collections.abc import Iterable

import psycopg
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from notifications_platform.core import clock, connections
from notifications_platform.delivery.states import Channel, Lane

# Beyond this "very many" is all an operator needs to know.
MOST_COUNTED = 100_000

# Each counts along one partial index of the outbox.
_IN_LINE = """
SELECT channel,
       (SELECT count(*) FROM (
            SELECT FROM delivery_message AS message
             WHERE state = 'queued' AND fair_at IS NOT NULL AND message.channel = asked.channel
               AND lane < %(stopped)s
             LIMIT %(most)s) AS counted),
       (SELECT min(first.fair_at) FROM unnest(ARRAY[0, 1, 2]) AS line (lane), LATERAL (
            SELECT fair_at FROM delivery_message AS message
             WHERE state = 'queued' AND fair_at IS NOT NULL AND message.channel = asked.channel
               AND message.lane = line.lane
             ORDER BY fair_at LIMIT 1) AS first)
  FROM unnest(%(channels)s::text[]) AS asked (channel)
"""
_STOPPED = """
SELECT channel, count(*), NULL::timestamptz FROM (
    SELECT asked.channel FROM unnest(%(channels)s::text[]) AS asked (channel), LATERAL (
        SELECT FROM delivery_message AS message
         WHERE state = 'queued' AND fair_at IS NOT NULL AND message.channel = asked.channel
           AND lane = %(stopped)s
         LIMIT %(most)s) AS one) AS stopped
 GROUP BY channel
"""
_NOT_YET_IN_LINE = """
SELECT channel, count(*), min(not_before)
  FROM unnest(%(channels)s::text[]) AS asked (channel), LATERAL (
    SELECT not_before FROM delivery_message AS message
     WHERE state = 'queued' AND fair_at IS NULL AND message.channel = asked.channel
       AND not_before <= %(now)s
     ORDER BY not_before LIMIT %(most)s) AS due
 GROUP BY channel
"""
_CLAIMED = """
SELECT channel, count(*), NULL::timestamptz FROM (
    SELECT channel FROM delivery_message WHERE state = 'claimed' LIMIT %(most)s) AS claimed
 GROUP BY channel
"""
_SWITCHED_OFF = """
SELECT 'channel', count(*) FROM delivery_channelswitch WHERE stopped
UNION ALL SELECT 'provider', count(*) FROM delivery_provider WHERE switched_off
UNION ALL SELECT 'client', count(*) FROM delivery_stop WHERE lifted_at IS NULL
"""


class QueueCollector(Collector):
    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The names, without asking the database."""
        return self._families()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        depth, age, stopped = self._families()
        try:
            rows, off = _look()
        except psycopg.Error:
            # No figure is better than a wrong one; /health/ready names the trouble.
            return (depth, age, stopped)
        for kind, number in off:
            stopped.add_metric([kind], number)
        oldest = dict.fromkeys(Channel.values, 0.0)
        for stage, channel, count, waited in rows:
            depth.add_metric([channel, stage], count)
            oldest[channel] = max(oldest[channel], waited)
        for channel, seconds in oldest.items():
            age.add_metric([channel], seconds)
        return (depth, age, stopped)

    def _families(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily(
                "notifications_queue_messages",
                f"Messages waiting to leave, counted up to {MOST_COUNTED} each: in line, due "
                "but not in line yet, claimed by a worker, of clients that staff have stopped.",
                labels=["channel", "stage"],
            ),
            GaugeMetricFamily(
                "notifications_queue_oldest_due_seconds",
                "For how long the oldest message that is due has been so; 0 when none is.",
                labels=["channel"],
            ),
            GaugeMetricFamily(
                "notifications_stopped",
                "How many channels, providers and clients staff keep from being sent.",
                labels=["kind"],
            ),
        )


def _look() -> tuple[list[tuple[str, str, int, float]], list[tuple[str, int]]]:
    """Stage, channel, number of messages, seconds since the oldest was due; and what staff have
    stopped: kind, number.

    Raises psycopg.Error.
    """
    now, real = clock.now(), clock.real()
    # A place in line is real time, a due time business time.
    stages = (
        ("in_line", _IN_LINE, real),
        ("due", _NOT_YET_IN_LINE, now),
        ("claimed", _CLAIMED, real),
        ("stopped", _STOPPED, real),
    )
    asked = {
        "channels": list(Channel.values),
        "most": MOST_COUNTED,
        "stopped": Lane.STOPPED.value,
        "now": now,
    }
    found = []
    with connections.separate("metrics") as connection:
        # Whatever the planner guesses: stop along the index at the limit, leave history alone.
        connection.execute("SET enable_bitmapscan = off; SET enable_seqscan = off")
        connection.execute("SET statement_timeout = 3000")
        for stage, query, at in stages:
            rows = {row[0]: row for row in connection.execute(query, asked)}
            for channel in Channel.values:
                _, count, since = rows.get(channel, (channel, 0, None))
                found.append(
                    (stage, channel, count, (at - since).total_seconds() if since else 0.0)
                )
        off = connection.execute(_SWITCHED_OFF).fetchall()
    return found, off
