"""Reminders whose time has come fire once (cases contract 9.3)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cases.lifecycle.confining import Confined
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse, Sak
from cases.services import hendelser, varsler
from cases.services.hendelser import Kilde
from cases.states import EksterntVarselStatus, HendelseType, KalenderavtaleTilstand, OppgaveTilstand
from notifications_platform.core.updating import update_together

BATCH = 200
_confined = Confined("reminders")
_REMINDED_IN = frozenset({*KalenderavtaleTilstand, OppgaveTilstand.NY}) - {
    KalenderavtaleTilstand.AVLYST
}


def fire(*, now: datetime) -> int:
    """Fire up to a batch of what is due; how many were handled.

    The item moves to the top with its sak, and the reminder's messages go out by their windows.
    """
    due = (
        Paaminnelse.objects.filter(
            fired_at__isnull=True, closed_at__isnull=True, tidspunkt__lte=now
        )
        .exclude(pk__in=_confined.left_alone(now))
        .order_by("tidspunkt")
        .values_list("id", "notifikasjon_id", "notifikasjon__sak_koordinat")[:BATCH]
    )
    return _confined.handle(
        list(due), lambda several: _fire_due(several, now), id_of=lambda one: one[0], now=now
    )


def _fire_due(due: Sequence[tuple[UUID, UUID, UUID | None]], now: datetime) -> int:
    with transaction.atomic():
        # Locks are taken in the order of the app: saker, then notifikasjoner.
        saker = _lock_saker({koordinat for _, _, koordinat in due if koordinat})
        items = _lock_items({item for _, item, _ in due})
        reminders = _lock_reminders([id for id, item, _ in due if item in items], now)
        _fire(reminders, items, saker, now)
    return len(reminders)


def _lock_saker(koordinater: set[UUID]) -> Mapping[UUID, Sak]:
    saker = Sak.objects.select_for_update(no_key=True).filter(koordinat__in=koordinater)
    return {sak.koordinat: sak for sak in saker.order_by("id")}


def _lock_items(ids: set[UUID]) -> Mapping[UUID, Notifikasjon]:
    items = Notifikasjon.objects.select_for_update(skip_locked=True, no_key=True)
    return {item.id: item for item in items.filter(pk__in=ids).order_by("id")}


def _lock_reminders(ids: Sequence[UUID], now: datetime) -> Sequence[Paaminnelse]:
    """Those that nobody has fired, closed or moved since; their items are locked."""
    return list(
        Paaminnelse.objects.select_for_update()
        .filter(pk__in=ids, fired_at__isnull=True, closed_at__isnull=True, tidspunkt__lte=now)
        .order_by("id")
    )


def _fire(
    reminders: Sequence[Paaminnelse],
    items: Mapping[UUID, Notifikasjon],
    saker: Mapping[UUID, Sak],
    now: datetime,
) -> None:
    fired = []
    for reminder in reminders:
        item = items[reminder.notifikasjon_id]
        if item.soft_deleted_at or item.tilstand not in _REMINDED_IN:
            reminder.closed_at = now
            continue
        reminder.fired_at = now
        item.paaminnelse_utloest_at = reminder.tidspunkt
        fired.append(reminder)
    update_together(reminders, ["fired_at", "closed_at"])
    theirs = [items[reminder.notifikasjon_id] for reminder in fired]
    update_together(theirs, ["paaminnelse_utloest_at"])
    _move_to_top(fired, items, saker)
    _send(fired, now)
    missed = [reminder.notifikasjon_id for reminder in reminders if reminder.closed_at]
    varsler.drop_unqueued_of_reminders([items[id] for id in missed], now=now)
    Hendelse.objects.bulk_create(
        hendelser.event(
            HendelseType.PAAMINNELSE_OPPRETTET,
            item,
            kilde=Kilde.sweep(item.produsent),
            now=now,
            payload={"tidspunkt": reminder.tidspunkt.isoformat()},
        )
        for reminder, item in zip(fired, theirs, strict=True)
    )


def _move_to_top(
    fired: Sequence[Paaminnelse],
    items: Mapping[UUID, Notifikasjon],
    saker: Mapping[UUID, Sak],
) -> None:
    moved: dict[UUID, Sak] = {}
    for reminder in fired:
        koordinat = items[reminder.notifikasjon_id].sak_koordinat
        sak = saker.get(koordinat) if koordinat else None
        if sak and sak.sist_endret < reminder.tidspunkt:
            sak.sist_endret = reminder.tidspunkt
            moved[sak.id] = sak
    update_together(list(moved.values()), ["sist_endret"])


def _send(fired: Sequence[Paaminnelse], now: datetime) -> None:
    messages = list(
        EksterntVarsel.objects.select_for_update()
        .filter(
            paaminnelse__in=[reminder.id for reminder in fired],
            status=EksterntVarselStatus.NY,
            queued_at__isnull=True,
        )
        .order_by("id")
    )
    varsler.put_out(messages, now=now)
    varsler.store_put_out(messages)
