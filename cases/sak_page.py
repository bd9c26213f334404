"""What the back office's page of one sak shows: what comes next or went wrong, and its story:
statuses, notifikasjoner, deadlines, reminders, external messages and what became of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from operator import itemgetter
from uuid import UUID

from django.utils.translation import gettext as _

from cases import circumstances, story
from cases.circumstances import Circumstances
from cases.explain import explain_sak
from cases.models import Hendelse, Notifikasjon, Sak, StatusOppdatering
from cases.page_parts import answer, capped_note, events, failures, recipients
from cases.states import HendelseType, SaksStatus
from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.sections import Section, history
from notifications_platform.back_office.timeline import Moment, timeline
from notifications_platform.delivery.explain import Sentence, Tone, oslo, told

# Each has a handful of moments, and a story is told in two hundred.
MOST_SHOWN = 50
_NEXT = 10


@dataclass(frozen=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields."""

    sak: Sak
    statuser: Sequence[StatusOppdatering]
    hendelser: Sequence[Hendelse]
    notifikasjoner: Sequence[Notifikasjon]
    its: Circumstances
    known: story.Known
    staff: story.Staff
    now: datetime

    @cached_property
    def moments(self) -> Sequence[Moment]:
        """Of a large sak there are many: both parts of the page tell them."""
        return list(_moments(self))


def read(sak: Sak, *, clients: Clients, now: datetime, real: datetime) -> Page:
    """The newest statuses and notifikasjoner of a sak, and what hangs on them. `clients`: whose
    notifikasjoner the reader may see, as several producers may share a merkelapp.
    """
    theirs = Notifikasjon.objects.filter(sak_koordinat=sak.koordinat)
    if clients is not None:
        theirs = theirs.filter(produsent__in=clients)
    notifikasjoner = list(
        theirs.order_by("-mottatt_tidspunkt", "-id").defer(
            "first_varsler", "first_paaminnelse_varsler", "lokasjon"
        )[:MOST_SHOWN]
    )
    ids = [one.id for one in notifikasjoner]
    its = circumstances.of_notifikasjoner(ids, now=now, real=real)
    own = Hendelse.objects.filter(aggregate_id=sak.id).order_by("-aggregate_id", "-id")
    return Page(
        sak=sak,
        statuser=list(sak.statuser.order_by("-nummer")[:MOST_SHOWN]),
        hendelser=list(own[:MOST_SHOWN]),
        notifikasjoner=notifikasjoner,
        its=its,
        known=story.read(its, ids, now=now),
        staff=story.staff_of("sak", [sak.id] if sak.soft_deleted_at else []),
        now=now,
    )


# --- what comes next ----------------------------------------------------------------------


def findings(page: Page) -> list[Section]:
    """What went wrong, what holds about the sak, then what comes next in it, soonest first."""
    varsler = [varsel for one in page.notifikasjoner for varsel in page.its.of(one.id).varsler]
    sentences = [
        *failures(varsler, page.its),
        *explain_sak(page.sak, now=page.now),
        *islice(_to_come(page), _NEXT),
    ]
    return [answer(_("What happens next"), sentences or [_nothing(page)])]


def _to_come(page: Page) -> Iterator[Sentence]:
    planned = ((one.at, one) for one in page.moments if one.planned and one.at)
    for at, moment in sorted(planned, key=itemgetter(0)):
        what = _("{what} at {at}.").format(what=moment.what, at=oslo(at))
        text = told(what, moment.detail)
        yield Sentence(code="to_come", tone=Tone.WAITING, until=at, text=text)


def _nothing(page: Page) -> Sentence:
    text = _("Nothing more happens in it by itself.")
    if not page.statuser:
        return Sentence(code="nothing_planned", tone=Tone.NOTE, text=text)
    newest = page.statuser[0]
    status = _("Its status is {status} since {at}.").format(
        status=newest.status, at=oslo(newest.mottatt_tidspunkt)
    )
    tone = Tone.GOOD if newest.status == SaksStatus.FERDIG else Tone.NOTE
    return Sentence(code="nothing_planned", tone=tone, text=told(status, text))


# --- its story ----------------------------------------------------------------------------


def sections(page: Page) -> list[Section]:
    ids: list[UUID] = [page.sak.id, *(one.id for one in page.notifikasjoner)]
    return [
        _timeline(page),
        recipients(page.sak.mottakere.all(), mask=True),
        events(ids, of=page.sak.id),
        history("sak", page.sak.id),
    ]


def _timeline(page: Page) -> Section:
    notes = []
    if len(page.notifikasjoner) >= MOST_SHOWN:
        text = _("The newest {number} of its notifikasjoner are shown.")
        notes.append(text.format(number=MOST_SHOWN))
    if page.its.capped:
        text = _("Of reminders, messages and events, the newest {number}.")
        notes.append(text.format(number=circumstances.MOST))
    notes.append(capped_note(len(page.statuser), MOST_SHOWN))
    return timeline(_("Timeline"), page.moments, note=told(*notes))


def _moments(page: Page) -> Iterator[Moment]:
    told_by_statuses = {HendelseType.NY_STATUS_SAK, HendelseType.SAK_OPPRETTET}
    for hendelse in page.hendelser:
        if hendelse.type not in told_by_statuses:
            yield story.of_hendelse(hendelse, page.staff)
    yield Moment(
        at=page.sak.mottatt_tidspunkt,
        what=_("The sak was made"),
        who=story.producer(page.sak.produsent, page.sak.kilde_app_navn),
    )
    by = {one.tidspunkt: one for one in page.hendelser if one.type in told_by_statuses}
    for status in page.statuser:
        yield _of_status(status, by.get(status.mottatt_tidspunkt))
    for item in page.notifikasjoner:
        for moment in story.of_notifikasjon(item, page.known):
            yield story.elsewhere(moment, item)
        for varsel in page.its.of(item.id).varsler:
            yield story.of_varsel(varsel, page.its)
    if page.sak.hard_delete_at:
        what = _("The sak is erased for good, with its notifikasjoner")
        yield Moment(at=page.sak.hard_delete_at, what=what, planned=True)


def _of_status(status: StatusOppdatering, hendelse: Hendelse | None) -> Moment:
    text = status.overstyr_statustekst_med
    return Moment(
        at=status.mottatt_tidspunkt,
        what=_("Status {status}").format(status=status.status),
        who=story.producer(hendelse.produsent, hendelse.kilde_app_navn) if hendelse else "",
        tone=Tone.GOOD if status.status == SaksStatus.FERDIG else Tone.NOTE,
        detail=SaksStatus(status.status).label if text is None else text,
    )
