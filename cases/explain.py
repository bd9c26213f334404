"""What happens next to a notifikasjon, and why a message of it has not left, in plain words. Pure,
and free of personal data.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse, Sak
from cases.reminders import end_of
from cases.states import (
    EksterntVarselStatus,
    HendelseType,
    KalenderavtaleTilstand,
    NotifikasjonType,
    OppgaveTilstand,
)
from cases.varsler.windows import window
from notifications_platform.delivery.explain import Sentence, Tone, oslo

_SOON = "the next sweep does it within seconds. If it stays, look whether a worker is running"


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What besides its own row decides about a notifikasjon.

    `paaminnelser` newest first, `varsler` in their order, `hendelser` those that may have closed
    a reminder; `now` is business time.
    """

    now: datetime
    paaminnelser: Sequence[Paaminnelse] = ()
    varsler: Sequence[EksterntVarsel] = ()
    hendelser: Sequence[Hendelse] = ()

    def because(self, at: datetime) -> str:
        """What happened to the item at this very instant: both were written together."""
        for hendelse in self.hendelser:
            if hendelse.tidspunkt == at and hendelse.type in CAUSES:
                return CAUSES[HendelseType(hendelse.type)]
        return "the notifikasjon was not open any more"


CAUSES = {
    HendelseType.OPPGAVE_UTFOERT: "the oppgave was done",
    HendelseType.OPPGAVE_UTGAATT: "the oppgave expired",
    HendelseType.FRIST_UTSATT: "the frist was extended, and a reminder has to be given anew",
    HendelseType.OPPGAVE_PAAMINNELSE_ENDRET: "the producer replaced or removed the reminder",
    HendelseType.KALENDERAVTALE_OPPDATERT: "the producer updated the kalenderavtale",
    HendelseType.SOFT_DELETE: "the notifikasjon was hidden",
}


def explain(item: Notifikasjon, around: Around) -> list[Sentence]:
    """What holds about the item itself; each of its messages has a sentence of its own."""
    return [
        *_hidden(item),
        _state(item, around.now),
        *_reminder(around),
        _messages(around.varsler),
        *_erasure(item, around.now),
    ]


def explain_sak(sak: Sak, *, now: datetime) -> list[Sentence]:
    """Nothing, for a sak that its recipients see and that no schedule erases."""
    return [*_hidden(sak), *_erasure(sak, now)]


def explain_varsel(varsel: EksterntVarsel, around: Around) -> Sentence:
    """Where an external message stands; its messages in the outbox are explained by the engine."""
    at = oslo(varsel.status_at)
    match varsel.status:
        case EksterntVarselStatus.SENDT:
            later = f" Reported later: {varsel.aarsak}" if varsel.aarsak else ""
            return Sentence(
                code="sendt", tone=Tone.GOOD, text=f"Its channel took it at {at}.{later}"
            )
        case EksterntVarselStatus.FEILET:
            why = f": {varsel.aarsak.rstrip('.')}" if varsel.aarsak else ""
            return Sentence(code="feilet", tone=Tone.BAD, text=f"It failed at {at}{why}.")
        case EksterntVarselStatus.KANSELLERT:
            because = around.because(varsel.status_at)
            text = f"It was cancelled at {at}, because {because}."
            return Sentence(code="kansellert", tone=Tone.NOTE, text=text)
    return _not_left(varsel, around)


def _not_left(varsel: EksterntVarsel, around: Around) -> Sentence:
    if varsel.queued_at:
        return Sentence(
            code="in_outbox",
            tone=Tone.WAITING,
            text=f"It has been in the outbox since {oslo(varsel.queued_at)}.",
        )
    if varsel.queue_at:
        return _to_be_looked_up(varsel.queue_at, around.now)
    reminder = next((one for one in around.paaminnelser if one.id == varsel.paaminnelse_id), None)
    if reminder is None:
        return Sentence(code="being_put_out", tone=Tone.WAITING, text="It is being put out.")
    return Sentence(
        code="waits_for_reminder",
        tone=Tone.WAITING,
        until=reminder.tidspunkt,
        text=f"It leaves when its reminder fires, at {oslo(reminder.tidspunkt)}{_hours(varsel)}.",
    )


def _to_be_looked_up(at: datetime, now: datetime) -> Sentence:
    if at > now:
        return Sentence(
            code="contact_points_later",
            tone=Tone.WAITING,
            until=at,
            text="The organisation's contact points are looked up when it may leave, at "
            f"{oslo(at)}.",
        )
    return Sentence(
        code="contact_points_due",
        tone=Tone.WAITING,
        text=f"The organisation's contact points have been due to be looked up since {oslo(at)}; "
        "a register that does not answer is asked again every minute.",
    )


def _hours(varsel: EksterntVarsel) -> str:
    hours = window(varsel.sendevindu, by_sms=varsel.kanal == "sms")
    return f", and only {hours.in_words()}" if hours else ""


def _hidden(item: Notifikasjon | Sak) -> Iterator[Sentence]:
    if item.soft_deleted_at is None:
        return
    rest = (
        "Its notifikasjoner are not."
        if isinstance(item, Sak)
        else "It neither expires nor reminds anybody; messages ordered before still leave."
    )
    yield Sentence(
        code="hidden",
        tone=Tone.NOTE,
        text=f"It has been hidden from its recipients since {oslo(item.soft_deleted_at)}. {rest}",
    )


