"""What the lists of `cases` are narrowed by. Producers and labels come from the register: asking
the lists themselves would walk through them.
"""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from cases.models import Producer
from cases.states import KalenderavtaleTilstand, OppgaveTilstand
from notifications_platform.back_office.large_tables import Column, Period
from notifications_platform.back_office.owned import Clients


def merkelapper(clients: Clients = None) -> set[str]:
    """Every label that a producer, or one of these, may use today."""
    lists = _producers(clients).values_list("merkelapper", flat=True)
    return {merkelapp for several in lists for merkelapp in several}


def _producers(clients: Clients) -> QuerySet[Producer]:
    everybody = Producer.objects.order_by()
    return everybody if clients is None else everybody.filter(client_id__in=sorted(clients))


class ProdusentFilter(Column):
    title = _("producer")
    column = "produsent"

    def offered(self, clients: Clients) -> Iterable[str]:
        return _producers(clients).values_list("client_id", flat=True)


class MerkelappFilter(Column):
    title = _("merkelapp")
    column = "merkelapp"

    def offered(self, clients: Clients) -> Iterable[str]:
        return merkelapper(clients)


class TilstandFilter(Column):
    title = _("state")
    column = "tilstand"

    def offered(self, clients: Clients) -> Iterable[str]:
        return [*OppgaveTilstand.values, *KalenderavtaleTilstand.values]


class ReceivedFilter(Period):
    title = _("received")
    column = "mottatt_tidspunkt"


class OrderedFilter(Period):
    title = _("ordered")
    column = "created_at"


class HappenedFilter(Period):
    title = _("happened")
    column = "tidspunkt"


class ErasedFilter(Period):
    title = _("erased")
    column = "slettet_at"
