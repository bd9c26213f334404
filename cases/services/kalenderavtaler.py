"""Keeping a kalenderavtale up to date (cases contract 7, 9.2). The moment is `now`: business
time, aware, UTC.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from cases import results
from cases.inputs import NotifikasjonRef, OppdaterKalenderavtale
from cases.models import EksterntVarsel, Notifikasjon
from cases.producers import Kaller
from cases.reminders import BadReminder
from cases.services import hendelser, keys, paaminnelser, varsler
from cases.services.acting import Acting, Refused, act, answering
from cases.services.schedules import rescheduled
from cases.states import HendelseType, KalenderavtaleTilstand, NotifikasjonType

_FAMILIE = "oppdaterKalenderavtale"
_AVLYST = KalenderavtaleTilstand.AVLYST


@answering
def oppdater_kalenderavtale(
    ref: NotifikasjonRef, ny: OppdaterKalenderavtale, *, kaller: Kaller, now: datetime
) -> results.OppdaterKalenderavtaleVellykket:
    """Any state may follow any other. What is left out stays; new messages replace those that
    have not left; a call that changes nothing leaves no event.
    """
    acting = act(kaller, now=now)
    with transaction.atomic():
        avtale = acting.notifikasjon(ref, [NotifikasjonType.KALENDERAVTALE])
        if keys.used(avtale.id, _FAMILIE, ny.idempotency_key):
            return results.OppdaterKalenderavtaleVellykket(id=avtale.id, gjentatt=True)
        if changes := _apply(avtale, ny, acting):
            hendelser.append(
                HendelseType.KALENDERAVTALE_OPPDATERT,
                avtale,
                kilde=acting.kilde,
                now=now,
                payload=changes,
            )
        keys.use(avtale.id, _FAMILIE, ny.idempotency_key, answer_id=avtale.id, now=now)
    return results.OppdaterKalenderavtaleVellykket(id=avtale.id)


def _apply(avtale: Notifikasjon, ny: OppdaterKalenderavtale, acting: Acting) -> dict[str, Any]:
    """What has changed, by the names of the call."""
    changes = _set_fields(avtale, ny, acting)
    is_called_off = changes.get("nyTilstand") == _AVLYST
    new_reminder = ny.paaminnelse is not None and avtale.tilstand != _AVLYST
    if is_called_off or (new_reminder and ny.eksterne_varsler):
        # Both a reminder's and its own, in one step: see `varsler`.
        varsler.cancel_all(avtale, kilde=acting.kilde, now=acting.now)
    if is_called_off:
        paaminnelser.close([avtale], kilde=acting.kilde, now=acting.now)
    elif new_reminder:
        _replace_reminder(avtale, ny, acting)
        changes["paaminnelse"] = True
    if ny.eksterne_varsler:
        _replace_messages(avtale, ny, acting)
        changes["eksterneVarsler"] = len(ny.eksterne_varsler)
    return changes


_FIELDS = {
    "nyTilstand": ("tilstand", "ny_tilstand"),
    "nyTekst": ("tekst", "ny_tekst"),
    "nyLenke": ("lenke", "ny_lenke"),
    "nyErDigitalt": ("digitalt", "ny_er_digitalt"),
}


def _set_fields(avtale: Notifikasjon, ny: OppdaterKalenderavtale, acting: Acting) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, (column, attribute) in _FIELDS.items():
        value = getattr(ny, attribute)
        if value is not None and value != getattr(avtale, column):
            setattr(avtale, column, value)
            changes[name] = value
    if ny.ny_lokasjon and asdict(ny.ny_lokasjon) != avtale.lokasjon:
        avtale.lokasjon = changes["nyLokasjon"] = asdict(ny.ny_lokasjon)
    erased_at = rescheduled(avtale.hard_delete_at, ny.hard_delete, base=acting.now)
    if erased_at != avtale.hard_delete_at:
        avtale.hard_delete_at = erased_at
        changes["hardDelete"] = erased_at and erased_at.isoformat()
    if changes:
        avtale.save(
            update_fields=["tilstand", "tekst", "lenke", "digitalt", "lokasjon", "hard_delete_at"]
        )
    return changes


def _replace_reminder(avtale: Notifikasjon, ny: OppdaterKalenderavtale, acting: Acting) -> None:
    try:
        paaminnelser.replace(avtale, ny.paaminnelse, kilde=acting.kilde, now=acting.now)
    except BadReminder as why:
        raise Refused(results.UgyldigKalenderavtale(str(why))) from why


def _replace_messages(avtale: Notifikasjon, ny: OppdaterKalenderavtale, acting: Acting) -> None:
    varsler.cancel_ordered(avtale, kilde=acting.kilde, now=acting.now)
    ordered = varsler.rows(
        ny.eksterne_varsler, avtale, varsler.next_numbers(avtale), now=acting.now
    )
    varsler.put_out(ordered, now=acting.now)
    EksterntVarsel.objects.bulk_create(ordered)
