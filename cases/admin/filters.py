"""What the lists of `cases` are narrowed by. Producers and labels come from the register: asking
the lists themselves would walk through them.
"""

from collections.abc import Iterable

from cases.models import Producer
from cases.states import KalenderavtaleTilstand, OppgaveTilstand
from notifications_platform.back_office.large_tables import Column, Period


def merkelapper() -> set[str]:
    """Every label that a producer may use today."""
    lists = Producer.objects.order_by().values_list("merkelapper", flat=True)
    return {merkelapp for several in lists for merkelapp in several}


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
