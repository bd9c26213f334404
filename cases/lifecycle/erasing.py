"""Scheduled hard deletion (cases contract 11)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery

from cases.lifecycle.confining import Confined
from cases.models import Notifikasjon, Sak
from cases.services import erasing
from cases.services.hendelser import Kilde

Item = TypeVar("Item", Sak, Notifikasjon)

BATCH = 500
_MOST_SAKER = 100
_saker = Confined("erasing saker")
_notifikasjoner = Confined("erasing notifikasjoner")


def erase_due(*, now: datetime) -> int:
    """Erase up to a batch of what is due, saker with all that is theirs; how many items."""
    return _erase_saker(now) + _erase_notifikasjoner(now)


def _erase_saker(now: datetime) -> int:
    return _saker.handle(
        _next_saker(now), lambda ids: _erase(Sak, ids, now), id_of=lambda id: id, now=now
    )


def _next_saker(now: datetime) -> list[UUID]:
    """Those due first, one at least, that have a batch of notifikasjoner together: they go in
    one transaction.
    """
    theirs = Notifikasjon.objects.filter(sak_koordinat=OuterRef("koordinat")).order_by()
    due = (
        _due(Sak, _saker, now)
        .annotate(items=Subquery(theirs.values("sak_koordinat").values(count=Count("*"))))
        .values_list("id", "items")[:_MOST_SAKER]
    )
    chosen: list[UUID] = []
    items = 0
    for id, its in due:
        items += its or 0
        if chosen and items > BATCH:
            break
        chosen.append(id)
    return chosen


def _erase_notifikasjoner(now: datetime) -> int:
    """Items that are erased without their sak."""
    due = _due(Notifikasjon, _notifikasjoner, now).values_list("id", flat=True)[:BATCH]
    return _notifikasjoner.handle(
        list(due), lambda ids: _erase(Notifikasjon, ids, now), id_of=lambda id: id, now=now
    )


def _due(table: type[Item], confined: Confined, now: datetime) -> "QuerySet[Item]":
    several = table._default_manager.filter(hard_delete_at__lte=now)
    return several.exclude(pk__in=confined.left_alone(now)).order_by("hard_delete_at")


_STEPS = {Sak: erasing.erase_saker, Notifikasjon: erasing.erase_notifikasjoner}


def _erase(table: type[Sak | Notifikasjon], ids: Sequence[UUID], now: datetime) -> int:
    """In one transaction; not those that somebody else holds, or has moved the time of."""
    with transaction.atomic():
        still = table._default_manager.select_for_update(skip_locked=True)
        due = still.filter(pk__in=ids, hard_delete_at__lte=now).order_by("id")
        taken = list(due.values_list("id", flat=True))
        _STEPS[table](taken, kilde=Kilde.sweep(), now=now)
    return len(taken)
