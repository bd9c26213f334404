"""Many rows of a table, each with values of its own, changed by one statement.

`bulk_update()` writes a CASE with a branch a row into each column, and takes it apart several
times: of two hundred rows, that costs ten times as much as the change.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from notifications_platform.core.prepared import prepared_cursor


def update_together(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Store these columns of `rows`, which are of one table. None of them is an array.

    Raises IntegrityError.
    """
    if not rows:
        return
    table = type(rows[0])
    connection = connections[DEFAULT_DB_ALIAS]
    values = [
        [_plain(field.get_db_prep_save(getattr(row, field.attname), connection)) for row in rows]
        for field in _fields(table, tuple(columns))
    ]
    with prepared_cursor() as cursor:
        cursor.execute(_statement(table, tuple(columns)), values)


def _plain(value: Any) -> Any:
    # The driver takes a list of texts, and not one of texts and members of an enumeration.
    return str(value) if isinstance(value, str) else value


@lru_cache(maxsize=64)
def _fields(
    table: type[models.Model], columns: tuple[str, ...]
) -> Sequence["models.Field[Any, Any]"]:
    """The key, and those columns."""
    named = [table._meta.get_field(column) for column in columns]
    return [table._meta.pk, *(one for one in named if isinstance(one, models.Field))]


@lru_cache(maxsize=64)
def _statement(table: type[models.Model], columns: tuple[str, ...]) -> str:
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    key, *rest = _fields(table, columns)
    given = ", ".join(f"%s::{field.db_type(connection)}[]" for field in (key, *rest))
    names = ", ".join(quote(str(field.column)) for field in (key, *rest))
    changes = ", ".join(
        f"{quote(str(one.column))} = given.{quote(str(one.column))}" for one in rest
    )
    own, identifier = quote(table._meta.db_table), quote(str(key.column))
    return (
        f"UPDATE {own} SET {changes} FROM unnest({given}) AS given ({names}) "  # noqa: S608 no input
        f"WHERE {own}.{identifier} = given.{identifier}"
    )
