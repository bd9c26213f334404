"""How `cases` is doing, on the front page: what should have happened by now, and what failed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import EksterntVarsel, Notifikasjon, Paaminnelse, Sak
from cases.states import EksterntVarselStatus
from notifications_platform.back_office import home
from notifications_platform.back_office.home import Sign

MOST_COUNTED = 1_000
_DAY = timedelta(days=1)


def _signs(now: datetime, _real: datetime) -> Iterator[Sign]:
    yield _due(now)
    yield _failed(now)


def _due(now: datetime) -> Sign:
    """Each by the index of the sweep that it waits for."""
    waiting = (
        Notifikasjon.objects.filter(utgaar_at__lte=now),
        Paaminnelse.objects.filter(
            fired_at__isnull=True, closed_at__isnull=True, tidspunkt__lte=now
        ),
        EksterntVarsel.objects.filter(queue_at__lte=now),
        Notifikasjon.objects.filter(hard_delete_at__lte=now),
        Sak.objects.filter(hard_delete_at__lte=now),
    )
    number = sum(rows[:MOST_COUNTED].count() for rows in waiting)
    return Sign(
        label=_("Cases due"),
        value=_counted(number),
        note=_("deadlines, reminders, contact points, deletions"),
        tone="waiting" if number else "good",
        link=reverse("admin:cases_sak_changelist"),
        permission="cases.view_notifikasjon",
    )


def _failed(now: datetime) -> Sign:
    failed = EksterntVarsel.objects.filter(
        status=EksterntVarselStatus.FEILET, created_at__gte=now - _DAY
    )
    number = failed[:MOST_COUNTED].count()
    page = reverse("admin:cases_eksterntvarsel_changelist")
    return Sign(
        label=_("External messages failed"),
        value=_counted(number),
        note=_("of those ordered in the past day"),
        tone="bad" if number else "good",
        link=f"{page}?status__exact={EksterntVarselStatus.FEILET}&period=day",
        permission="cases.view_eksterntvarsel",
    )


def _counted(number: int) -> str:
    return f"{MOST_COUNTED}+" if number >= MOST_COUNTED else str(number)


home.show(_signs)
