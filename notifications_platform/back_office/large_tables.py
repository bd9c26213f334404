"""Lists of tables that may hold millions of rows: no full count, no endless query."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.core.paginator import Paginator
from django.db import OperationalError, connection, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from psycopg.errors import QueryCanceled

from notifications_platform.back_office.owned import Clients, clients_of
from notifications_platform.core import clock

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

CAP = 1000
PATIENCE = timedelta(seconds=5)
_PAST = {
    "hour": _("Past hour"),
    "day": _("Past day"),
    "week": _("Past week"),
    "month": _("Past month"),
}


class TooSlow(Exception):
    """The database was stopped before it had gone through all rows."""


class CappedPaginator(_Paginator):
    """Pages through the first `CAP` rows and counts no further."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:CAP].count()

    @property
    def capped(self) -> bool:
        return self.count >= CAP


@contextmanager
def limited_patience(patience: timedelta | None = None) -> Iterator[None]:
    """Statements within run no longer than this, by default `PATIENCE`. Raises TooSlow."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                milliseconds = int((patience or PATIENCE) / timedelta(milliseconds=1))
                cursor.execute(f"SET LOCAL statement_timeout = {milliseconds}")
            yield
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise TooSlow from error
        raise


class Period(SimpleListFilter):
    """Rows of the last hour, day, week or month. Subclasses name the column."""

    title = _("period")
    parameter_name = "period"
    column: str
    lengths = {
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=30),
    }

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        return [(name, str(_PAST[name])) for name in self.lengths]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        length = self.lengths.get(self.value() or "")
        if length is None:
            return queryset
        return queryset.filter(**{f"{self.column}__gte": self.start(length)})

    def start(self, length: timedelta) -> Any:
        return clock.now() - length


class PeriodOfIds(Period):
    """By the system time within time-ordered ids, where no column of time is indexed."""

    title = _("written (system time)")
    column = "pk"

    def start(self, length: timedelta) -> UUID:
        return first_id_at(clock.real() - length)


class Column(SimpleListFilter, ABC):
    """Rows whose column is what was chosen; what nobody offers any more can still be chosen."""

    column: str

    def __init__(self, *args: Any) -> None:
        self.parameter_name = self.column
        super().__init__(*args)

    @abstractmethod
    def offered(self, clients: Clients) -> Iterable[str]:
        """What somebody who sees these clients' rows (None: everybody's) may choose today."""

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        values = set(self.offered(clients_of(request.user)))
        if chosen := self.used_parameters.get(self.column):
            values.add(chosen)
        return [(value, value) for value in sorted(values)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class RecentValues(SimpleListFilter):
    """Offers the values that the newest rows have, of those that whoever asks may see: a list of
    all would walk the table.
    """

    column: str
    newest = 1000

    def __init__(self, *args: Any) -> None:
        self.parameter_name = self.column
        # As the column above the list is called.
        self.title = gettext(self.column.replace("_", " "))
        super().__init__(*args)

    def lookups(
        self, request: HttpRequest, model_admin: "ModelAdmin[Any]"
    ) -> list[tuple[str, str]]:
        rows = model_admin.get_queryset(request).order_by("-pk")
        values = set(rows.values_list(self.column, flat=True)[: self.newest])
        if chosen := self.used_parameters.get(self.column):
            values.add(chosen)
        return [(value, value) for value in sorted(values)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


def first_id_at(moment: datetime) -> UUID:
    """Below every version 7 id made from `moment` on."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
