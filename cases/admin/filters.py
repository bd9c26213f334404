"""What the lists of `cases` are narrowed by. Producers and labels come from the register: asking
the lists themselves would walk through them.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from cases.models import Producer
from cases.states import KalenderavtaleTilstand, OppgaveTilstand
from notifications_platform.back_office.large_tables import Period

if TYPE_CHECKING:
    Admin = ModelAdmin[Any]
else:
    Admin = ModelAdmin


def merkelapper() -> set[str]:
    """Every label that a producer may use today."""
    lists = Producer.objects.order_by().values_list("merkelapper", flat=True)
    return {merkelapp for several in lists for merkelapp in several}


class Column(SimpleListFilter, ABC):
    """Rows whose column is what was chosen; what nobody offers any more can still be chosen."""

    column: str

    def __init__(self, *args: Any) -> None:
        self.parameter_name = self.column
        super().__init__(*args)

    @abstractmethod
    def offered(self) -> Iterable[str]:
        """What may be chosen today."""

    def lookups(self, request: HttpRequest, model_admin: Admin) -> list[tuple[str, str]]:
        values = set(self.offered())
        if chosen := self.used_parameters.get(self.column):
            values.add(chosen)
        return [(value, value) for value in sorted(values)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(**{self.column: self.value()}) if self.value() else queryset


class ProdusentFilter(Column):
    title = "producer"
    column = "produsent"

    def offered(self) -> Iterable[str]:
        return Producer.objects.order_by().values_list("client_id", flat=True)


class MerkelappFilter(Column):
    title = "merkelapp"
    column = "merkelapp"

    def offered(self) -> Iterable[str]:
        return merkelapper()


class TilstandFilter(Column):
    title = "state"
    column = "tilstand"

    def offered(self) -> Iterable[str]:
        return [*OppgaveTilstand.values, *KalenderavtaleTilstand.values]


class ReceivedFilter(Period):
    title = "received"
    column = "mottatt_tidspunkt"


class OrderedFilter(Period):
    title = "ordered"
    column = "created_at"


class HappenedFilter(Period):
    title = "happened"
    column = "tidspunkt"


class ErasedFilter(Period):
    title = "erased"
    column = "slettet_at"
