"""New rows of several tables in one statement: one round trip, and atomic by itself; or any number
of rows of one table.

`save()` builds its statement anew for each row and asks for generated keys; on the way of a
request, that and the round trips of a transaction cost more than all the rest. The rows of a
table travel as one JSON text: the statement is the same for any number of them, so that the
server keeps its plan, and to hand over some hundred values one by one took twice the time.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState

from notifications_platform.core.prepared import prepared_cursor

Row = TypeVar("Row", bound=models.Model)


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
    several = [(table, list(theirs)) for table, theirs in groupby(rows, type)]
    tables = tuple(table for table, _ in several)
    texts = [_as_json(table, theirs) for table, theirs in several]
    with prepared_cursor() as cursor:
        if first:
            cursor.execute(_statement(tables, first.sql), [*texts, *first.values])
        else:
            cursor.execute(_statement(tables), texts)


def fresh(table: type[Row], **columns: Any) -> Row:
    """`table(**columns)` at a tenth of its time: it asks every field, and sends signals. Columns
    go by their own names, as `order_id`.

    Raises TypeError for a column that the table does not have.
    """
    defaults = _defaults(table)
    row = table.__new__(table)
    row._state = ModelState()
    values = row.__dict__
    values.update(defaults.fixed)
    values.update(columns)
    for name, make in defaults.made:
        if name not in columns:
            values[name] = make()
    if len(values) > defaults.size:
        unknown = sorted(columns.keys() - {field.attname for field in table._meta.concrete_fields})
        raise TypeError(f"{table.__name__} has no {', '.join(unknown)}.")
    return row


class _Defaults(NamedTuple):
    """What a row holds that is told nothing; `size` counts Django's own attribute, too."""

    fixed: Mapping[str, Any]
    made: Sequence[tuple[str, Callable[[], Any]]]
    size: int


@lru_cache(maxsize=64)
def _defaults(table: type[models.Model]) -> _Defaults:
    fields = [one for one in table._meta.concrete_fields if not one.generated]
    # A field without a default has a class for it, which can be called as well.
    calling = [one for one in fields if one.has_default() and callable(one.default)]
    made = [(one.attname, one.default) for one in calling]
    fixed = {one.attname: one.get_default() for one in fields if one not in calling}
    return _Defaults(fixed, made, len(fields) + 1)


def copy_together(rows: Sequence[models.Model], *, with_keys: bool = False) -> None:
    """Write any number of rows of one table with one COPY; for a handful, `insert_together` has
    less to say. `with_keys`: they have the keys that the database would make.

    Raises IntegrityError.
    """
    if not rows:
        return
    table = type(rows[0])
    copied = _copied(table, with_keys)
    connection = connections[DEFAULT_DB_ALIAS]
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, copied.names))
    statement = f"COPY {quote(table._meta.db_table)} ({names}) FROM STDIN"
    # Django's cursor hands a COPY to the driver as it is, errors included.
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(_values(row, copied))


class _Copied(NamedTuple):
    """`read` takes a row's own values in the order of `names`; those at `converted` go by their
    fields.
    """

    names: Sequence[str]
    read: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    converted: Sequence[tuple[int, "models.Field[Any, Any]"]]


@lru_cache(maxsize=64)
def _copied(table: type[models.Model], with_keys: bool) -> _Copied:
    made = (models.GeneratedField,) if with_keys else (models.AutoField, models.GeneratedField)
    fields = [field for field in table._meta.concrete_fields if not isinstance(field, made)]
    return _Copied(
        [str(field.column) for field in fields],
        itemgetter(*(field.attname for field in fields)),
        [
            (place, field)
            for place, field in enumerate(fields)
            if not isinstance(field, _AS_THEY_ARE)
        ],
    )


# What the driver takes as a row holds it.
_AS_THEY_ARE = (
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.ForeignKey,
    models.IntegerField,
    models.TextField,
    models.UUIDField,
)


def _values(row: models.Model, copied: _Copied) -> list[Any]:
    values = list(copied.read(row.__dict__))
    for place, field in copied.converted:
        if values[place] is not None:
            values[place] = field.get_db_prep_save(values[place], connections[DEFAULT_DB_ALIAS])
    return values


class _Columns(NamedTuple):
    """Their names, and what reads them from what a row holds."""

    names: Sequence[str]
    read: Callable[[Mapping[str, Any]], tuple[Any, ...]]


def _as_json(table: type[models.Model], rows: Sequence[models.Model]) -> str:
    names, read = _columns(table)
    each = [dict(zip(names, read(row.__dict__), strict=True)) for row in rows]
    return orjson.dumps(each).decode()


@lru_cache(maxsize=64)
def _columns(table: type[models.Model]) -> _Columns:
    fields = [
        field
        for field in table._meta.concrete_fields
        if not isinstance(field, models.AutoField | models.GeneratedField)
    ]
    for field in fields:
        if not isinstance(field, _AS_JSON):
            raise TypeError(f"{field} is of a type that would not arrive as it was sent.")
    return _Columns(
        [str(field.column) for field in fields], itemgetter(*(field.attname for field in fields))
    )


_AS_JSON = (
    ArrayField,
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.ForeignKey,
    models.IntegerField,
    models.JSONField,
    models.TextField,
    models.UUIDField,
)


@lru_cache(maxsize=256)
def _statement(tables: tuple[type[models.Model], ...], first: str = "") -> str:
    # PostgreSQL begins with what stands last, whatever stands before it in WITH.
    *before, last = [*map(_insert, tables), *([first] if first else [])]
    named = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(before))
    return f"WITH {named} {last}" if named else last


def _insert(table: type[models.Model]) -> str:
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    own, columns = quote(table._meta.db_table), ", ".join(map(quote, _columns(table).names))
    rows = f"json_populate_recordset(NULL::{own}, %s)"
    return f"INSERT INTO {own} ({columns}) SELECT {columns} FROM {rows}"  # noqa: S608 no input
