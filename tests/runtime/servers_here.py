"""Embedded servers for a test, in a folder that root's PostgreSQL user can reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psycopg

from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.postgres import Postgres
from notifications_platform.runtime.valkey import Valkey

Server = TypeVar("Server", Postgres, Valkey)
PASSWORD = "a-password-of-the-test"


def postgres_in(folder: Path, *, durable: bool = True) -> Postgres:
    return Postgres(
        folder=folder / "postgres",
        log=folder / "log" / "postgres.log",
        ports=PortBook(folder / "ports.json"),
        password=PASSWORD,
        durable=durable,
    )


def valkey_in(folder: Path) -> Valkey:
    return Valkey(
        folder=folder / "valkey",
        log=folder / "log" / "valkey.log",
        ports=PortBook(folder / "ports.json"),
        password=PASSWORD,
    )


@contextmanager
def started(server: Server) -> Iterator[Server]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def query(server: Postgres, text: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(text)
        return cursor.fetchall() if cursor.description else []
