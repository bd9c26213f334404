"""Oppgaver whose frist has passed (cases contract 9.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from cases.lifecycle.confining import Confined
from cases.models import Hendelse, Notifikasjon
from cases.services import hendelser, paaminnelser
from cases.services.hendelser import Kilde
from cases.states import HendelseType, OppgaveTilstand

BATCH = 500
_confined = Confined("deadlines")
_JUST_BEFORE = timedelta(microseconds=1)


def expire(*, now: datetime) -> int:
    """Up to a batch of them become UTGAATT, as of the last moment of their frist; how many."""
    due = (
        Notifikasjon.objects.filter(utgaar_at__lte=now)
        .exclude(pk__in=_confined.left_alone(now))
        .order_by("utgaar_at")
        .values_list("id", flat=True)[:BATCH]
    )
    return _confined.handle(list(due), lambda ids: _expire(ids, now), id_of=lambda id: id, now=now)


def _expire(ids: Sequence[UUID], now: datetime) -> int:
    with transaction.atomic():
        due = list(
            Notifikasjon.objects.select_for_update(skip_locked=True, no_key=True)
            .filter(pk__in=ids, utgaar_at__lte=now)
            .order_by("id")
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
