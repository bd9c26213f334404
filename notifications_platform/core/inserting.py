"""New rows of several tables in one statement: one round trip, and atomic by itself.

`save()` builds its statement anew for each row and asks for generated keys; on the way of a
request, that and the round trips of a transaction cost more than all the rest.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper


def insert_together(rows: Sequence[models.Model]) -> None:
    """Write `rows`, all or none. Keys that the database makes are not read back.

    Raises IntegrityError.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    values = [
        field.get_db_prep_save(field.pre_save(row, add=True), connection)
        for row in rows
        for field in _fields(type(row))
    ]
    with _cursor(connection) as cursor:
        cursor.execute(_statement(tuple(type(row) for row in rows)), values)


class _PreparingCursor(psycopg.Cursor[Any]):
    """The server keeps the statement's plan. Django's own cursor writes the values into the
    text, which the server then reads and plans anew: half the time of a single row.
    """

    def execute(self, query: Any, params: Any = None, **_options: Any) -> Self:
        return super().execute(query, params, prepare=True)


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


@lru_cache(maxsize=64)
def _statement(tables: tuple[type[models.Model], ...]) -> str:
    *before, last = map(_insert, tables)
    named = ", ".join(f"row_{number} AS ({insert})" for number, insert in enumerate(before))
    return f"WITH {named} {last}" if named else last


def _insert(model: type[models.Model]) -> str:
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    columns = [quote(str(field.column)) for field in _fields(model)]
    places = ", ".join(["%s"] * len(columns))
    table = quote(model._meta.db_table)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 no input
