"""New rows of several tables in one statement: one round trip, and atomic by itself.

`save()` builds its statement anew for each row and asks for generated keys; on the way of a
request, that and the round trips of a transaction cost more than all the rest.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models

from notifications_platform.core.prepared import prepared_cursor


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
    with prepared_cursor() as cursor:
        if first:
            cursor.execute(_statement(tables, first.sql), [*values, *first.values])
        else:
            cursor.execute(_statement(tables), values)


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
