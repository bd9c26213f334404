"""Writing many register rows with a few statements, and knowing what they changed.

Rows travel as one JSON parameter, so a batch is one statement however many columns it has;
their fields are named as the columns are (`organization_id`).
Model and column names come from the code, never from a file.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from django.db import connection
from django.db.models import Field, Model

Row = Mapping[str, object]
Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.created + other.created,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """Keys of the rows that a batch created and changed, out of `total`."""

    total: int
    created: frozenset[Key] = frozenset()
    updated: frozenset[Key] = frozenset()
    counts: Counts = field(init=False)

    def __post_init__(self) -> None:
        created, updated = len(self.created), len(self.updated)
        object.__setattr__(self, "counts", Counts(created, updated, self.total - created - updated))

    def with_changed_parts(self, owners: Collection[object]) -> "Stored":
        """A record whose parts alone changed was updated, too. Keys of one column only."""
        changed = self.updated | {(owner,) for owner in owners}
        return Stored(self.total, self.created, changed - self.created)


def upsert(model: type[Model], key: Sequence[str], rows: Sequence[Row]) -> Stored:
    """Insert `rows`, or replace the stored row of the same `key`. All rows have the same
    fields, and no two the same key; `key` has a unique constraint that is not deferred.
    """
    if not rows:
        return Stored(0)
    table, columns = _table(model), _columns(model, rows[0])
    keys = [columns[name] for name in key]
    others = [column for column in columns.values() if column not in keys]
    names = ", ".join(columns.values())
    assignments = ", ".join(f"{column} = EXCLUDED.{column}" for column in others)
    stored = ", ".join(f"stored.{column}" for column in others)
    given = ", ".join(f"EXCLUDED.{column}" for column in others)
    action = (
        f"DO UPDATE SET {assignments} WHERE ROW({stored}) IS DISTINCT FROM ROW({given})"
        if others
        else "DO NOTHING"
    )
    # xmax is zero on a row that this statement inserted.
    statement = (
        f"INSERT INTO {table} AS stored ({names}) SELECT {names} FROM {_recordset(model, rows[0])}"  # noqa: S608
        f" ON CONFLICT ({', '.join(keys)}) {action}"
        f" RETURNING stored.xmax = 0, {', '.join(f'stored.{column}' for column in keys)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(rows)])
        changes = cursor.fetchall()
    return Stored(
        len(rows),
        created=frozenset(tuple(row[1:]) for row in changes if row[0]),
        updated=frozenset(tuple(row[1:]) for row in changes if not row[0]),
    )


def replace_parts(
    model: type[Model], owner: str, owners: Sequence[object], rows: Sequence[Row], like: Row
) -> frozenset[object]:
    """Make `rows` the only ones of `owners`; answer the owners of which something changed.

    `owner` is the field that names the owner, `like` a row that shows the fields. No field is
    null.
    """
    table, columns = _table(model), _columns(model, like)
    names = ", ".join(columns.values())
    same = " AND ".join(f"given.{column} = stored.{column}" for column in columns.values())
    given = ", ".join(f"given.{column}" for column in columns.values())
    statement = f"""
        WITH given AS (SELECT DISTINCT {names} FROM {_recordset(model, like)}),
        gone AS (
            DELETE FROM {table} AS stored WHERE stored.{columns[owner]} = ANY(%s)
            AND NOT EXISTS (SELECT FROM given WHERE {same})
            RETURNING stored.{columns[owner]}
        ),
        added AS (
            INSERT INTO {table} ({names}) SELECT {given} FROM given
            WHERE NOT EXISTS (SELECT FROM {table} AS stored WHERE {same})
            RETURNING {columns[owner]}
        )
        SELECT * FROM gone UNION SELECT * FROM added
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [_as_json(rows), list(owners)])
        return frozenset(row[0] for row in cursor.fetchall())


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _columns(model: type[Model], like: Row) -> dict[str, str]:
    """Quoted column names by the names that rows use."""
    return {name: connection.ops.quote_name(_field(model, name).attname) for name in like}


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", model._meta.get_field(name))


def _recordset(model: type[Model], like: Row) -> str:
    types = ", ".join(
        f"{column} {_field(model, name).db_type(connection)}"
        for name, column in _columns(model, like).items()
    )
    return f"jsonb_to_recordset(%s::jsonb) AS given ({types})"


def _as_json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows).decode()
