"""Messages of Altinn services, whose contact points are looked up when they may leave (cases
contract 10). Registers are asked outside any transaction: they may be far away.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_noop

from cases.lifecycle.confining import Confined
from cases.models import EksterntVarsel, Hendelse
from cases.services import hendelser, varsler
from cases.services.hendelser import Kilde
from cases.states import OWNER, EksterntVarselStatus, HendelseType
from cases.varsler import altinntjeneste, queueing
from cases.varsler.queueing import Contacts
from notifications_platform.audit import trail
from notifications_platform.delivery import erasing

BATCH = 200
_confined = Confined("look-ups")
ASK_AGAIN_AFTER = timedelta(minutes=1)
ASK_FOR = timedelta(hours=24)
# Stored as they stand; staff read them in their language.
_NOBODY = gettext_noop("The organisation has no contact point for this service.")
_NO_ANSWER = gettext_noop("The register of contact points did not answer for 24 hours.")


def queue_due(*, now: datetime) -> int:
    """Put up to a batch of those that may leave into the outbox; how many were handled."""
    due = EksterntVarsel.objects.filter(queue_at__lte=now).order_by("queue_at")
    several = due.exclude(pk__in=_confined.left_alone(now))[:BATCH]
    return _confined.handle(
        list(several), lambda some: _queue(some, now), id_of=lambda one: one.id, now=now
    )


def _queue(several: Sequence[EksterntVarsel], now: datetime) -> int:
    contacts = altinntjeneste.look_up(several)
    with transaction.atomic():
        still = EksterntVarsel.objects.select_for_update(skip_locked=True, of=("self",))
        claimed = list(
            still.filter(pk__in=[one.id for one in several], queue_at__lte=now)
            .select_related("notifikasjon")
            .order_by("id")
        )
        _settle(claimed, contacts, now)
    return len(claimed)


def _settle(
    claimed: Sequence[EksterntVarsel], contacts: Mapping[UUID, Contacts], now: datetime
) -> None:
    """Those whose register did not answer are missing in `contacts`: asked for again, for a day."""
    reached = [one for one in claimed if one.id in contacts and contacts[one.id].addresses]
    queueing.queue(reached, contacts=contacts, now=now)
    for one in reached:
        varsler.mark_queued(one, messages=len(contacts[one.id].addresses), now=now)
    for one in claimed:
        if one.id not in contacts:
            _ask_again(one, now)
        elif not contacts[one.id].addresses:
            _fail(one, _NOBODY, now)
    varsler.store_put_out(claimed)
    silent = [one for one in claimed if one.id not in contacts]
    EksterntVarsel.objects.bulk_update(silent, ["unanswered_since"])
    _tell([one for one in claimed if one.status == EksterntVarselStatus.FEILET], now)
    _erase_the_deleted(claimed, now)


def _ask_again(varsel: EksterntVarsel, now: datetime) -> None:
    varsel.unanswered_since = varsel.unanswered_since or now
    if now - varsel.unanswered_since < ASK_FOR:
        varsel.queue_at = now + ASK_AGAIN_AFTER
    else:
        _fail(varsel, _NO_ANSWER, now)


def _fail(varsel: EksterntVarsel, aarsak: str, now: datetime) -> None:
    varsel.status, varsel.status_at, varsel.aarsak = EksterntVarselStatus.FEILET, now, aarsak
    varsel.queue_at, varsel.tittel, varsel.tekst = None, "", ""


def _tell(failed: Sequence[EksterntVarsel], now: datetime) -> None:
    Hendelse.objects.bulk_create(
        hendelser.event(
            HendelseType.EKSTERNT_VARSEL_FEILET,
            one.notifikasjon,
            kilde=Kilde.sweep(one.produsent),
            now=now,
            payload={"eksterntVarselId": str(one.id), "aarsak": one.aarsak},
        )
        for one in failed
        if one.notifikasjon
    )


def _erase_the_deleted(claimed: Sequence[EksterntVarsel], now: datetime) -> None:
    """Messages whose item has been hard deleted are erased as soon as they are finished."""
    alone = [one for one in claimed if one.notifikasjon is None]
    if queued := [one.id for one in alone if one.queued_at]:
        erasing.erase(OWNER, queued, by=trail.By.system("cases.sweep"), now=now)
    EksterntVarsel.objects.filter(
        pk__in=[one.id for one in alone], status=EksterntVarselStatus.FEILET
    ).delete()
