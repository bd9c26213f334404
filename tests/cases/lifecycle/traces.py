"""Where in the whole platform a word still stands."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db import connection
from redis import Redis

# What the demo gateway and mail server have received is outside the platform.
_OUTSIDE = "sandbox_%"


def traces(secrets: Collection[str]) -> set[tuple[str, str]]:
    """The secrets that are left, each with the table or the key of Valkey that holds it."""
    return _in_tables(secrets) | _in_valkey(secrets)


def _in_tables(secrets: Collection[str]) -> set[tuple[str, str]]:
    """Every column of every table as text: whole rows are read."""
    found = set()
    with connection.cursor() as cursor:
        for table in _tables():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608 no input
            rows = "\n".join(row[0] for row in cursor.fetchall())
            found |= {(secret, table) for secret in secrets if secret in rows}
    return found


def _tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name FROM information_schema.tables
            WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
              AND table_name NOT LIKE %s
            """,
            [_OUTSIDE],
        )
        return [row[0] for row in cursor.fetchall()]


def _in_valkey(secrets: Collection[str]) -> set[tuple[str, str]]:
    """The cache, and the broker with its payloads: keys and values as they are dumped."""
    found = set()
    valkey: Any = Redis.from_url(settings.REDIS_URL)
    for key in valkey.scan_iter():
        held = key + b" " + _value(valkey, key)
        found |= {(one, key.decode(errors="replace")) for one in secrets if one.encode() in held}
    valkey.close()
    return found


def _value(valkey: Any, key: bytes) -> bytes:
    match valkey.type(key):
        case b"string":
            return bytes(valkey.get(key) or b"")
        case b"list":
            return b" ".join(valkey.lrange(key, 0, -1))
        case b"hash":
            return b" ".join(part for pair in valkey.hgetall(key).items() for part in pair)
        case b"set":
            return b" ".join(valkey.smembers(key))
        case b"zset":
            return b" ".join(valkey.zrange(key, 0, -1))
    return b""
