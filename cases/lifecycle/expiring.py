"""Oppgaver whose frist has passed (cases contract 9.1)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cases.models import Hendelse, Notifikasjon
from cases.services import hendelser, paaminnelser
from cases.services.hendelser import Kilde
from cases.states import HendelseType, OppgaveTilstand

BATCH = 500
_JUST_BEFORE = timedelta(microseconds=1)


def expire(*, now: datetime) -> int:
    """Up to a batch of them become UTGAATT, as of the last moment of their frist; how many."""
    with transaction.atomic():
        due = list(
            Notifikasjon.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(utgaar_at__lte=now)
            .order_by("utgaar_at")[:BATCH]
        )
        if not due:
            return 0
        Notifikasjon.objects.filter(pk__in=[oppgave.id for oppgave in due]).update(
            tilstand=OppgaveTilstand.UTGAATT,
            utgaatt_tidspunkt=F("utgaar_at") - _JUST_BEFORE,
            utgaar_at=None,
        )
        paaminnelser.close_expired(due, now=now)
        Hendelse.objects.bulk_create(
            hendelser.event(
                HendelseType.OPPGAVE_UTGAATT, one, kilde=Kilde.sweep(one.produsent), now=now
            )
            for one in due
        )
    return len(due)
