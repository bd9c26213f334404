"""The life of an oppgave (cases contract 7, 9.1). Every function takes the moment as `now`:
business time, aware, UTC.
"""

from datetime import date, datetime

from django.db import transaction

from cases import results
from cases.inputs import AvsluttOppgave, NotifikasjonRef, Paaminnelse
from cases.models import Notifikasjon
from cases.producers import Kaller
from cases.reminders import BadReminder
from cases.services import hendelser, keys, paaminnelser
from cases.services.acting import Acting, Refused, act, answering
from cases.services.notifikasjoner import bad_reminder, utgaar_at
from cases.services.schedules import rescheduled
from cases.states import OPPGAVE, HendelseType, NotifikasjonType, OppgaveTilstand

_OPPGAVER = (NotifikasjonType.OPPGAVE,)
_PAAMINNELSE = "oppgaveEndrePaaminnelse"
_DONE = "The oppgave has been done (UTFOERT)."


@answering
def oppgave_utfoert(
    ref: NotifikasjonRef, ny: AvsluttOppgave, *, kaller: Kaller, now: datetime
) -> results.OppgaveUtfoertVellykket:
    """Done, from any state; a repeat updates time and link."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        oppgave = acting.notifikasjon(ref, _OPPGAVER)
        oppgave.utfoert_tidspunkt, oppgave.utgaatt_tidspunkt = ny.tidspunkt or now, None
        _end(oppgave, OppgaveTilstand.UTFOERT, HendelseType.OPPGAVE_UTFOERT, ny, acting)
    return results.OppgaveUtfoertVellykket(id=oppgave.id)


@answering
def oppgave_utgaatt(
    ref: NotifikasjonRef, ny: AvsluttOppgave, *, kaller: Kaller, now: datetime
) -> results.OppgaveUtgaattVellykket:
    """Expired, as the producer says; what has been done stays done."""
    acting = act(kaller, now=now)
    with transaction.atomic():
        oppgave = acting.notifikasjon(ref, _OPPGAVER)
        if oppgave.tilstand not in OPPGAVE.before(OppgaveTilstand.UTGAATT):
            raise Refused(results.OppgavenErAlleredeUtfoert(_DONE))
        oppgave.utgaatt_tidspunkt = ny.tidspunkt or now
        _end(oppgave, OppgaveTilstand.UTGAATT, HendelseType.OPPGAVE_UTGAATT, ny, acting)
    return results.OppgaveUtgaattVellykket(id=oppgave.id)


def _end(
    oppgave: Notifikasjon,
    tilstand: OppgaveTilstand,
    type: HendelseType,
    ny: AvsluttOppgave,
    acting: Acting,
) -> None:
    """What was ordered at creation still leaves; the reminder and its messages do not."""
    oppgave.tilstand, oppgave.utgaar_at = tilstand, None
    oppgave.lenke = oppgave.lenke if ny.ny_lenke is None else ny.ny_lenke
    oppgave.hard_delete_at = rescheduled(
        oppgave.hard_delete_at, ny.hard_delete, base=ny.tidspunkt or acting.now
    )
    oppgave.save(
        update_fields=[
            "tilstand",
            "utgaar_at",
            "lenke",
            "hard_delete_at",
            "utfoert_tidspunkt",
            "utgaatt_tidspunkt",
        ]
    )
    paaminnelser.close([oppgave], kilde=acting.kilde, now=acting.now)
    _happened(type, oppgave, acting, lenke=ny.ny_lenke)


@answering
def oppgave_utsett_frist(
    ref: NotifikasjonRef,
    ny_frist: date,
    paaminnelse: Paaminnelse | None,
    *,
    kaller: Kaller,
    now: datetime,
) -> results.OppgaveUtsettFristVellykket:
    """A later deadline, or a first one; an expired oppgave is open again. The reminder must be
    given anew.
    """
    acting = act(kaller, now=now)
    with transaction.atomic():
        oppgave = acting.notifikasjon(ref, _OPPGAVER)
        _must_be_extendable(oppgave, ny_frist)
        oppgave.frist, oppgave.tilstand = ny_frist, OppgaveTilstand.NY
        oppgave.utgaar_at = None if oppgave.soft_deleted_at else utgaar_at(ny_frist)
        oppgave.utgaatt_tidspunkt = oppgave.paaminnelse_utloest_at = None
        _replace_reminder(oppgave, paaminnelse, acting)
        oppgave.save(
            update_fields=[
                "frist",
                "tilstand",
                "utgaar_at",
                "utgaatt_tidspunkt",
                "paaminnelse_utloest_at",
            ]
        )
        _happened(HendelseType.FRIST_UTSATT, oppgave, acting, frist=ny_frist.isoformat())
    return results.OppgaveUtsettFristVellykket(id=oppgave.id)


def _must_be_extendable(oppgave: Notifikasjon, ny_frist: date) -> None:
    if oppgave.tilstand not in OPPGAVE.before(OppgaveTilstand.NY) | {OppgaveTilstand.NY}:
        raise Refused(results.Konflikt(_DONE))
    if oppgave.frist is not None and ny_frist < oppgave.frist:
        raise Refused(results.Konflikt("nyFrist is before the present frist."))


@answering
def oppgave_endre_paaminnelse(
    ref: NotifikasjonRef,
    paaminnelse: Paaminnelse | None,
    idempotency_key: str | None,
    *,
    kaller: Kaller,
    now: datetime,
) -> results.OppgaveEndrePaaminnelseVellykket:
    """Another reminder with messages of its own; None removes it. A key counts once, whatever
    came with it and whatever state the oppgave is in by now.
    """
    acting = act(kaller, now=now)
    with transaction.atomic():
        oppgave = acting.notifikasjon(ref, _OPPGAVER)
        if keys.used(oppgave.id, _PAAMINNELSE, idempotency_key):
            return results.OppgaveEndrePaaminnelseVellykket(id=oppgave.id, gjentatt=True)
        if oppgave.tilstand == OppgaveTilstand.UTFOERT:
            raise Refused(results.OppgavenErAlleredeUtfoert(_DONE))
        if oppgave.tilstand == OppgaveTilstand.UTGAATT and paaminnelse:
            text = "The oppgave has expired (UTGAATT); extend its frist first."
            raise Refused(results.UgyldigPaaminnelseTidspunkt(text))
        _replace_reminder(oppgave, paaminnelse, acting)
        keys.use(oppgave.id, _PAAMINNELSE, idempotency_key, answer_id=oppgave.id, now=now)
        _happened(HendelseType.OPPGAVE_PAAMINNELSE_ENDRET, oppgave, acting)
    return results.OppgaveEndrePaaminnelseVellykket(id=oppgave.id)


def _replace_reminder(
    oppgave: Notifikasjon, paaminnelse: Paaminnelse | None, acting: Acting
) -> None:
    try:
        paaminnelser.replace(oppgave, paaminnelse, kilde=acting.kilde, now=acting.now)
    except BadReminder as why:
        raise Refused(bad_reminder(oppgave, str(why))) from why


def _happened(
    type: HendelseType, oppgave: Notifikasjon, acting: Acting, **changes: str | None
) -> None:
    payload = {name: value for name, value in changes.items() if value is not None}
    hendelser.append(type, oppgave, kilde=acting.kilde, now=acting.now, payload=payload)
