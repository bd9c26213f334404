"""The limit of accepting large orders: parse, look at each recipient, COPY a row for each.

One process and no HTTP: the bytes are there, nobody is to be authenticated, nothing audited.
"""

import re
import time
from collections.abc import Sequence
from itertools import cycle
from typing import Any
from uuid import UUID

import orjson
import psycopg

from notifications_platform.core.addresses import EMAIL_PATTERN
from notifications_platform.core.ids import uuid7

_MEMBERS = {"emailAddress", "mobileNumber", "nationalIdentityNumber", "organizationNumber"}
_is_email = re.compile(EMAIL_PATTERN).fullmatch
_TABLE = """
    DROP TABLE IF EXISTS limit_recipient;
    CREATE TABLE limit_recipient (order_id uuid, number int, address text NOT NULL,
        PRIMARY KEY (order_id, number))
"""


def intake_rate(
    connection: psycopg.Connection[Any], bodies: Sequence[bytes], *, seconds: float
) -> float:
    """Recipients a second, an order and a commit after the other until the time is over."""
    connection.execute(_TABLE)
    taken, began = 0, time.perf_counter()
    for body in cycle(bodies):
        taken += _take(connection, body)
        if time.perf_counter() - began >= seconds:
            break
    rate = taken / (time.perf_counter() - began)
    connection.execute("DROP TABLE limit_recipient")
    return rate


def _take(connection: psycopg.Connection[Any], body: bytes) -> int:
    order = orjson.loads(body)
    order_id, addresses = uuid7(), [_address(one) for one in order["recipients"]]
    with connection.cursor().copy("COPY limit_recipient FROM STDIN") as copy:
        copy.write(_lines(order_id, addresses))
    return len(addresses)


def _address(recipient: Any) -> str:
    if not isinstance(recipient, dict) or not recipient.keys() <= _MEMBERS:
        raise ValueError("no recipient")
    address = recipient.get("emailAddress")
    if not isinstance(address, str) or not _is_email(address.strip()):
        raise ValueError("no address")
    return address


def _lines(order_id: UUID, addresses: Sequence[str]) -> str:
    """What COPY reads; an address that passed holds nothing to escape."""
    return "".join(f"{order_id}\t{number}\t{one}\n" for number, one in enumerate(addresses))
