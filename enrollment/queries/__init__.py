"""The criteria language `q` of searches and bulk operations (enrollment contract 5).

    status.eq('Failed').and.attemptCount.gte(3)

Properties are those of `properties.PROPERTIES`. Operators: `eq neq lt lte gt gte in like`; `and`
binds tighter than `or`, parentheses group. Values: whole numbers, `true`, `false`, and strings in
single or double quotes, where a backslash makes a quote or a backslash literal. In the pattern of
`like` a `%` stands for any text, and nothing else is special. A date stands for that whole day in
UTC, a date-time for that millisecond (UTC, unless it has an offset). What a notification has not,
equals nothing, so that only `neq` finds it.
"""

from django.db.models import Q

from enrollment.queries.conditions import condition_of
from enrollment.queries.errors import BadQuery
from enrollment.queries.grammar import parse
from enrollment.queries.properties import read_order

__all__ = ["BadQuery", "condition", "read_order"]


def condition(text: str) -> Q:
    """On notifications; its values are bound. Raises BadQuery, also for a blank text."""
    return condition_of(parse(text))
