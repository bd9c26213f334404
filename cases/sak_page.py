"""What the back office's page of one sak shows: what comes next, and its timeline, newest first:
statuses, notifikasjoner, deadlines, reminders, external messages and what became of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString

from cases import circumstances
from cases.circumstances import Circumstances
from cases.explain import explain_sak
from cases.models import EksterntVarsel, Notifikasjon, Paaminnelse, Sak, StatusOppdatering
from cases.page_parts import (
    MOST_SHOWN,
    capped_note,
    events,
    lines,
    message_links,
    receiver,
    recipients,
    told,
)
from cases.states import KalenderavtaleTilstand, NotifikasjonType, SaksStatus
from notifications_platform.back_office.sections import Section, history, page_of
from notifications_platform.delivery.explain import Sentence, Tone, oslo

_NEXT = 10
# How a message says that it waits for a moment that is known. Those of a reminder come with it.
_WITH_REMINDER = "waits_for_reminder"
_PLANNED = {
    _WITH_REMINDER,
    "contact_points_later",
    "waiting_for_its_time",
    "outside_hours",
    "retry_planned",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One row of the timeline. `to_come` is planned, and happens unless something changes it."""

    at: datetime
    what: str
    state: str = ""
    text: str = ""
    page: str = ""
    messages: str | SafeString = ""
    to_come: bool = False

    @property
    def linked(self) -> str | SafeString:
        if not self.page:
            return self.what
        return format_html('<a href="{}">{}</a>', self.page, self.what)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields."""

    sak: Sak
    now: datetime
    statuser: Sequence[StatusOppdatering]
    notifikasjoner: Sequence[Notifikasjon]
    its: Circumstances


def read(sak: Sak, *, now: datetime, real: datetime) -> Page:
    """The newest statuses and notifikasjoner of a sak, and what hangs on them."""
    notifikasjoner = list(
        Notifikasjon.objects.filter(sak_koordinat=sak.koordinat)
        .order_by("-mottatt_tidspunkt", "-id")
        .defer("first_varsler", "first_paaminnelse_varsler", "lokasjon")[:MOST_SHOWN]
    )
    ids = [one.id for one in notifikasjoner]
    return Page(
        sak=sak,
        now=now,
        statuser=list(sak.statuser.order_by("-nummer")[:MOST_SHOWN]),
        notifikasjoner=notifikasjoner,
        its=circumstances.of_notifikasjoner(ids, now=now, real=real),
    )


def findings(page: Page) -> list[Section]:
    """What holds about the sak, then what comes next in it, soonest first."""
    coming = sorted((one for one in _timeline(page) if one.to_come), key=lambda one: one.at)
    sentences = [*explain_sak(page.sak, now=page.now), *map(_sentence, islice(coming, _NEXT))]
    nothing = Sentence(
        code="nothing_planned", tone=Tone.NOTE, text="Nothing happens in it by itself."
    )
    return [Section(title="What happens next", lines=lines(sentences or [nothing]))]


def sections(page: Page) -> list[Section]:
    ids: list[UUID] = [page.sak.id, *(one.id for one in page.notifikasjoner)]
    return [
        timeline(page),
        recipients(page.sak.mottakere.all(), mask=True),
        events(ids, of=page.sak.id),
        history("sak", page.sak.id),
    ]


def timeline(page: Page) -> Section:
    note = capped_note(len(page.notifikasjoner), " of its notifikasjoner")
    if page.its.capped:
        note += f" Of reminders and messages, the newest {circumstances.MOST}."
    return Section(
        title="Timeline",
        note=note.strip(),
        headers=("At", "What", "State", "Text", "Messages"),
        rows=[
            (one.at, one.linked, one.state, one.text, one.messages)
            for one in sorted(_timeline(page), key=lambda one: one.at, reverse=True)
        ],
    )


def _sentence(moment: Moment) -> Sentence:
    return Sentence(
        code="to_come",
        tone=Tone.WAITING,
        until=moment.at,
        text=f"{moment.what} at {oslo(moment.at)}: {moment.text}",
    )


def _timeline(page: Page) -> Iterator[Moment]:
    for status in page.statuser:
        text = status.overstyr_statustekst_med
        yield Moment(
            at=status.mottatt_tidspunkt,
            what="Status",
            state=status.status,
            text=SaksStatus(status.status).label if text is None else text,
        )
    for item in page.notifikasjoner:
        yield from _of_notifikasjon(item, page)


def _of_notifikasjon(item: Notifikasjon, page: Page) -> Iterator[Moment]:
    link = page_of("notifikasjon", item.id)
    state = ", ".join(filter(None, (item.tilstand, "hidden" if item.soft_deleted_at else "")))
    yield Moment(at=item.mottatt_tidspunkt, what=item.type, state=state, text=item.tekst, page=link)
    yield from _turning_points(item, link, page.now)
    around = page.its.of(item.id)
    for reminder in around.paaminnelser:
        yield _of_reminder(reminder, item, link)
    for varsel in around.varsler:
        yield _of_varsel(varsel, page.its)


def _turning_points(item: Notifikasjon, link: str, now: datetime) -> Iterator[Moment]:
    if item.utgaar_at:
        text = f"{item.tekst} (frist {item.frist})"
        yield Moment(
            at=item.utgaar_at,
            what="Becomes UTGAATT",
            state="to come",
            text=text,
            page=link,
            to_come=True,
        )
    if item.utgaatt_tidspunkt:
        yield Moment(at=item.utgaatt_tidspunkt, what="Expired", state="UTGAATT", page=link)
    if item.utfoert_tidspunkt:
        yield Moment(at=item.utfoert_tidspunkt, what="Done", state="UTFOERT", page=link)
    if item.type == NotifikasjonType.KALENDERAVTALE and item.start_tidspunkt:
        called_off = item.tilstand == KalenderavtaleTilstand.AVLYST
        ahead = item.start_tidspunkt > now and not called_off
        yield Moment(
            at=item.start_tidspunkt,
            what="Appointment begins",
            state="to come" if ahead else item.tilstand,
            text=item.tekst,
            page=link,
            to_come=ahead,
        )
    if item.hard_delete_at:
        yield Moment(
            at=item.hard_delete_at,
            what="Is erased",
            state="to come",
            text=item.tekst,
            page=link,
            to_come=True,
        )


def _of_reminder(reminder: Paaminnelse, item: Notifikasjon, link: str) -> Moment:
    if reminder.fired_at:
        return Moment(at=reminder.fired_at, what="Reminder", state="fired", page=link)
    if reminder.closed_at:
        text = f"was set for {oslo(reminder.tidspunkt)}"
        return Moment(at=reminder.closed_at, what="Reminder", state="dropped", text=text, page=link)
    return Moment(
        at=reminder.tidspunkt,
        what="Reminder fires",
        state="to come",
        text=item.tekst,
        page=link,
        to_come=True,
    )


def _of_varsel(varsel: EksterntVarsel, its: Circumstances) -> Moment:
    """One that is known to wait stands where it may leave."""
    messages, sentences = its.messages[varsel.id], its.explain(varsel)
    planned = next((one for one in sentences if one.code in _PLANNED and one.until), None)
    whose = " of a reminder" if varsel.paaminnelse_id else ""
    to = receiver(varsel, messages)
    return Moment(
        at=(planned and planned.until) or varsel.status_at,
        what=f"Eksternt varsel{whose} by {varsel.kanal}" + (f" to {to}" if to else ""),
        state=varsel.status,
        text=told(sentences),
        page=page_of("eksternt_varsel", varsel.id),
        messages=message_links(messages),
        to_come=planned is not None and planned.code != _WITH_REMINDER,
    )
