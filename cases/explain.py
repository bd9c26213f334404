"""What happens next to a notifikasjon, and why a message of it has not left, in plain words. Pure,
and free of personal data.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

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
from notifications_platform.back_office import dates
from notifications_platform.delivery.explain import Sentence, Tone, oslo, told
from notifications_platform.delivery.failures import WORDS
from notifications_platform.delivery.states import Reason

_SOON = gettext_lazy(
    "The next sweep does it within seconds. If it stays, look whether a worker is running."
)


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
                return str(CAUSES[HendelseType(hendelse.type)])
        return _("the notifikasjon was not open any more")


# Each follows "because".
CAUSES = {
    HendelseType.OPPGAVE_UTFOERT: gettext_lazy("the oppgave was done"),
    HendelseType.OPPGAVE_UTGAATT: gettext_lazy("the oppgave expired"),
    HendelseType.FRIST_UTSATT: gettext_lazy(
        "the frist was extended, and a reminder has to be given anew"
    ),
    HendelseType.OPPGAVE_PAAMINNELSE_ENDRET: gettext_lazy(
        "the producer replaced or removed the reminder"
    ),
    HendelseType.KALENDERAVTALE_OPPDATERT: gettext_lazy("the producer updated the kalenderavtale"),
    HendelseType.SOFT_DELETE: gettext_lazy("the notifikasjon was hidden"),
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
            return Sentence(code="sendt", tone=Tone.GOOD, text=_sendt(varsel, at))
        case EksterntVarselStatus.FEILET:
            return Sentence(code="feilet", tone=Tone.BAD, text=_feilet(varsel, at))
        case EksterntVarselStatus.KANSELLERT:
            text = _("It was cancelled at {at}, because {because}.").format(
                at=at, because=around.because(varsel.status_at)
            )
            return Sentence(code="kansellert", tone=Tone.NOTE, text=text)
    return _not_left(varsel, around)


def _sendt(varsel: EksterntVarsel, at: str) -> str:
    if not varsel.aarsak:
        return _("Its channel took it at {at}.").format(at=at)
    return _("Its channel took it at {at}. Reported later: {reason}").format(
        at=at, reason=in_words(varsel.aarsak)
    )


def _feilet(varsel: EksterntVarsel, at: str) -> str:
    if not varsel.aarsak:
        return _("It failed at {at}.").format(at=at)
    return told(_("It failed at {at}.").format(at=at), in_words(varsel.aarsak))


def in_words(aarsak: str) -> str:
    """A stored reason, as a sentence for staff: the engine's begins with its code."""
    code = aarsak.partition(":")[0]
    return str(WORDS[Reason(code)]) if code in Reason.values else _(aarsak)


def _not_left(varsel: EksterntVarsel, around: Around) -> Sentence:
    if varsel.queued_at:
        return Sentence(
            code="in_outbox",
            tone=Tone.WAITING,
            text=_("It has been in the outbox since {at}.").format(at=oslo(varsel.queued_at)),
        )
    if varsel.queue_at:
        return _to_be_looked_up(varsel, varsel.queue_at, around.now)
    reminder = next((one for one in around.paaminnelser if one.id == varsel.paaminnelse_id), None)
    if reminder is None:
        text = _("It is being put out.")
        return Sentence(code="being_put_out", tone=Tone.WAITING, text=text)
    return Sentence(
        code="waits_for_reminder",
        tone=Tone.WAITING,
        until=reminder.tidspunkt,
        text=_with_reminder(varsel, oslo(reminder.tidspunkt)),
    )


def _with_reminder(varsel: EksterntVarsel, at: str) -> str:
    hours = window(varsel.sendevindu, by_sms=varsel.kanal == "sms")
    if hours is None:
        return _("It leaves when its reminder fires, at {at}.").format(at=at)
    return _("It leaves when its reminder fires, at {at}, and only {hours}.").format(
        at=at, hours=hours.in_words()
    )


