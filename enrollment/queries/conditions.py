"""From a tree to a condition of the database, with bound values."""

from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import F, Q
from django.db.models.lookups import BuiltinLookup

from enrollment.queries.grammar import AllOf, AnyOf, Criterion, Node, Operator
from enrollment.queries.values import Span, Value

_LIKE_SPECIAL = str.maketrans({"\\": "\\\\", "_": "\\_"})


def condition_of(node: Node) -> Q:
    match node:
        case AllOf(parts):
            return reduce(and_, map(condition_of, parts))
        case AnyOf(parts):
            return reduce(or_, map(condition_of, parts))
        case Criterion():
            return _criterion(node)


class _Like(BuiltinLookup):
    """Only `%` is special; escaping needs no clause, the backslash is PostgreSQL's default."""

    lookup_name = "enrollment_like"

    def get_rhs_op(self, _connection: Any, rhs: str) -> str:
        return f"LIKE {rhs}"


def _criterion(one: Criterion) -> Q:
    column = one.property.column
    match one.operator:
        case Operator.EQ:
            return _equal(column, one.values[0])
        case Operator.NEQ:
            return ~_equal(column, one.values[0])
        case Operator.IN:
            return _in(column, one.values)
        case Operator.LIKE:
            pattern = str(one.values[0]).translate(_LIKE_SPECIAL)
            return Q(_like(column, pattern))
        case operator:
            return _compared(column, operator, one.values[0])


def _equal(column: str, value: Value) -> Q:
    if isinstance(value, Span):
        return Q((f"{column}__gte", value.start), (f"{column}__lt", value.end))
    return Q((column, value))


def _in(column: str, values: Any) -> Q:
    if isinstance(values[0], Span):
        return reduce(or_, (_equal(column, value) for value in values))
    return Q((f"{column}__in", list(dict.fromkeys(values))))


def _compared(column: str, operator: Operator, value: Value) -> Q:
    if not isinstance(value, Span):
        return Q((f"{column}__{operator}", value))
    # Before it is before its start, after it is from its end on.
    match operator:
        case Operator.LT:
            return Q((f"{column}__lt", value.start))
        case Operator.LTE:
            return Q((f"{column}__lt", value.end))
        case Operator.GT:
            return Q((f"{column}__gte", value.end))
        case _:
            return Q((f"{column}__gte", value.start))


def _like(column: str, pattern: str) -> _Like:
    return _Like(F(column), pattern)
