"""Places in an order of rows, as keys that a search goes on from."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, TypeVar

from django.db.models import (
    DateTimeField,
    ExpressionWrapper,
    F,
    Model,
    Q,
    QuerySet,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast

Row = TypeVar("Row", bound=Model)


def newest(
    rows: "QuerySet[Row]", *, before: str, limit: int, column: str = "pk"
) -> "QuerySet[Row]":
    """By an id that grows with time, the largest first. A row's key is its id."""
    if before:
        rows = rows.filter(**{f"{column}__lt": before})
    return rows.order_by(f"-{column}")[:limit]


def newest_of_few_ids(rows: "QuerySet[Row]", *, before: str, limit: int) -> "QuerySet[Row]":
    """Likewise, of rows that an index finds in no such order: all that it finds are looked at. In
    an order that no index brings about, so that none is walked along in search of the few.
    """
    if before:
        rows = rows.filter(pk__lt=before)
    is_uuid = isinstance(rows.model._meta.pk, UUIDField)
    place = Cast("pk", TextField()) if is_uuid else F("pk") + Value(0)
    return rows.order_by(place.desc())[:limit]


def newest_by_time(
    rows: "QuerySet[Row]", column: str, *, before: str, limit: int
) -> "QuerySet[Row]":
    """By a column of time, those of one moment by their ids. A row's key is `time_key()`."""
    return _behind(rows, column, before).order_by(f"-{column}", "pk")[:limit]


def newest_of_few(
    rows: "QuerySet[Row]", column: str, *, before: str, limit: int
) -> "QuerySet[Row]":
    """As `newest_of_few_ids()`, by a column of time."""
    made = ExpressionWrapper(F(column) + Value(timedelta(0)), output_field=DateTimeField())
    return _behind(rows, column, before).order_by(made.desc(), "pk")[:limit]


def _behind(rows: "QuerySet[Row]", column: str, before: str) -> "QuerySet[Row]":
    if not before:
        return rows
    moment, _, id = before.partition(" ")
    at = datetime.fromisoformat(moment)
    behind = Q(**{f"{column}__lt": at}) | Q(**{column: at, "pk__gt": id})
    return rows.filter(behind, **{f"{column}__lte": at})


def time_key(at: datetime, id: object) -> str:
    return f"{at.isoformat()} {id}"


def steps(rows: "QuerySet[Any]", column: str, *, most: int) -> list[str]:
    """The different values of a text column that an index of these rows is sorted by, one step
    down the index for each, however many rows have it; the first `most` at most.
    """
    ordered = rows.order_by(column).values_list(column, flat=True)
    found: list[str] = []
    while len(found) < most:
        following = ordered.filter(**{f"{column}__gt": found[-1]}) if found else ordered
        value = following.first()
        if value is None:
            break
        found.append(value)
    return found


def newest_of_each(
    parts: "Iterable[QuerySet[Row]]", column: str, *, before: str, limit: int
) -> list[Row]:
    """As `newest_by_time()` of all parts together; each is asked for its own newest only."""
    rows = [
        row for part in parts for row in newest_by_time(part, column, before=before, limit=limit)
    ]
    # Two sorts: the newest first, and of one moment the smallest id first.
    rows.sort(key=lambda row: row.pk)
    rows.sort(key=attrgetter(column), reverse=True)
    return rows[:limit]
