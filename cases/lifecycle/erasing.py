"""Scheduled hard deletion (cases contract 11)."""

from collections import defaultdict
from datetime import datetime

from django.db import transaction

from cases.models import Notifikasjon, Sak
from cases.services import erasing
from cases.services.hendelser import Kilde

BATCH = 500
_SAKER_AT_ONCE = 20


def erase_due(*, now: datetime) -> int:
    """Erase up to a batch of what is due, saker with all that is theirs; how many items."""
    return _erase_saker(now) + _erase_notifikasjoner(now)


def _erase_saker(now: datetime) -> int:
    with transaction.atomic():
        due = list(
            Sak.objects.select_for_update(skip_locked=True)
            .filter(hard_delete_at__lte=now)
            .order_by("hard_delete_at")[:_SAKER_AT_ONCE]
        )
        for sak in due:
            erasing.erase_sak(sak, kilde=Kilde.sweep(sak.produsent), now=now)
    return len(due)


def _erase_notifikasjoner(now: datetime) -> int:
    with transaction.atomic():
        due: dict[str, list[Notifikasjon]] = defaultdict(list)
        for one in (
            Notifikasjon.objects.select_for_update(skip_locked=True)
            .filter(hard_delete_at__lte=now)
            .order_by("hard_delete_at")[:BATCH]
        ):
            due[one.produsent].append(one)
        for produsent, theirs in sorted(due.items()):
            erasing.erase_notifikasjoner(theirs, kilde=Kilde.sweep(produsent), now=now)
    return sum(map(len, due.values()))
