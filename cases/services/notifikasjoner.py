"""Creating beskjeder, oppgaver and kalenderavtaler (cases contract 7, 8.1). Every function takes
the moment as `now`: business time, aware, UTC.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from datetime import date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from cases import fingerprints, inputs, results
from cases.coordinates import koordinat
from cases.inputs import NyBeskjed, NyKalenderavtale, NyNotifikasjon, NyOppgave
from cases.models import EksterntVarsel, Notifikasjon, NotifikasjonMottaker, Paaminnelse, Sak
from cases.producers import Kaller
from cases.reminders import BadReminder, midnight_after
from cases.results import NyEksterntVarselResultat, PaaminnelseResultat
from cases.services import hendelser, mottakere, paaminnelser, varsler
from cases.services.acting import Acting, Refused, act, answering
from cases.services.saker import touching
from cases.services.schedules import scheduled
from cases.states import (
    HendelseType,
    KalenderavtaleTilstand,
    NotifikasjonType,
    OppgaveTilstand,
)
from notifications_platform.core.inserting import fresh, insert_together

# What stood in the way may be erased before it is read: then the call is tried anew.
_TRIES = 3


@answering
def ny_beskjed(ny: NyBeskjed, *, kaller: Kaller, now: datetime) -> results.NyBeskjedVellykket:
    """A beskjed, or the one that an equal call has made before."""
    made, again = _create(ny, act(kaller, now=now))
    return results.NyBeskjedVellykket(
        id=made.id, eksterne_varsler=_shown(made.first_varsler), gjentatt=again
    )


@answering
def ny_oppgave(ny: NyOppgave, *, kaller: Kaller, now: datetime) -> results.NyOppgaveVellykket:
    """An oppgave with its reminder, or the one that an equal call has made before."""
    made, again = _create(ny, act(kaller, now=now))
    return results.NyOppgaveVellykket(
        id=made.id,
        eksterne_varsler=_shown(made.first_varsler),
        paaminnelse=_reminder_of(made),
        gjentatt=again,
    )


@answering
def ny_kalenderavtale(
    ny: NyKalenderavtale, *, kaller: Kaller, now: datetime
) -> results.NyKalenderavtaleVellykket:
    """An appointment of a live sak, or the one that an equal call has made before."""
    made, again = _create(ny, act(kaller, now=now))
    return results.NyKalenderavtaleVellykket(
        id=made.id,
        eksterne_varsler=_shown(made.first_varsler),
        paaminnelse=_reminder_of(made),
        gjentatt=again,
    )


def _create(ny: NyNotifikasjon, acting: Acting) -> tuple[Notifikasjon, bool]:
    """The new item, or the first one and True. The unique key decides between equal calls."""
    acting.must_use(ny.merkelapp)
    acting.must_reach(ny.mottakere)
    for _ in range(_TRIES):
        new = _row(ny, acting)
        try:
            with _transaction(new):
                _insert(new, ny, acting)
        except (IntegrityError, Refused) as obstacle:
            # An equal call succeeds whatever has come of the item, its sak or the time since.
            if present := _as_before(new, obstacle):
                return present, True
            if isinstance(obstacle, Refused):
                raise
        else:
            return new, False
    raise RuntimeError("A coordinate was taken and set free again at each try.")


def _transaction(new: Notifikasjon) -> AbstractContextManager[object]:
    """The one statement that writes an item is a transaction by itself. A kalenderavtale keeps
    its sak locked while it looks; within another transaction, a refusal needs a savepoint.
    """
    if new.type == NotifikasjonType.KALENDERAVTALE or connection.in_atomic_block:
        return transaction.atomic()
    return nullcontext()


def _as_before(new: Notifikasjon, obstacle: Exception) -> Notifikasjon | None:
    present = Notifikasjon.objects.filter(koordinat=new.koordinat).first()
    if present is None or present.fingerprint == new.fingerprint:
        return present
    if isinstance(obstacle, Refused) and isinstance(obstacle.answer, results.SakFinnesIkke):
        return None
    raise Refused(
        results.DuplikatEksternIdOgMerkelapp(
            "The merkelapp has a notifikasjon with this eksternId and another content.",
            present.id,
        )
    )


def _row(ny: NyNotifikasjon, acting: Acting) -> Notifikasjon:
    opprettet = ny.opprettet_tidspunkt or acting.now
    return fresh(
        Notifikasjon,
        type=type(ny).__name__.removeprefix("Ny"),
        koordinat=koordinat(ny.merkelapp, ny.ekstern_id),
        sak_koordinat=(
            None if ny.grupperingsid is None else koordinat(ny.merkelapp, ny.grupperingsid)
        ),
        merkelapp=ny.merkelapp,
        ekstern_id=ny.ekstern_id,
        grupperingsid=ny.grupperingsid,
        virksomhetsnummer=ny.virksomhetsnummer,
        tekst=ny.tekst,
        lenke=ny.lenke,
        produsent=acting.produsent.id,
        kilde_app_navn=acting.kilde.app_navn,
        opprettet_tidspunkt=opprettet,
        mottatt_tidspunkt=acting.now,
        fingerprint=fingerprints.of_notifikasjon(ny),
        hard_delete_at=scheduled(ny.hard_delete, base=opprettet, path=_place_of_schedule(ny)),
        **_own_columns(ny),
    )


def _place_of_schedule(ny: NyNotifikasjon) -> str:
    """Where the caller has written it."""
    match ny:
        case NyBeskjed():
            return "nyBeskjed.metadata.hardDelete"
        case NyOppgave():
            return "nyOppgave.metadata.hardDelete"
    return "hardDelete"


def _own_columns(ny: NyNotifikasjon) -> dict[str, Any]:
    match ny:
        case NyOppgave(frist=frist):
            return {"tilstand": OppgaveTilstand.NY, "frist": frist, "utgaar_at": utgaar_at(frist)}
        case NyKalenderavtale():
            return {
                "tilstand": ny.tilstand,
                "start_tidspunkt": ny.start_tidspunkt,
                "slutt_tidspunkt": ny.slutt_tidspunkt,
                "lokasjon": asdict(ny.lokasjon) if ny.lokasjon else None,
                "digitalt": ny.er_digitalt,
            }
    return {}


def utgaar_at(frist: date | None) -> datetime | None:
    """The midnight in Oslo that ends the deadline's day; None for no end."""
    try:
        return midnight_after(frist) if frist else None
    except OverflowError:
        return None


