"""What staff may do to a producer's items: hide and erase them (cases contract 11, 12).

By the same steps as a producer's own call, in one transaction. `now` is business time, aware, UTC;
`reason` goes into the trail. Raises NotFound for an item that has been erased meanwhile.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from cases.models import Notifikasjon, Sak
from cases.services import deletion, erasing
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


def hard_delete_sak(id: UUID, *, user: str, reason: str, now: datetime) -> None:
    """Erase it with all notifikasjoner of its coordinate, which stays taken for ever."""
    with transaction.atomic():
        sak = _sak(id)
        kilde = Kilde.staff(sak.produsent, user, reason)
        erasing.erase_saker([sak.id], kilde=kilde, now=now)


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
