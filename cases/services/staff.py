"""What staff may do to a producer's items: hide and erase them (cases contract 11, 12).

By the same steps as a producer's own call, in one transaction. `now` is business time, aware, UTC;
`reason` goes into the trail. Raises NotFound for an item that has been erased meanwhile.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_noop

from cases.models import Notifikasjon, Sak
from cases.services import deletion, erasing
from cases.services.erasing import OthersAreInIt
from cases.services.hendelser import Kilde
from notifications_platform.core.errors import DomainError, NotFound

_GONE = gettext_noop("It has been erased already.")


class HiddenAlready(DomainError):
    code = "hidden_already"


def refusal_to_hide(item: Sak | Notifikasjon) -> HiddenAlready | None:
    """Why staff cannot hide it."""
    if item.soft_deleted_at is None:
        return None
    return HiddenAlready(gettext_noop("It has been hidden already."))


def soft_delete_sak(id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Hide it from its recipients; its notifikasjoner are untouched. Raises HiddenAlready."""
    with transaction.atomic():
        sak = _sak(id)
        _refuse(sak)
        deletion.hide_sak(sak, kilde=Kilde.staff(sak.produsent, user, reason), now=now)


def hard_delete_sak(
    id: UUID,
    *,
    user: str,
    reason: str,
    now: datetime,
    producers: Collection[str] | None = None,
) -> None:
    """Erase it with all notifikasjoner of its coordinate, which stays taken for ever. `producers`:
    whose items the user sees, None for everybody's. Raises OthersAreInIt.
    """
    with transaction.atomic():
        sak = _sak(id)
        kilde = Kilde.staff(sak.produsent, user, reason)
        erasing.erase_saker([sak.id], kilde=kilde, now=now, producers=producers)


def refusals_to_erase(
    saker: Sequence[Sak], *, producers: Collection[str] | None
) -> dict[UUID, OthersAreInIt | None]:
    """Why somebody who sees these producers' items only cannot erase them: a statement or none,
    however many they are.
    """
    others: dict[UUID, int] = {}
    if producers is not None:
        theirs = Notifikasjon.objects.filter(sak_koordinat__in=[sak.koordinat for sak in saker])
        theirs = theirs.exclude(produsent__in=producers).order_by()
        others = dict(theirs.values_list("sak_koordinat").annotate(Count("pk")))
    return {
        sak.id: erasing.not_alone(others[sak.koordinat]) if sak.koordinat in others else None
        for sak in saker
    }


def soft_delete_notifikasjon(id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Hide it from its recipients and drop its reminder. Raises HiddenAlready."""
    with transaction.atomic():
        one = _notifikasjon(id)
        _refuse(one)
        deletion.hide_notifikasjon(one, kilde=Kilde.staff(one.produsent, user, reason), now=now)


def hard_delete_notifikasjon(id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Erase it; its sak and siblings stay, and its eksternId is free again."""
    with transaction.atomic():
        one = _notifikasjon(id)
        kilde = Kilde.staff(one.produsent, user, reason)
        erasing.erase_notifikasjoner([one.id], kilde=kilde, now=now)


def _sak(id: UUID) -> Sak:
    sak = Sak.objects.select_for_update(no_key=True).filter(pk=id).first()
    if sak is None:
        raise NotFound(_GONE)
    return sak


def _notifikasjon(id: UUID) -> Notifikasjon:
    one = Notifikasjon.objects.select_for_update(no_key=True).filter(pk=id).first()
    if one is None:
        raise NotFound(_GONE)
    return one


def _refuse(item: Sak | Notifikasjon) -> None:
    if refusal := refusal_to_hide(item):
        raise refusal
