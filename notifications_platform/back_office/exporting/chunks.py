"""Reading all rows of a list, however many there are, without holding anything in between.

Each chunk is a query of its own that begins behind the last row of the one before, by the order
of the list and the index that the list goes by. Whoever reads slowly holds no transaction, no
cursor and no snapshot meanwhile, and nothing is read twice. What is written in between is listed
or not, as it stands when its chunk is read.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Model, Q, QuerySet

from notifications_platform.back_office.large_tables import limited_patience

AT_ONCE = 1000
PATIENCE = timedelta(seconds=60)


def by_chunks(rows: QuerySet[Any], order: Sequence[str]) -> Iterator[list[Any]]:
    """All of `rows`, in `order`: columns that are never null, `-` before those that descend. The
    primary key is added where it is missing. Raises TooSlow where not even `PATIENCE` finds the
    next ones.
    """
    columns = _with_key(rows.model, order)
    sorted_rows = rows.order_by(*columns)
    chunk: list[Any] = []
    while True:
        behind = sorted_rows.filter(_behind(chunk[-1], columns)) if chunk else sorted_rows
        with limited_patience(PATIENCE):
            chunk = list(behind[:AT_ONCE])
        if chunk:
            yield chunk
        if len(chunk) < AT_ONCE:
            return


def _with_key(model: type[Model], order: Sequence[str]) -> list[str]:
    names = {column.removeprefix("-") for column in order}
    known = {"pk", model._meta.pk.name}
    return [*order] if names & known else [*order, "pk"]


def _behind(row: Model, columns: Sequence[str]) -> Q:
    """Rows that come after `row`: beyond it in a column, and like it in those before. That none is
    before it in the first column goes without saying, but it is what an index can be entered by.
    """
    later, same = Q(), Q()
    for column in columns:
        name, beyond = _step(column)
        value = getattr(row, name)
        later |= same & Q(**{f"{name}__{beyond}": value})
        same &= Q(**{name: value})
    name, beyond = _step(columns[0])
    return Q(**{f"{name}__{beyond}e": getattr(row, name)}) & later


def _step(column: str) -> tuple[str, str]:
    return column.removeprefix("-"), "lt" if column.startswith("-") else "gt"
