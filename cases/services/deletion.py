"""Hiding and erasing (cases contract 11). Every function takes the moment as `now`: business
time, aware, UTC.

Soft deletion hides an item from its recipients. Hard deletion leaves a tombstone and the
messages that were ordered before, which are erased as soon as they are finished.
"""

from datetime import datetime

from django.db import transaction

from cases import results
from cases.inputs import NotifikasjonRef, SakRef
from cases.models import Notifikasjon, Sak
from cases.producers import Kaller
from cases.services import erasing, hendelser, paaminnelser
from cases.services.acting import act, answering
from cases.services.hendelser import Kilde
from cases.states import HendelseType


@answering
def soft_delete_sak(
    ref: SakRef, *, kaller: Kaller, now: datetime
) -> results.SoftDeleteSakVellykket:
    """Its notifikasjoner are untouched; a repeat keeps the first time."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        sak = acting.sak(ref)
        hide_sak(sak, kilde=acting.kilde, now=now)
    return results.SoftDeleteSakVellykket(id=sak.id)


@answering
def soft_delete_notifikasjon(
    ref: NotifikasjonRef, *, kaller: Kaller, now: datetime
) -> results.SoftDeleteNotifikasjonVellykket:
    """Its reminder is dropped; a repeat keeps the first time."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        notifikasjon = acting.notifikasjon(ref)
        hide_notifikasjon(notifikasjon, kilde=acting.kilde, now=now)
    return results.SoftDeleteNotifikasjonVellykket(id=notifikasjon.id)


@answering
def hard_delete_sak(
    ref: SakRef, *, kaller: Kaller, now: datetime
) -> results.HardDeleteSakVellykket:
    """With all notifikasjoner of its merkelapp and grupperingsid; the coordinate stays taken."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        sak = acting.sak(ref)
        erasing.erase_saker([sak.id], kilde=acting.kilde, now=now)
    return results.HardDeleteSakVellykket(id=sak.id)


@answering
def hard_delete_notifikasjon(
    ref: NotifikasjonRef, *, kaller: Kaller, now: datetime
) -> results.HardDeleteNotifikasjonVellykket:
    """Its sak and siblings stay, and its eksternId is free again."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        notifikasjon = acting.notifikasjon(ref)
        erasing.erase_notifikasjoner([notifikasjon.id], kilde=acting.kilde, now=now)
    return results.HardDeleteNotifikasjonVellykket(id=notifikasjon.id)


def hide_sak(sak: Sak, *, kilde: Kilde, now: datetime) -> None:
    """`sak` is locked."""
    if sak.soft_deleted_at:
        return
    sak.soft_deleted_at = now
    sak.save(update_fields=["soft_deleted_at"])
    hendelser.append(HendelseType.SOFT_DELETE, sak, kilde=kilde, now=now)


def hide_notifikasjon(notifikasjon: Notifikasjon, *, kilde: Kilde, now: datetime) -> None:
    """`notifikasjon` is locked."""
    if notifikasjon.soft_deleted_at:
        return
    notifikasjon.soft_deleted_at, notifikasjon.utgaar_at = now, None
    notifikasjon.save(update_fields=["soft_deleted_at", "utgaar_at"])
    paaminnelser.drop([notifikasjon], kilde=kilde, now=now)
    hendelser.append(HendelseType.SOFT_DELETE, notifikasjon, kilde=kilde, now=now)