def _erasure(item: Notifikasjon | Sak, now: datetime) -> Iterator[Sentence]:
    at = item.hard_delete_at
    if at is None:
        return
    due = at <= now
    yield Sentence(
        code="erasure_due" if due else "erasure_planned",
        tone=Tone.WAITING if due else Tone.NOTE,
        until=at,
        text=f"It has been due to be erased since {oslo(at)}; {_SOON}."
        if due
        else f"It is erased for good at {oslo(at)}, as its producer asked.",
    )


def _state(item: Notifikasjon, now: datetime) -> Sentence:
    match item.type:
        case NotifikasjonType.OPPGAVE:
            return _oppgave(item, now)
        case NotifikasjonType.KALENDERAVTALE:
            return _kalenderavtale(item)
    text = "A beskjed has no state: nothing happens to it by itself."
    return Sentence(code="beskjed", tone=Tone.NOTE, text=text)


def _oppgave(item: Notifikasjon, now: datetime) -> Sentence:
    match item.tilstand:
        case OppgaveTilstand.UTFOERT:
            return Sentence(
                code="utfoert",
                tone=Tone.GOOD,
                text=f"It was done{_at(item.utfoert_tidspunkt)} (UTFOERT): no reminder fires.",
            )
        case OppgaveTilstand.UTGAATT:
            return _utgaatt(item)
    if item.utgaar_at is None:
        return Sentence(
            code="open",
            tone=Tone.NOTE,
            text="It is open (NY), and stays so until its producer says otherwise.",
        )
    due = item.utgaar_at <= now
    return Sentence(
        code="expiry_due" if due else "expires",
        tone=Tone.WAITING,
        until=item.utgaar_at,
        text=f"Its frist, {item.frist}, is over: it has been due to become UTGAATT since "
        f"{oslo(item.utgaar_at)}; {_SOON}."
        if due
        else f"It is open (NY). Its frist is {item.frist}: unless it is done or extended first, it "
        f"becomes UTGAATT at {oslo(item.utgaar_at)}.",
    )


def _utgaatt(item: Notifikasjon) -> Sentence:
    by_frist = item.frist is not None and item.utgaatt_tidspunkt == end_of(item.frist)
    return Sentence(
        code="utgaatt",
        tone=Tone.NOTE,
        text=f"It expired (UTGAATT) with its frist, {item.frist}: no reminder fires. Its producer "
        "can extend it."
        if by_frist
        else f"Its producer let it expire{_at(item.utgaatt_tidspunkt)} (UTGAATT): no reminder "
        "fires.",
    )


def _kalenderavtale(item: Notifikasjon) -> Sentence:
    if item.tilstand == KalenderavtaleTilstand.AVLYST:
        text = f"It has been called off (AVLYST); it was to begin{_at(item.start_tidspunkt)}."
        return Sentence(code="avlyst", tone=Tone.NOTE, text=f"{text} No reminder fires.")
    return Sentence(
        code="appointment",
        tone=Tone.NOTE,
        until=item.start_tidspunkt,
        text=f"It begins{_at(item.start_tidspunkt)}. Its state, {item.tilstand}, is its "
        "producer's to change.",
    )


def _reminder(around: Around) -> Iterator[Sentence]:
    """The newest one says it all: it replaced the others."""
    if not around.paaminnelser:
        return
    newest = around.paaminnelser[0]
    at = oslo(newest.tidspunkt)
    if newest.fired_at:
        yield Sentence(
            code="reminder_fired",
            tone=Tone.GOOD,
            text=f"Its reminder for {at} fired at {oslo(newest.fired_at)}.",
        )
    elif newest.closed_at:
        yield Sentence(
            code="reminder_dropped",
            tone=Tone.NOTE,
            text=f"Its reminder for {at} was dropped at {oslo(newest.closed_at)}, because "
            f"{around.because(newest.closed_at)}.",
        )
    elif newest.tidspunkt <= around.now:
        text = f"Its reminder has been due since {at}; {_SOON}."
        yield Sentence(code="reminder_due", tone=Tone.WAITING, text=text)
    else:
        own = sum(one.paaminnelse_id == newest.id for one in around.varsler)
        yield Sentence(
            code="reminder_set",
            tone=Tone.WAITING,
            until=newest.tidspunkt,
            text=f"Its reminder fires at {at}, with {_counted(own)}.",
        )


def _messages(varsler: Sequence[EksterntVarsel]) -> Sentence:
    if not varsler:
        return Sentence(
            code="no_messages",
            tone=Tone.NOTE,
            text="It has no external messages: its recipients find it on their page.",
        )
    counts = Counter(EksterntVarselStatus(one.status) for one in varsler)
    told = ", ".join(f"{counts[status]} {status}" for status in counts)
    tone = Tone.GOOD
    if counts[EksterntVarselStatus.NY]:
        tone = Tone.WAITING
    if counts[EksterntVarselStatus.FEILET]:
        tone = Tone.BAD
    return Sentence(code="messages", tone=tone, text=f"It has {_counted(len(varsler))}: {told}.")


def _counted(number: int) -> str:
    return f"{number or 'no'} external message{'' if number == 1 else 's'}"


def _at(moment: datetime | None) -> str:
    return f" at {oslo(moment)}" if moment else ""