def _to_be_looked_up(varsel: EksterntVarsel, at: datetime, now: datetime) -> Sentence:
    if varsel.unanswered_since:
        text = _(
            "The register of contact points has not answered since {since}. It is asked again "
            "at {at}, and for 24 hours in all."
        )
        silent = text.format(since=oslo(varsel.unanswered_since), at=oslo(at))
        return Sentence(code="contact_points_silent", tone=Tone.BAD, until=at, text=silent)
    if at > now:
        text = _("The organisation's contact points are looked up when it may leave, at {at}.")
        code, until = "contact_points_later", at
    else:
        text = _(
            "The organisation's contact points have been due to be looked up since {at}; a "
            "register that does not answer is asked again every minute."
        )
        code, until = "contact_points_due", None
    return Sentence(code=code, tone=Tone.WAITING, until=until, text=text.format(at=oslo(at)))


def _hidden(item: Notifikasjon | Sak) -> Iterator[Sentence]:
    if item.soft_deleted_at is None:
        return
    text = (
        _("It has been hidden from its recipients since {at}. Its notifikasjoner are not.")
        if isinstance(item, Sak)
        else _(
            "It has been hidden from its recipients since {at}. It neither expires nor reminds "
            "anybody; messages ordered before still leave."
        )
    )
    yield Sentence(code="hidden", tone=Tone.NOTE, text=text.format(at=oslo(item.soft_deleted_at)))


def _erasure(item: Notifikasjon | Sak, now: datetime) -> Iterator[Sentence]:
    at = item.hard_delete_at
    if at is None:
        return
    if at <= now:
        text = _("It has been due to be erased since {at}.").format(at=oslo(at))
        yield Sentence(code="erasure_due", tone=Tone.WAITING, until=at, text=told(text, _SOON))
        return
    text = _("It is erased for good at {at}, as its producer asked.").format(at=oslo(at))
    yield Sentence(code="erasure_planned", tone=Tone.NOTE, until=at, text=text)


def _state(item: Notifikasjon, now: datetime) -> Sentence:
    match item.type:
        case NotifikasjonType.OPPGAVE:
            return _oppgave(item, now)
        case NotifikasjonType.KALENDERAVTALE:
            return _kalenderavtale(item)
    text = _("A beskjed has no state: nothing happens to it by itself.")
    return Sentence(code="beskjed", tone=Tone.NOTE, text=text)


def _oppgave(item: Notifikasjon, now: datetime) -> Sentence:
    match item.tilstand:
        case OppgaveTilstand.UTFOERT:
            text = _("It was done at {at} (UTFOERT): no reminder fires.")
            at = _at(item.utfoert_tidspunkt)
            return Sentence(code="utfoert", tone=Tone.GOOD, text=text.format(at=at))
        case OppgaveTilstand.UTGAATT:
            return _utgaatt(item)
    if item.utgaar_at is None:
        return Sentence(
            code="open",
            tone=Tone.NOTE,
            text=_("It is open (NY), and stays so until its producer says otherwise."),
        )
    return _expiring(item, item.utgaar_at, now)


def _expiring(item: Notifikasjon, at: datetime, now: datetime) -> Sentence:
    if at <= now:
        text = _("Its frist, {day}, is over: it has been due to become UTGAATT since {at}.")
        due = told(text.format(day=item.frist and dates.day(item.frist), at=oslo(at)), _SOON)
        return Sentence(code="expiry_due", tone=Tone.WAITING, until=at, text=due)
    text = _(
        "It is open (NY). Its frist is {day}: unless it is done or extended first, it becomes "
        "UTGAATT at {at}."
    )
    expires = text.format(day=item.frist and dates.day(item.frist), at=oslo(at))
    return Sentence(code="expires", tone=Tone.WAITING, until=at, text=expires)


