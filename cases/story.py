"""What happened to a notifikasjon and its external messages, and what is planned, moment by moment:
for the timelines of saker, notifikasjoner and eksterne varsler.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cases import circumstances
from cases.circumstances import Circumstances
from cases.explain import explain_reminder
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from cases.page_parts import receiver, told
from cases.services.hendelser import PLATFORM
from cases.states import (
    EksterntVarselStatus,
    HendelseType,
    KalenderavtaleTilstand,
    NotifikasjonType,
)
from cases.varsler.windows import window
from notifications_platform.audit.models import Actor, Entry
from notifications_platform.back_office import dates
from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.sections import page_of
from notifications_platform.back_office.timeline import Moment
from notifications_platform.delivery.explain import Tone, oslo
from notifications_platform.delivery.message_story import attempt_moment
from notifications_platform.delivery.models import Attempt, Message
from notifications_platform.delivery.states import State

# How a message says that it waits for a moment that is known. Those of a reminder come with it.
WITH_REMINDER = "waits_for_reminder"
PLANNED = {
    WITH_REMINDER,
    "contact_points_later",
    "contact_points_silent",
    "waiting_for_its_time",
    "outside_hours",
    "retry_planned",
}
_WORDS = {
    HendelseType.SAK_OPPRETTET: gettext_lazy("The sak was made"),
    HendelseType.BESKJED_OPPRETTET: gettext_lazy("The beskjed was made"),
    HendelseType.OPPGAVE_OPPRETTET: gettext_lazy("The oppgave was made"),
    HendelseType.KALENDERAVTALE_OPPRETTET: gettext_lazy("The kalenderavtale was made"),
    HendelseType.NY_STATUS_SAK: gettext_lazy("The sak got a status"),
    HendelseType.NESTE_STEG_SAK: gettext_lazy("Its next step was changed"),
    HendelseType.TILLEGGSINFORMASJON_SAK: gettext_lazy("Its further information was changed"),
    HendelseType.KALENDERAVTALE_OPPDATERT: gettext_lazy("The kalenderavtale was updated"),
    HendelseType.FRIST_UTSATT: gettext_lazy("The oppgave got a new frist"),
    HendelseType.OPPGAVE_UTFOERT: gettext_lazy("The oppgave was done (UTFOERT)"),
    HendelseType.OPPGAVE_UTGAATT: gettext_lazy("The oppgave expired (UTGAATT)"),
    HendelseType.OPPGAVE_PAAMINNELSE_ENDRET: gettext_lazy("Its reminder was replaced or removed"),
    HendelseType.BRUKER_KLIKKET: gettext_lazy("A recipient opened it"),
    HendelseType.SOFT_DELETE: gettext_lazy("It was hidden from its recipients"),
    HendelseType.HARD_DELETE: gettext_lazy("It was erased for good"),
}
_GOOD = {HendelseType.OPPGAVE_UTFOERT, HendelseType.BRUKER_KLIKKET}
_MADE = {
    NotifikasjonType.BESKJED: HendelseType.BESKJED_OPPRETTET,
    NotifikasjonType.OPPGAVE: HendelseType.OPPGAVE_OPPRETTET,
    NotifikasjonType.KALENDERAVTALE: HendelseType.KALENDERAVTALE_OPPRETTET,
}
# What an update of a kalenderavtale says in its event, but for texts.
_CHANGES = {
    "nyTilstand": gettext_lazy("state"),
    "nyTekst": gettext_lazy("text"),
    "nyLenke": gettext_lazy("link"),
    "nyErDigitalt": gettext_lazy("digital"),
    "nyLokasjon": gettext_lazy("place"),
    "hardDelete": gettext_lazy("when it is erased"),
    "paaminnelse": gettext_lazy("reminder"),
    "eksterneVarsler": gettext_lazy("external messages"),
}
_STATES = {
    State.QUEUED: Tone.WAITING,
    State.CLAIMED: Tone.WAITING,
    State.SENT: Tone.GOOD,
    State.DELIVERED: Tone.GOOD,
    State.FAILED: Tone.BAD,
}
_STATUSES = {
    EksterntVarselStatus.NY: Tone.WAITING,
    EksterntVarselStatus.SENDT: Tone.GOOD,
    EksterntVarselStatus.FEILET: Tone.BAD,
}

Staff = Mapping[tuple[str, datetime], Entry]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the moments of several notifikasjoner are told from."""

    its: Circumstances
    staff: Staff
    now: datetime


def read(its: Circumstances, ids: Collection[UUID], *, now: datetime) -> Known:
    """One statement more where the platform itself did something, on behalf of staff maybe."""
    by_platform = [id for id in ids if any(_by_platform(one) for one in its.of(id).hendelser)]
    return Known(its=its, staff=staff_of("notifikasjon", by_platform), now=now)


