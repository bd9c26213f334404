"""Erasing items for good: what goes, what stays, and in which order (cases contract 11).

Set-based: the number of statements does not grow with the number of items. The engine's messages
are told first: whoever records an outcome holds their locks, and has written its event by then.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from cases.models import (
    BruktNoekkel,
    EksterntVarsel,
    Hendelse,
    Notifikasjon,
    NotifikasjonMottaker,
    Paaminnelse,
    Sak,
    Slettet,
)
from cases.services.hendelser import Kilde
from cases.states import OWNER, EksterntVarselStatus, HendelseType
from notifications_platform.audit import trail
from notifications_platform.delivery import erasing

_REMINDER_NOT_FIRED = Q(paaminnelse__isnull=False, queue_at__isnull=True, queued_at__isnull=True)


def erase_sak(sak: Sak, *, kilde: Kilde, now: datetime) -> None:
    """The (locked) sak, and every notifikasjon of its coordinate, in the caller's transaction.

    One call a transaction, as of `erase_notifikasjoner`: the engine's messages are locked in the
    order of their ids, once, as those who record their outcomes lock them.
    """
    notifikasjoner = list(
        Notifikasjon.objects.select_for_update()
        .filter(sak_koordinat=sak.koordinat)
        .order_by("id")
        .only("id", "type", "merkelapp", "grupperingsid", "sak_koordinat", "produsent")
    )
    erase_notifikasjoner(notifikasjoner, kilde=kilde, now=now)
    _forget([sak.id])
    _bury([sak], kilde=kilde, now=now)
    Sak.objects.filter(pk=sak.pk).delete()


def erase_notifikasjoner(
    notifikasjoner: Sequence[Notifikasjon], *, kilde: Kilde, now: datetime
) -> None:
    """These (locked) items, in the caller's transaction."""
    if not notifikasjoner:
        return
    ids = [one.id for one in notifikasjoner]
    _let_go_of_messages(ids, by=kilde.by, now=now)
    _forget(ids)
    _bury(notifikasjoner, kilde=kilde, now=now)
    Paaminnelse.objects.filter(notifikasjon__in=ids).delete()
    NotifikasjonMottaker.objects.filter(notifikasjon__in=ids).delete()
    Notifikasjon.objects.filter(pk__in=ids).delete()


def _let_go_of_messages(ids: Sequence[UUID], *, by: trail.By, now: datetime) -> None:
    """What has been ordered still leaves, on its own; the engine erases it when it is final."""
    varsler = EksterntVarsel.objects.filter(notifikasjon__in=ids)
    # A sweep that is putting one into the outbox has to finish first.
    list(varsler.filter(queue_at__isnull=False).order_by("id").select_for_update().values("id"))
    if all_of_them := list(varsler.values_list("id", flat=True)):
        erasing.erase(OWNER, all_of_them, by=by, now=now)
    varsler.filter(~Q(status=EksterntVarselStatus.NY) | _REMINDER_NOT_FIRED).delete()
    varsler.update(notifikasjon=None, paaminnelse=None)


def _forget(ids: Sequence[UUID]) -> None:
    Hendelse.objects.filter(aggregate_id__in=ids).delete()
    BruktNoekkel.objects.filter(item_id__in=ids).delete()


def _bury(items: Sequence[Notifikasjon] | Sequence[Sak], *, kilde: Kilde, now: datetime) -> None:
    """A tombstone for each, and an event that says no more than the tombstone."""
    Slettet.objects.bulk_create(
        Slettet(
            id=one.id,
            type=one.type if isinstance(one, Notifikasjon) else "Sak",
            merkelapp=one.merkelapp,
            grupperingsid=one.grupperingsid,
            sak_koordinat=one.koordinat if isinstance(one, Sak) else one.sak_koordinat,
            slettet_at=now,
            produsent=one.produsent,
        )
        for one in items
    )
    Hendelse.objects.bulk_create(
        Hendelse(
            aggregate_id=one.id,
            type=HendelseType.HARD_DELETE,
            tidspunkt=now,
            merkelapp=one.merkelapp,
            produsent=kilde.behalf_on(one.produsent),
            kilde_app_navn=kilde.app_navn,
        )
        for one in items
    )
    trail.record(
        "cases.HardDelete",
        "sak" if isinstance(items[0], Sak) else "notifikasjon",
        [one.id for one in items],
        by=kilde.by,
        now=now,
        reason=kilde.reason,
    )
