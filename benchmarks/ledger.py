"""Accepted against arrived, message by message, with the rows as witness."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass

import psycopg

from benchmarks.orderer import Orderer
from benchmarks.platform import Platform


@dataclass(frozen=True, slots=True)
class Ledger:
    """`repeated`: addresses that got their message more than once; `unexplained`: those of
    them whose row shows no attempt of unknown outcome.
    """

    accepted: int
    without_answer: int
    arrived: int
    failed: int
    lost: Set[str]
    invented: Set[str]
    repeated: Set[str]
    unexplained: Set[str]
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
        unsure = _addresses(
            connection,
            "id IN (SELECT message_id FROM delivery_attempt WHERE result = 'unknown')",
        )
        repeated = {address for address, times in arrivals.items() if times > 1}
        return Ledger(
            accepted=len(orderer.accepted),
            without_answer=len(orderer.without_answer),
            arrived=len(arrivals),
            failed=len(failed),
            lost=orderer.accepted - set(arrivals) - failed,
            invented=set(arrivals) - orderer.accepted - orderer.without_answer,
            repeated=repeated,
            unexplained=repeated - unsure,
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
        SELECT count(*) FROM delivery_message AS message JOIN delivery_attempt AS attempt
            ON attempt.message_id = message.id AND attempt.number = message.attempts
        WHERE message.state = 'claimed' AND split_part(attempt.worker, ':', 2) = %s
        """
    with platform.connect() as connection:
        row = connection.execute(query, [str(pid)]).fetchone()
        return int(row[0]) if row else 0


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