def staff_of(kind: str, ids: Collection[UUID]) -> Staff:
    return circumstances.staff_who_did(kind, ids) if ids else {}


def _by_platform(hendelse: Hendelse) -> bool:
    return hendelse.kilde_app_navn == PLATFORM


# --- notifikasjoner -----------------------------------------------------------------------


def of_notifikasjon(item: Notifikasjon, known: Known) -> Iterator[Moment]:
    """All but those of its external messages."""
    yield made(item)
    around = known.its.of(item.id)
    for hendelse in around.hendelser:
        yield of_hendelse(hendelse, known.staff)
    for reminder in around.paaminnelser:
        yield _of_reminder(reminder, known)
    yield from _planned(item, known.now)


def elsewhere(moment: Moment, item: Notifikasjon) -> Moment:
    """The same on a page of something else: with the item's text, and the way to its page."""
    detail = f"“{item.tekst}” {moment.detail}".strip()
    return replace(moment, link=moment.link or page_of("notifikasjon", item.id), detail=detail)


def made(item: Notifikasjon) -> Moment:
    stated = item.opprettet_tidspunkt
    as_of = _("Its producer says that it was made at {at}.").format(at=oslo(stated))
    return Moment(
        at=item.mottatt_tidspunkt,
        what=_WORDS[_MADE[NotifikasjonType(item.type)]],
        who=producer(item.produsent, item.kilde_app_navn),
        detail=as_of if stated != item.mottatt_tidspunkt else "",
    )


def producer(produsent: str, app: str) -> str:
    """Its client id, and the app that called where that is another name."""
    if app in {"", produsent}:
        return produsent
    return _("{producer} (app {app})").format(producer=produsent, app=app)


def of_hendelse(hendelse: Hendelse, staff: Staff) -> Moment:
    """In words; with the member of the staff who caused it, and the reason they gave."""
    type = HendelseType(hendelse.type)
    by_staff = staff.get((str(hendelse.aggregate_id), hendelse.tidspunkt))
    reason = by_staff.reason if by_staff else ""
    return Moment(
        at=hendelse.tidspunkt,
        what=_WORDS.get(type, type.value),
        who=_who(hendelse, by_staff),
        tone=Tone.GOOD if type in _GOOD else Tone.NOTE,
        detail=_("Reason: {reason}").format(reason=reason) if reason else _says(hendelse),
    )


def _who(hendelse: Hendelse, by_staff: Entry | None) -> str:
    if by_staff:
        return actor(by_staff)
    if _by_platform(hendelse):
        # Of an oppgave that ran out, `_says` tells why: nobody did it.
        return "" if hendelse.type == HendelseType.OPPGAVE_UTGAATT else _("the platform")
    return producer(hendelse.produsent, hendelse.kilde_app_navn)


def of_entry(entry: Entry) -> Moment:
    """Of what is erased only the trail is left: who did what, and nothing of its content."""
    type = entry.action.removeprefix("cases.")
    known = type in HendelseType.values
    return Moment(
        at=entry.at,
        what=_WORDS.get(HendelseType(type), type) if known else entry.action,
        who=actor(entry),
        detail=_("Reason: {reason}").format(reason=entry.reason) if entry.reason else "",
    )


def actor(entry: Entry) -> str:
    match entry.actor_kind:
        case Actor.STAFF:
            return _("{name} of the staff").format(name=entry.actor)
        case Actor.SYSTEM:
            return _("the platform")
    return entry.actor


def _says(hendelse: Hendelse) -> str:
    said = hendelse.payload
    match hendelse.type:
        case HendelseType.FRIST_UTSATT:
            frist = said.get("frist")
            day = dates.day(date.fromisoformat(frist)) if frist else ""
            return _("It is now {day}.").format(day=day)
        case HendelseType.OPPGAVE_UTGAATT if _by_platform(hendelse):
            return _("Its frist was over.")
        case HendelseType.NESTE_STEG_SAK | HendelseType.TILLEGGSINFORMASJON_SAK:
            return said.get("tekst") or _("It was taken away.")
        case HendelseType.KALENDERAVTALE_OPPDATERT:
            changed = ", ".join(str(_CHANGES[name]) for name in _CHANGES if name in said)
            told = _("Changed: {what}.").format(what=changed)
            state = said.get("nyTilstand")
            now_is = _("Its state is now {state}.").format(state=state) if state else ""
            return f"{told} {now_is}".strip()
    return ""


def _of_reminder(reminder: Paaminnelse, known: Known) -> Moment:
    sentence = explain_reminder(reminder, known.its.of(reminder.notifikasjon_id))
    if reminder.fired_at:
        return Moment(
            at=reminder.fired_at, what=_("Reminder fired"), who=_("the platform"), tone=Tone.GOOD
        )
    if reminder.closed_at:
        return Moment(at=reminder.closed_at, what=_("Reminder dropped"), detail=sentence.text)
    return Moment(
        at=reminder.tidspunkt,
        what=_("Reminder fires"),
        tone=Tone.WAITING,
        detail=_with(reminder, known) if sentence.code == "reminder_set" else sentence.text,
        planned=True,
    )


