"""What `cases` knows of one producer, for its page in the register: its newest saker and
notifikasjoner, and which of its external messages failed last.
"""

from datetime import datetime

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from cases.models import Notifikasjon, Sak
from notifications_platform.back_office import clients
from notifications_platform.back_office.clients import Known
from notifications_platform.back_office.sections import Section, link_to

SHOWN = 10


def read(client: str, _now: datetime) -> Known:
    """Two statements, by the indexes of producers."""
    return Known(sections=[_saker(client), _notifikasjoner(client)])


def _saker(client: str) -> Section:
    newest = Sak.objects.filter(produsent=client).order_by("-mottatt_tidspunkt", "id")
    saker = newest.only("id", "mottatt_tidspunkt", "merkelapp", "grupperingsid")
    return Section(
        title=_("Its newest saker"),
        link=_listed("sak", client),
        link_label=_("All its saker"),
        headers=(_("Sak"), _("Received"), _("Merkelapp"), _("Grupperingsid")),
        rows=[
            (link_to("sak", one.id), one.mottatt_tidspunkt, one.merkelapp, one.grupperingsid)
            for one in saker[:SHOWN]
        ],
    )


def _notifikasjoner(client: str) -> Section:
    newest = Notifikasjon.objects.filter(produsent=client).order_by("-mottatt_tidspunkt", "id")
    items = newest.only("id", "type", "tilstand", "mottatt_tidspunkt", "merkelapp")
    return Section(
        title=_("Its newest notifikasjoner"),
        link=_listed("notifikasjon", client),
        link_label=_("All its notifikasjoner"),
        headers=(_("Notifikasjon"), _("Received"), _("Type"), _("State"), _("Merkelapp")),
        rows=[
            (
                link_to("notifikasjon", one.id),
                one.mottatt_tidspunkt,
                one.type,
                one.tilstand,
                one.merkelapp,
            )
            for one in items[:SHOWN]
        ],
    )


def _listed(model: str, client: str) -> str:
    listed = reverse(f"admin:cases_{model}_changelist")
    return f"{listed}?{urlencode({'produsent': client})}"


clients.register("cases", read, permission="cases.view_sak")
