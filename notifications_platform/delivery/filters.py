"""Filters of the list of messages that find a few among millions by an index."""

from django.contrib.admin import ChoicesFieldListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import State

_UNSENT = (State.FAILED, State.CANCELLED)


class ByState(ChoicesFieldListFilter):
    """Those that wait are in one of two indexes, by whether they stand in line."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Message]
    ) -> QuerySet[Message] | None:
        rows = super().queryset(request, queryset)
        if rows is None or State.QUEUED not in (self.lookup_val or ()):
            return rows
        queued = Q(state=State.QUEUED)
        in_line = Q(fair_at__isnull=False)
        return rows.filter((queued & in_line) | (queued & ~in_line))


class ByReason(ChoicesFieldListFilter):
    """Only what did not leave has a reason."""

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Message]
    ) -> QuerySet[Message] | None:
        rows = super().queryset(request, queryset)
        return rows.filter(state__in=_UNSENT) if rows is not None and self.lookup_val else rows