def _insert(new: Notifikasjon, ny: NyNotifikasjon, acting: Acting) -> None:
    """In one statement, whatever is ordered: on the way of a call each one costs a round trip."""
    if isinstance(ny, NyKalenderavtale):
        _must_have_sak(new)
        _must_end_after_start(ny)
    numbers = count(1)
    ordered = varsler.rows(ny.eksterne_varsler, new, numbers, now=acting.now)
    reminder, of_reminder = _reminder(new, ny, numbers, acting)
    new.first_varsler = [str(varsel.id) for varsel in ordered]
    if reminder:
        new.first_paaminnelse_varsler = [str(varsel.id) for varsel in of_reminder]
    outbox = varsler.rows_put_out(ordered, now=acting.now)
    rows = [new, *_recipients(new, ny), *([reminder] if reminder else [])]
    rows += [*ordered, *of_reminder, *outbox.rows, *_happened(new, acting)]
    insert_together(rows, touching(new.sak_koordinat, new.opprettet_tidspunkt))
    outbox.announce(now=acting.now)
    varsler.announce_lookups(ordered, now=acting.now)


def _recipients(new: Notifikasjon, ny: NyNotifikasjon) -> Iterator[NotifikasjonMottaker]:
    for columns in mottakere.columns(ny.mottakere, ny.virksomhetsnummer):
        yield fresh(NotifikasjonMottaker, notifikasjon_id=new.id, **columns)


def _must_have_sak(new: Notifikasjon) -> None:
    """Keeps the sak from being deleted meanwhile."""
    live = Sak.objects.select_for_update(no_key=True).filter(soft_deleted_at__isnull=True)
    koordinat = new.sak_koordinat
    if koordinat is None or not live.filter(koordinat=koordinat).values_list("pk").first():
        text = "There is no live sak with this merkelapp and grupperingsid; make it with nySak."
        raise Refused(results.SakFinnesIkke(text))


def _must_end_after_start(ny: NyKalenderavtale) -> None:
    if ny.slutt_tidspunkt is not None and ny.slutt_tidspunkt < ny.start_tidspunkt:
        raise Refused(results.UgyldigKalenderavtale("sluttTidspunkt is before startTidspunkt."))


def _reminder(
    new: Notifikasjon, ny: NyNotifikasjon, numbers: "count[int]", acting: Acting
) -> tuple[Paaminnelse | None, list[EksterntVarsel]]:
    given: inputs.Paaminnelse | None = getattr(ny, "paaminnelse", None)
    if given is None:
        return None, []
    try:
        made = paaminnelser.new(given, new, numbers, now=acting.now)
    except BadReminder as why:
        raise Refused(bad_reminder(new, str(why))) from why
    if new.tilstand == KalenderavtaleTilstand.AVLYST:
        paaminnelser.close_at_birth(*made, now=acting.now)
    return made


def bad_reminder(notifikasjon: Notifikasjon, why: str) -> results.Error:
    """In the words of the kind it was asked for."""
    if notifikasjon.type == NotifikasjonType.KALENDERAVTALE:
        return results.UgyldigKalenderavtale(why)
    return results.UgyldigPaaminnelseTidspunkt(why)


_CREATED = {
    NotifikasjonType.BESKJED: HendelseType.BESKJED_OPPRETTET,
    NotifikasjonType.OPPGAVE: HendelseType.OPPGAVE_OPPRETTET,
    NotifikasjonType.KALENDERAVTALE: HendelseType.KALENDERAVTALE_OPPRETTET,
}


def _happened(new: Notifikasjon, acting: Acting) -> list[Any]:
    payload = {
        "tekst": new.tekst,
        "lenke": new.lenke,
        "tilstand": new.tilstand,
        "frist": new.frist and new.frist.isoformat(),
    }
    return hendelser.rows(
        _CREATED[NotifikasjonType(new.type)],
        new,
        kilde=acting.kilde,
        now=acting.now,
        payload=payload,
    )


def _shown(ids: Iterable[str]) -> tuple[NyEksterntVarselResultat, ...]:
    return tuple(NyEksterntVarselResultat(id=UUID(id)) for id in ids)


def _reminder_of(made: Notifikasjon) -> PaaminnelseResultat | None:
    if made.first_paaminnelse_varsler is None:
        return None
    return PaaminnelseResultat(eksterne_varsler=_shown(made.first_paaminnelse_varsler))
