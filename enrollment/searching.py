"""Pages of notifications (enrollment contract 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Q
from django.db.models.expressions import OrderBy

from enrollment.callers import Caller
from enrollment.models import EnrollmentEventNotification
from enrollment.queries import read_order
from enrollment.reading import visible_to

USUAL, MOST = 50, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`parameters` are what it was read from, for the links to the other pages."""

    condition: Q = field(default_factory=Q)
    order: Sequence[OrderBy] = field(default_factory=lambda: read_order(""))
    offset: int = 0
    limit: int = USUAL
    total: bool = False
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`total` only where it was asked for: counting costs."""

    items: Sequence[EnrollmentEventNotification]
    has_more: bool
    total: int | None


def search(asked: Search, *, caller: Caller) -> Page:
    """One statement, and one more for the total. Whether there is more shows one row too many."""
    found = visible_to(caller).filter(asked.condition)
    end = asked.offset + asked.limit
    rows = list(found.order_by(*asked.order)[asked.offset : end + 1])
    return Page(
        items=rows[: asked.limit],
        has_more=len(rows) > asked.limit,
        total=found.count() if asked.total else None,
    )
