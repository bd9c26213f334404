"""Accepted against arrived, message by message, with the rows as witness."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

import psycopg

from benchmarks.orderer import Orderer
from benchmarks.platform import Platform

# An order and its entry in the trail are one statement; messages and counts one transaction.
_HALF_WRITTEN = """
    SELECT count(*) FROM orders_order AS placed
    WHERE NOT EXISTS (SELECT FROM audit_entry
                      WHERE subject_kind = 'order' AND subject_id = placed.id::text)
       OR (status IN ('Processed', 'Completed')
           AND email_generated + sms_generated
               <> (SELECT count(*) FROM delivery_message WHERE owner_id = placed.id))
       OR (status IN ('Registered', 'Cancelled')
           AND EXISTS (SELECT FROM delivery_message WHERE owner_id = placed.id))
    """
# What may have gone out: an attempt that says so, or one that was never completed.
_GONE = """
    SELECT ltrim(address, '+'), count(*) FROM delivery_message AS message
    JOIN delivery_attempt AS attempt ON attempt.message_id = message.id
    WHERE attempt.result IN ('sent', 'unknown') AND message.attempts > 1
    GROUP BY message.id, address
    """


@dataclass(frozen=True, slots=True)
class Ledger:
    """`repeated`: addresses that got their message more than once, `duplicates` how many
    messages too many that were; `unexplained`: those of them that got more than their row shows
    attempts that may have gone out. `in_part`: addresses of orders of which only some were sent.
    """

    accepted: int
    without_answer: int
    refused: int
    arrived: int
    failed: int
    duplicates: int
    lost: Set[str]
    invented: Set[str]
    repeated: Set[str]
    unexplained: Set[str]
    in_part: Set[str]
    half_written: int
    unknown_attempts: int
    open_messages: int
    open_orders: int


def compare(platform: Platform, orderer: Orderer) -> Ledger:
    arrivals = Counter(
        address
        for sink in (platform.sinks.mail, platform.sinks.sms)
        for _, address, _ in sink.kept()
    )
    with platform.connect() as connection:
        failed = _addresses(connection, "state = 'failed' AND reason <> ''")
        gone = dict(connection.execute(_GONE).fetchall())
        repeated = {address for address, times in arrivals.items() if times > 1}
        ended = arrivals.keys() | failed
        unsure = orderer.without_answer | orderer.refused
        return Ledger(
            accepted=len(orderer.accepted),
            without_answer=len(orderer.without_answer),
            refused=len(orderer.refused),
            arrived=len(arrivals),
            failed=len(failed),
            duplicates=arrivals.total() - len(arrivals),
            lost=orderer.accepted - ended,
            invented=arrivals.keys() - orderer.accepted - unsure,
            repeated=repeated,
            unexplained={one for one in repeated if arrivals[one] > gone.get(one, 1)},
            in_part={
                address
                for order in orderer.unsure_orders
                if order & ended
                for address in order - ended
            },
            half_written=_number(connection, _HALF_WRITTEN),
            unknown_attempts=_number(
                connection, "SELECT count(*) FROM delivery_attempt WHERE result = 'unknown'"
            ),
            open_messages=_open_messages(connection),
            open_orders=_open_orders(connection),
        )


def unsettled(platform: Platform) -> int:
    """Messages that have not left, and orders that are not messages yet."""
    with platform.connect() as connection:
        return _open_messages(connection) + _open_orders(connection)


def in_flight(platform: Platform, pid: int) -> int:
    """Messages that the worker with this process id holds: claimed, and not yet recorded."""
    query = """
        SELECT count(*) FROM delivery_message
        WHERE state = 'claimed' AND split_part(lease_holder, ':', 2) = %s
        """
    with platform.connect() as connection:
        row = connection.execute(query, [str(pid)]).fetchone()
        return int(row[0]) if row else 0


def claimed(platform: Platform) -> int:
    """Messages that any worker holds."""
    with platform.connect() as connection:
        return _number(connection, "SELECT count(*) FROM delivery_message WHERE state = 'claimed'")


def _open_messages(connection: psycopg.Connection) -> int:
    return _number(
        connection, "SELECT count(*) FROM delivery_message WHERE state IN ('queued', 'claimed')"
    )


def _open_orders(connection: psycopg.Connection) -> int:
    """Orders with SMS stay open until their reports come, which these sinks do not send."""
    return _number(
        connection,
        """
        SELECT count(*) FROM orders_order
        WHERE status IN ('Registered', 'Processing')
           OR (status = 'Processed' AND sms_generated = 0)
        """,
    )


def _addresses(connection: psycopg.Connection, condition: str) -> set[str]:
    query = f"SELECT ltrim(address, '+') FROM delivery_message WHERE {condition}"  # noqa: S608
    return {row[0] for row in connection.execute(query.encode())}


def _number(connection: psycopg.Connection, query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0
