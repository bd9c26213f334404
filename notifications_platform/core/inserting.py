"""New rows of several tables in one statement: one round trip, and atomic by itself; or any number
of rows of one table.

`save()` builds its statement anew for each row and asks for generated keys; on the way of a
request, that and the round trips of a transaction cost more than all the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections, models

from notifications_platform.core.prepared import prepared_cursor


class Besides(NamedTuple):
    """Another change: SQL with `%s` for its values."""

    sql: str
    values: Sequence[Any]


def insert_together(rows: Sequence[models.Model], first: Besides | None = None) -> None:
    """Write `rows`, all or none; those of one table stand next to each other, and hold values of
    their fields' own types. Keys that the database makes are not read back. `first` is
    done in the same statement, its locks are taken before those of the rows.

    Raises IntegrityError.
    """
    values = list(chain.from_iterable(map(_values, rows)))
    tables = tuple((table, len(list(several))) for table, several in groupby(rows, type))
    with prepared_cursor() as cursor:
        if first:
            cursor.execute(_statement(tables, first.sql), [*values, *first.values])
        else:
            cursor.execute(_statement(tables), values)


def copy_together(rows: Sequence[models.Model], *, with_keys: bool = False) -> None:
    """Write any number of rows of one table with one COPY; for a handful, `insert_together` has
    less to say. `with_keys`: they have the keys that the database would make.

    Raises IntegrityError.
    """
    if not rows:
        return
    table = type(rows[0])
    columns = _columns(table, with_keys)
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    names = ", ".join(quote(str(field.column)) for field in _fields(table, with_keys))
    statement = f"COPY {quote(table._meta.db_table)} ({names}) FROM STDIN"
    # Django's cursor hands a COPY to the driver as it is, errors included.
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(_values(row, columns))


def _values(row: models.Model, columns: "_Columns | None" = None) -> list[Any]:
    columns = columns or _columns(type(row))
    values = list(columns.read(row.__dict__))
    for place, field in columns.converted:
        if values[place] is not None:
            values[place] = field.get_db_prep_save(values[place], connections[DEFAULT_DB_ALIAS])
    return values


class _Columns(NamedTuple):
    """`read` takes a row's own values in their order; those at `converted` go by their fields."""

    read: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    converted: Sequence[tuple[int, "models.Field[Any, Any]"]]


# What the driver takes as a row holds it. To ask each field cost half of what a statement does.
_AS_THEY_ARE = (
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.UUIDField,
)


@lru_cache(maxsize=64)
def _columns(model: type[models.Model], with_keys: bool = False) -> _Columns:
    fields = _fields(model, with_keys)
    return _Columns(
        itemgetter(*(field.attname for field in fields)),
        [
            (place, field)
            for place, field in enumerate(fields)
            if not isinstance(field, _AS_THEY_ARE)
        ],
    )


@lru_cache(maxsize=64)
def _fields(
    model: type[models.Model], with_keys: bool = False
) -> tuple["models.Field[Any, Any]", ...]:
    made = (models.GeneratedField,) if with_keys else (models.AutoField, models.GeneratedField)
    return tuple(field for field in model._meta.concrete_fields if not isinstance(field, made))


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
