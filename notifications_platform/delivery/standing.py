"""What stands in line, what waits for later, and since when, at a cost that has a bound.

Each line is looked at from its head, as far as `DEEPEST`. Places in line interleave clients, so
everybody who waits is met there, the oldest message of each first.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection, transaction

from notifications_platform.delivery.states import Channel, Lane

DEEPEST = 5_000


class Place(StrEnum):
    """Where messages wait. `set_aside`: their client has been stopped."""

    IN_LINE = "in_line"
    SET_ASIDE = "set_aside"
    LATER = "later"
    CLAIMED = "claimed"


class Standing(NamedTuple):
    """Messages of one client in one place: how many, and the earliest time (business time) at
    which one of them was, or will be, due.
    """

    place: Place
    channel: str
    client: str
    number: int
    since: datetime


# By message_ready: from the head of each line.
_IN_LINE = """
    SELECT CASE lane WHEN %(stopped)s THEN 'set_aside' ELSE 'in_line' END AS place, channel,
           client, count(*), min(not_before)
    FROM unnest(%(channels)s::text[]) AS one (channel), unnest(%(lanes)s::int[]) AS line (lane),
    LATERAL (
        SELECT client, not_before FROM delivery_message AS message
        WHERE state = 'queued' AND fair_at IS NOT NULL
          AND message.channel = one.channel AND message.lane = line.lane
        ORDER BY fair_at LIMIT %(deepest)s) AS waiting
    GROUP BY 1, 2, 3
"""
# By message_waiting: the soonest of each channel.
_LATER = """
    SELECT 'later', channel, client, count(*), min(not_before)
    FROM unnest(%(channels)s::text[]) AS one (channel), LATERAL (
        SELECT client, not_before FROM delivery_message AS message
        WHERE state = 'queued' AND fair_at IS NULL AND message.channel = one.channel
        ORDER BY not_before LIMIT %(deepest)s) AS waiting
    GROUP BY 2, 3
"""
# By message_leased: what workers have in hand is never many.
_CLAIMED = """
    SELECT 'claimed', channel, client, count(*), min(not_before)
    FROM (
        SELECT channel, client, not_before FROM delivery_message
        WHERE state = 'claimed' ORDER BY lease_until LIMIT %(deepest)s) AS claimed
    GROUP BY 2, 3
"""


def look(channels: Sequence[str] = Channel.values) -> list[Standing]:
    """Who waits where; three short walks along an index each, whatever the table holds."""
    asked: dict[str, Any] = {
        "channels": list(channels),
        "lanes": [int(lane) for lane in Lane],
        "stopped": int(Lane.STOPPED),
        "deepest": DEEPEST,
    }
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        # Whatever the planner guesses: along the index, and stop at the limit.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        for query in (_IN_LINE, _LATER, _CLAIMED):
            cursor.execute(query, asked)
            found += [Standing(Place(row[0]), *row[1:]) for row in cursor.fetchall()]
        cursor.execute("SET LOCAL enable_seqscan = on; SET LOCAL enable_bitmapscan = on")
    return [one for one in found if one.channel in channels]


def number(standing: Iterable[Standing], *places: Place) -> int:
    return sum(one.number for one in standing if one.place in places)


def is_cut_short(standing: Iterable[Standing]) -> bool:
    """Whether there was more to count somewhere; a line is one channel's, of all its lanes."""
    lengths: Counter[tuple[Place, str]] = Counter()
    for one in standing:
        lengths[one.place, one.channel] += one.number
    return any(length >= DEEPEST for length in lengths.values())


def counted(number: int) -> str:
    """A number that was counted no further than `DEEPEST`, as staff read it."""
    return f"{DEEPEST:,}+".replace(",", "\N{NO-BREAK SPACE}") if number >= DEEPEST else str(number)
