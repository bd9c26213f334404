"""How many messages came to what, over time: from sums, never from messages."""

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.periods import Period
from notifications_platform.delivery.tallying import EVERYBODY


class Came(NamedTuple):
    """So many messages came to a state within the step that begins at `start`."""

    start: datetime
    channel: str
    state: str
    reason: str
    number: int


# Sums by tally_of; what is not added up yet is of the past few seconds.
_READ = """
    SELECT date_trunc(%(step)s, at, 'Europe/Oslo'), channel, state, reason, sum(number)::bigint
    FROM (
        SELECT at, channel, state, reason, number FROM delivery_tally
        WHERE length = %(length)s AND client = ANY(%(clients)s::text[]) AND at >= %(since)s
        UNION ALL
        SELECT at, channel, state, reason, number FROM delivery_stroke
        WHERE at >= %(since)s AND (%(all)s OR client = ANY(%(clients)s::text[]))) AS counted
    GROUP BY 1, 2, 3, 4
"""


def read(period: Period, clients: Clients, *, now: datetime) -> list[Came]:
    """What messages came to within `period`: of `clients`, or of all together. One statement,
    whose cost follows the length of the period, and for all together nothing else.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _READ,
            {
                "step": period.step,
                "length": "minute" if period is Period.HOUR else "hour",
                "clients": [EVERYBODY] if clients is None else sorted(clients),
                "all": clients is None,
                "since": period.starts(now)[0],
            },
        )
        return list(map(Came._make, cursor.fetchall()))
