"""What `cases` does next by itself, on the front page; each by the index of its sweep."""

from django.utils.translation import gettext_lazy as _

from cases.models import EksterntVarsel, Notifikasjon, Paaminnelse, Sak
from notifications_platform.back_office import ahead
from notifications_platform.back_office.ahead import Kind, coming

ahead.show(
    "cases.frister",
    Kind(
        label=_("Frister of oppgaver and kalenderavtaler"),
        read=lambda now: coming(
            Notifikasjon.objects.filter(utgaar_at__isnull=False), "utgaar_at", now
        ),
        page="admin:cases_notifikasjon_changelist",
        permission="cases.view_notifikasjon",
    ),
)
ahead.show(
    "cases.reminders",
    Kind(
        label=_("Reminders of notifikasjoner"),
        read=lambda now: coming(
            Paaminnelse.objects.filter(fired_at__isnull=True, closed_at__isnull=True),
            "tidspunkt",
            now,
        ),
        page="admin:cases_notifikasjon_changelist",
        permission="cases.view_notifikasjon",
    ),
)
ahead.show(
    "cases.varsler",
    Kind(
        label=_("External messages to look contact points up for"),
        read=lambda now: coming(
            EksterntVarsel.objects.filter(queue_at__isnull=False), "queue_at", now
        ),
        page="admin:cases_eksterntvarsel_changelist",
        permission="cases.view_eksterntvarsel",
    ),
)
ahead.show(
    "cases.erased_notifikasjoner",
    Kind(
        label=_("Notifikasjoner to erase for good"),
        read=lambda now: coming(
            Notifikasjon.objects.filter(hard_delete_at__isnull=False), "hard_delete_at", now
        ),
        page="admin:cases_notifikasjon_changelist",
        permission="cases.view_notifikasjon",
    ),
)
ahead.show(
    "cases.erased_saker",
    Kind(
        label=_("Saker to erase for good"),
        read=lambda now: coming(
            Sak.objects.filter(hard_delete_at__isnull=False), "hard_delete_at", now
        ),
        page="admin:cases_sak_changelist",
        permission="cases.view_sak",
    ),
)
