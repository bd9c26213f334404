"""Scheduled hard deletion (cases contract 11)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.lifecycle.confining import Confined
from cases.models import Notifikasjon, Sak
from cases.services import erasing
from cases.services.hendelser import Kilde

BATCH = 500
_SAKER_AT_ONCE = 20
_saker = Confined("erasing saker")
_notifikasjoner = Confined("erasing notifikasjoner")


def erase_due(*, now: datetime) -> int:
    """Erase up to a batch of what is due, saker with all that is theirs; how many items."""
    return _erase_saker(now) + _erase_notifikasjoner(now)


def _erase_saker(now: datetime) -> int:
    due = (
        Sak.objects.filter(hard_delete_at__lte=now)
        .exclude(pk__in=_saker.left_alone(now))
        .order_by("hard_delete_at")
        .values_list("id", flat=True)[:_SAKER_AT_ONCE]
    )
    # One that fails leaves those before it erased: they are not found again.
    return _saker.handle(
        list(due),
        lambda ids: sum(_erase_sak(id, now) for id in ids),
        id_of=lambda id: id,
        now=now,
    )


def _erase_sak(id: UUID, now: datetime) -> bool:
    """In a transaction of its own; False where somebody else holds it, or has moved its time."""
    with transaction.atomic():
        still = Sak.objects.select_for_update(skip_locked=True)
        sak = still.filter(pk=id, hard_delete_at__lte=now).first()
        if sak:
            erasing.erase_sak(sak, kilde=Kilde.sweep(), now=now)
    return sak is not None


def _erase_notifikasjoner(now: datetime) -> int:
    due = (
        Notifikasjon.objects.filter(hard_delete_at__lte=now)
        .exclude(pk__in=_notifikasjoner.left_alone(now))
        .order_by("hard_delete_at")
        .values_list("id", flat=True)[:BATCH]
    )
    return _notifikasjoner.handle(
        list(due), lambda ids: _erase_alone(ids, now), id_of=lambda id: id, now=now
    )


def _erase_alone(ids: Sequence[UUID], now: datetime) -> int:
    """Items that are erased without their sak."""
    with transaction.atomic():
        due = list(
            Notifikasjon.objects.select_for_update(skip_locked=True)
            .filter(pk__in=ids, hard_delete_at__lte=now)
            .order_by("id")
        )
        erasing.erase_notifikasjoner(due, kilde=Kilde.sweep(), now=now)
    return len(due)
