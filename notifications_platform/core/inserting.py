"""New rows of several tables in one statement: one round trip, and atomic by itself.

`save()` builds its statement anew for each row and asks for generated keys; on the way of a
request, that and the round trips of a transaction cost more than all the rest.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import count, groupby
from typing import Any, NamedTuple, Self

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


class Besides(NamedTuple):
    """Another change: SQL with `%s` for its values."""

    sql: str
    values: Sequence[Any]


def insert_together(rows: Sequence[models.Model], first: Besides | None = None) -> None:
    """Write `rows`, all or none; those of one table stand next to each other. Keys that the
    database makes are not read back. `first` is done in the same statement, its locks are taken
    before those of the rows.

    Raises IntegrityError.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in _fields(type(row))
    ]
    tables = tuple((table, len(list(several))) for table, several in groupby(rows, type))
    with _cursor(connection) as cursor:
        if first:
            cursor.execute(_statement(tables, first.sql), [*values, *first.values])
        else:
            cursor.execute(_statement(tables), values)


class _PreparingCursor(psycopg.RawCursor[Any]):
    """The server keeps the statement's plan. Django's own cursor writes the values into the
    text, which the server then reads and plans anew: half the time of a single row.
    """

    def execute(self, query: Any, params: Any = None, **_options: Any) -> Self:
        return super().execute(_numbered(query), params, prepare=True)


@lru_cache(maxsize=256)
def _numbered(statement: str) -> bytes:
    """As the server takes it. The driver would take a long statement apart each time."""
    first, *rest = statement.split("%s")
    places = (f"${number}{part}" for number, part in zip(count(1), rest, strict=False))
    return "".join([first, *places]).encode()


def _cursor(connection: BaseDatabaseWrapper) -> CursorWrapper:
    connection.ensure_connection()
    own: Any = _PreparingCursor(connection.connection)
    made = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    return made(own)


@lru_cache(maxsize=64)
def _fields(model: type[models.Model]) -> tuple["models.Field[Any, Any]", ...]:
    return tuple(
        field
        for field in model._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.GeneratedField)
    )


@lru_cache(maxsize=256)
def _statement(tables: tuple[tuple[type[models.Model], int], ...], first: str = "") -> str:
    # PostgreSQL begins with what stands last, whatever stands before it in WITH.
    *before, last = [*(_insert(*table) for table in tables), *([first] if first else [])]
    named = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(before))
    return f"WITH {named} {last}" if named else last


def _insert(model: type[models.Model], rows: int) -> str:
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = [quote(str(field.column)) for field in _fields(model)]
    row = f"({', '.join(['%s'] * len(columns))})"
    table, places = quote(model._meta.db_table), ", ".join([row] * rows)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {places}"  # noqa: S608 no input
