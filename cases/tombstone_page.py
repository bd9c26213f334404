"""What the back office's page of something erased shows: who erased it and when, what the trail
knows of its story, and what it belonged to. Nothing else is left.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cases import story
from cases.models import Sak, Slettet
from cases.page_parts import MOST_SHOWN
from cases.states import HendelseType
from notifications_platform.audit.models import Actor, Entry
from notifications_platform.back_office.looking import VIEW
from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import headline, timeline
from notifications_platform.delivery.explain import Tone, oslo, told

_ERASED = f"cases.{HendelseType.HARD_DELETE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`entries` newest first."""

    row: Slettet
    entries: Sequence[Entry]
    clients: Clients

    @property
    def kind(self) -> str:
        return "sak" if self.row.type == "Sak" else "notifikasjon"


def read(row: Slettet, *, clients: Clients) -> Page:
    kind = "sak" if row.type == "Sak" else "notifikasjon"
    about = Entry.objects.filter(subject_kind=kind, subject_id=str(row.id)).exclude(action=VIEW)
    return Page(row=row, entries=list(about.order_by("-id")[:MOST_SHOWN]), clients=clients)


def findings(page: Page) -> list[Section]:
    erased = next((one for one in page.entries if one.action == _ERASED), None)
    text = told(_who(page, erased), _("Nothing of what it said is left."))
    return [headline(_("What became of it?"), [Line(text=text, tone=Tone.NOTE)])]


def _who(page: Page, erased: Entry | None) -> str:
    at = oslo(page.row.slettet_at)
    if erased is None:
        text = _("The {type} was erased for good at {at}.")
        return text.format(type=page.row.type, at=at)
    if erased.actor_kind == Actor.SYSTEM:
        text = _("The {type} was erased for good at {at}, when its producer had asked for it.")
        return text.format(type=page.row.type, at=at)
    text = _("The {type} was erased for good at {at} by {who}.")
    said = text.format(type=page.row.type, at=at, who=story.actor(erased))
    reason = _("Reason: {reason}").format(reason=erased.reason)
    return told(said, erased.reason and reason)


def sections(page: Page) -> list[Section]:
    return [
        timeline(_("Timeline"), [story.of_entry(one) for one in page.entries]),
        *_its_sak(page),
        history(page.kind, page.row.id),
    ]


def _its_sak(page: Page) -> list[Section]:
    """The sak that it belonged to, or its tombstone."""
    row = page.row
    if row.sak_koordinat is None or row.type == "Sak":
        return []
    live = Sak.objects.filter(koordinat=row.sak_koordinat)
    gone = Slettet.objects.filter(sak_koordinat=row.sak_koordinat, type="Sak")
    if page.clients is not None:
        live = live.filter(produsent__in=page.clients)
        gone = gone.filter(produsent__in=page.clients)
    rows = [(link_to("sak", one.id), _("still there")) for one in live]
    rows += [(link_to("tombstone", one.id), _("erased")) for one in gone]
    return [Section(title=_("Its sak"), headers=(_("Sak"), _("State")), rows=rows)]
