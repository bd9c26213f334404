"""What the back office's page of one notifikasjon shows: what comes next or went wrong, its story
from the producer's call to what became of its external messages, its recipients, events, and what
staff did.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from cases import circumstances, story
from cases.circumstances import Circumstances
from cases.explain import explain
from cases.models import EksterntVarsel, Notifikasjon
from cases.page_parts import answer, capped_note, events, failures, receiver, recipients, told
from notifications_platform.back_office.sections import Section, history, link_to
from notifications_platform.back_office.timeline import Moment, timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields."""

    item: Notifikasjon
    its: Circumstances
    known: story.Known

    @property
    def varsler(self) -> Sequence[EksterntVarsel]:
        return self.its.of(self.item.id).varsler


def read(item: Notifikasjon, *, now: datetime, real: datetime) -> Page:
    its = circumstances.of_notifikasjoner([item.id], now=now, real=real)
    return Page(item=item, its=its, known=story.read(its, [item.id], now=now))


def findings(page: Page) -> list[Section]:
    sentences = [
        *failures(page.varsler, page.its),
        *explain(page.item, page.its.of(page.item.id)),
    ]
    title = _("What happens next, and why not more")
    return [answer(title, sentences), timeline(_("Timeline"), _moments(page))]


def sections(page: Page) -> list[Section]:
    return [
        recipients(page.item.mottakere.all(), mask=False),
        _external_messages(page),
        events([page.item.id], of=page.item.id),
        history("notifikasjon", page.item.id),
    ]


def _moments(page: Page) -> Iterator[Moment]:
    yield from story.of_notifikasjon(page.item, page.known)
    for varsel in page.varsler:
        yield story.of_varsel(varsel, page.its)


def _external_messages(page: Page) -> Section:
    """What was ordered, and for when; where each stands, the timeline tells."""
    return Section(
        title=_("External messages"),
        note=capped_note(len(page.varsler)),
        headers=(_("Eksternt varsel"), _("By"), _("To"), _("Ordered"), _("Status"), _("Why")),
        rows=[
            (
                link_to("eksternt_varsel", varsel.id),
                story.by(varsel),
                receiver(varsel, page.its.messages[varsel.id]),
                varsel.created_at,
                varsel.status,
                told(page.its.explain(varsel)),
            )
            for varsel in page.varsler
        ],
    )