def _utgaatt(item: Notifikasjon) -> Sentence:
    by_frist = item.frist is not None and item.utgaatt_tidspunkt == end_of(item.frist)
    text = (
        _(
            "It expired (UTGAATT) with its frist, {day}: no reminder fires. Its producer can "
            "extend it."
        )
        if by_frist
        else _("Its producer let it expire at {at} (UTGAATT): no reminder fires.")
    )
    expired = text.format(day=item.frist and dates.day(item.frist), at=_at(item.utgaatt_tidspunkt))
    return Sentence(code="utgaatt", tone=Tone.NOTE, text=expired)


def _kalenderavtale(item: Notifikasjon) -> Sentence:
    begins = _at(item.start_tidspunkt)
    if item.tilstand == KalenderavtaleTilstand.AVLYST:
        text = _(
            "It has been called off (AVLYST); it was to begin at {at}. No reminder fires."
        ).format(at=begins)
        return Sentence(code="avlyst", tone=Tone.NOTE, text=text)
    text = _("It begins at {at}. Its state, {state}, is its producer's to change.")
    return Sentence(
        code="appointment",
        tone=Tone.NOTE,
        until=item.start_tidspunkt,
        text=text.format(at=begins, state=item.tilstand),
    )


def _reminder(around: Around) -> Iterator[Sentence]:
    """The newest one says it all: it replaced the others."""
    if around.paaminnelser:
        yield explain_reminder(around.paaminnelser[0], around)


def explain_reminder(reminder: Paaminnelse, around: Around) -> Sentence:
    """Whether it fired, was dropped and why, or when it fires and what leaves with it."""
    at = oslo(reminder.tidspunkt)
    if reminder.fired_at:
        text = _("Its reminder for {at} fired at {fired}.")
        fired = text.format(at=at, fired=oslo(reminder.fired_at))
        return Sentence(code="reminder_fired", tone=Tone.GOOD, text=fired)
    if reminder.closed_at:
        text = _("Its reminder for {at} was dropped at {dropped}, because {because}.")
        dropped = text.format(
            at=at, dropped=oslo(reminder.closed_at), because=around.because(reminder.closed_at)
        )
        return Sentence(code="reminder_dropped", tone=Tone.NOTE, text=dropped)
    if reminder.tidspunkt <= around.now:
        due = told(_("Its reminder has been due since {at}.").format(at=at), _SOON)
        return Sentence(code="reminder_due", tone=Tone.WAITING, text=due)
    return Sentence(
        code="reminder_set",
        tone=Tone.WAITING,
        until=reminder.tidspunkt,
        text=_fires(at, sum(one.paaminnelse_id == reminder.id for one in around.varsler)),
    )


def _fires(at: str, with_messages: int) -> str:
    if not with_messages:
        return _("Its reminder fires at {at}, with no external messages.").format(at=at)
    text = ngettext(
        "Its reminder fires at {at}, with {number} external message.",
        "Its reminder fires at {at}, with {number} external messages.",
        with_messages,
    )
    return text.format(at=at, number=with_messages)


def _messages(varsler: Sequence[EksterntVarsel]) -> Sentence:
    if not varsler:
        return Sentence(
            code="no_messages",
            tone=Tone.NOTE,
            text=_("It has no external messages: its recipients find it on their page."),
        )
    counts = Counter(EksterntVarselStatus(one.status) for one in varsler)
    tone = Tone.GOOD
    if counts[EksterntVarselStatus.NY]:
        tone = Tone.WAITING
    if counts[EksterntVarselStatus.FEILET]:
        tone = Tone.BAD
    text = ngettext(
        "It has {number} external message: {told}.",
        "It has {number} external messages: {told}.",
        len(varsler),
    )
    each = ", ".join(f"{counts[status]} {status}" for status in counts)
    return Sentence(code="messages", tone=tone, text=text.format(number=len(varsler), told=each))


def _at(moment: datetime | None) -> str:
    return oslo(moment) if moment else _("an unknown time")