def _with(reminder: Paaminnelse, known: Known) -> str:
    varsler = known.its.of(reminder.notifikasjon_id).varsler
    number = sum(one.paaminnelse_id == reminder.id for one in varsler)
    if not number:
        return _("With no external messages.")
    text = ngettext("With {number} external message.", "With {number} external messages.", number)
    return text.format(number=number)


def _planned(item: Notifikasjon, now: datetime) -> Iterator[Moment]:
    if item.utgaar_at:
        yield Moment(
            at=item.utgaar_at,
            what=_("Becomes UTGAATT"),
            detail=_("Unless it is done, or its frist, {day}, is extended first.").format(
                day=item.frist and dates.day(item.frist)
            ),
            tone=Tone.WAITING,
            planned=True,
        )
    if item.type == NotifikasjonType.KALENDERAVTALE and item.start_tidspunkt:
        yield _appointment(item, item.start_tidspunkt, now)
    if item.hard_delete_at:
        text = _("As its producer asked.")
        what = _("Is erased for good")
        yield Moment(at=item.hard_delete_at, what=what, detail=text, planned=True)


def _appointment(item: Notifikasjon, at: datetime, now: datetime) -> Moment:
    if item.tilstand == KalenderavtaleTilstand.AVLYST:
        return Moment(at=at, what=_("Appointment was to begin; it is called off (AVLYST)"))
    ahead = at > now
    return Moment(
        at=at,
        what=_("Appointment begins") if ahead else _("Appointment began"),
        detail=_("Its state is {state}.").format(state=item.tilstand),
        planned=ahead,
    )


# --- external messages --------------------------------------------------------------------


def of_varsel(varsel: EksterntVarsel, its: Circumstances) -> Moment:
    """Where it stands; one that is known to wait stands where it may leave. Its messages, each
    with the provider's answers, one level down.
    """
    messages, sentences = its.messages[varsel.id], its.explain(varsel)
    planned = next((one for one in sentences if one.code in PLANNED and one.until), None)
    return Moment(
        at=(planned and planned.until) or varsel.status_at,
        what=_named(varsel, messages),
        tone=_STATUSES.get(EksterntVarselStatus(varsel.status), Tone.NOTE),
        detail=told(sentences),
        link=page_of("eksternt_varsel", varsel.id),
        planned=planned is not None,
        below=[of_message(one, its.attempts[one.id]) for one in messages],
    )


def ordered(varsel: EksterntVarsel) -> Moment:
    """Who ordered it, for when, and what it waited for."""
    hours = window(varsel.sendevindu, by_sms=varsel.kanal == "sms")
    when = [
        _("It belongs to a reminder.") if varsel.paaminnelse_id else "",
        _("Not before {at}.").format(at=oslo(varsel.tidspunkt)) if varsel.tidspunkt else "",
        _("Only {hours}.").format(hours=hours.in_words()) if hours else "",
    ]
    return Moment(
        at=varsel.created_at,
        what=_("Ordered by {channel}").format(channel=varsel.kanal),
        who=varsel.produsent,
        detail=" ".join(filter(None, when)),
    )


def of_message(message: Message, attempts: Sequence[Attempt]) -> Moment:
    """A message of the engine, and below it what its provider answered each time."""
    to = masked(message.address)
    text = _("{channel} to {address}: {state}") if to else _("{channel}: {state}")
    return Moment(
        at=message.state_at,
        what=text.format(channel=message.channel, address=to, state=message.state),
        tone=_STATES.get(State(message.state), Tone.NOTE),
        link=page_of("message", message.id),
        below=[attempt_moment(one) for one in attempts],
    )


def by(varsel: EksterntVarsel) -> str:
    """Its channel, as tables show it."""
    if not varsel.paaminnelse_id:
        return varsel.kanal
    return _("{channel}, of a reminder").format(channel=varsel.kanal)


def _named(varsel: EksterntVarsel, messages: Sequence[Message]) -> str:
    """`its` status is the contract's word."""
    to = receiver(varsel, messages)
    text = _NAMES[bool(varsel.paaminnelse_id), bool(to)]
    return str(text).format(channel=varsel.kanal, address=to, status=varsel.status)


# By whether it belongs to a reminder, and whether it is known whom it goes to.
_NAMES = {
    (False, False): gettext_lazy("Eksternt varsel by {channel}: {status}"),
    (False, True): gettext_lazy("Eksternt varsel by {channel} to {address}: {status}"),
    (True, False): gettext_lazy("Eksternt varsel of a reminder by {channel}: {status}"),
    (True, True): gettext_lazy("Eksternt varsel of a reminder by {channel} to {address}: {status}"),
}
