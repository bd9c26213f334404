"""Looks at the servers an operator named by URL, before anything is built on them.

A program of its own (`python -m notifications_platform.runtime.outside`), so that the
supervisor need not carry their clients in memory.
"""

import os
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

import kombu
import psycopg
import redis

from notifications_platform.runtime.failure import StepError

_OLDEST_POSTGRES = 15
_OLDEST_REDIS = 7
_OLDEST_VALKEY = 8
_SECONDS = 5


def check_database(url: str) -> None:
    """Raises StepError when DATABASE_URL cannot be reached or is older than PostgreSQL 15."""
    step = "Reaching the database of DATABASE_URL"
    try:
        with psycopg.connect(url, connect_timeout=_SECONDS) as connection:
            major = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise StepError(
            step,
            f"{_place(url)} says: {_one_line(error)}",
            "start that server, correct DATABASE_URL, or unset it for an embedded PostgreSQL",
        ) from error
    if major < _OLDEST_POSTGRES:
        raise StepError(
            step,
            f"{_place(url)} is PostgreSQL {major}",
            f"give PostgreSQL {_OLDEST_POSTGRES} or newer, or unset DATABASE_URL",
        )


def check_redis(url: str) -> None:
    """Raises StepError when REDIS_URL cannot be reached or is too old."""
    step = "Reaching the server of REDIS_URL"
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=_SECONDS, socket_timeout=_SECONDS
        ) as client:
            client.ping()
            facts = _facts(client)
    except (redis.RedisError, ValueError) as error:
        raise StepError(
            step,
            f"{_place(url)} says: {_one_line(error)}",
            "start that server, correct REDIS_URL, or unset it for an embedded Valkey",
        ) from error
    name = "valkey_version" if "valkey_version" in facts else "redis_version"
    oldest = _OLDEST_VALKEY if name == "valkey_version" else _OLDEST_REDIS
    version = str(facts.get(name, oldest))
    if int(version.partition(".")[0]) < oldest:
        raise StepError(
            step,
            f"{_place(url)} is of version {version}",
            f"give Redis {_OLDEST_REDIS}, Valkey {_OLDEST_VALKEY} or newer, or unset REDIS_URL",
        )


def check_broker(url: str) -> None:
    """Raises StepError when BROKER_URL cannot be reached."""
    try:
        with kombu.Connection(url, connect_timeout=_SECONDS) as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=_SECONDS)
    except Exception as error:
        raise StepError(
            "Reaching the broker of BROKER_URL",
            f"{_place(url)} says: {_one_line(error)}",
            "start that broker, correct BROKER_URL, or unset it to use REDIS_URL",
        ) from error


def _facts(client: redis.Redis) -> dict[str, object]:
    try:
        facts = client.info("server")
    except redis.ResponseError:  # a user without the right to ask: then it is taken on trust
        return {}
    return dict(facts) if isinstance(facts, dict) else {}


def _place(url: str) -> str:
    """Host, port and database: never the password."""
    try:
        parts = urlsplit(url)
        port = parts.port or "default port"
    except ValueError:
        return "a URL that cannot be read"
    return f"{parts.hostname or 'a local socket'}:{port}{parts.path}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


_CHECKS: dict[str, Callable[[str], None]] = {
    "DATABASE_URL": check_database,
    "REDIS_URL": check_redis,
    "BROKER_URL": check_broker,
}


def main() -> int:
    for name, check in _CHECKS.items():
        url = os.environ.get(name)
        try:
            if url:
                check(url)
        except StepError as error:
            sys.stderr.write(f"{error.told()}\n")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
