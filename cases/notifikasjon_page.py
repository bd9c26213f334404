"""What the back office's page of one notifikasjon shows: what happens next and why, its recipients,
reminders, external messages, events, and what staff did.
"""

from collections.abc import Sequence
from datetime import datetime

from cases import circumstances
from cases.circumstances import Circumstances
from cases.explain import explain
from cases.models import Notifikasjon, Paaminnelse
from cases.page_parts import capped_note, events, external_messages, lines, recipients
from notifications_platform.back_office.sections import Section, history


def around(item: Notifikasjon, *, now: datetime, real: datetime) -> Circumstances:
    return circumstances.of_notifikasjoner([item.id], now=now, real=real)


def findings(item: Notifikasjon, its: Circumstances) -> list[Section]:
    sentences = explain(item, its.of(item.id))
    return [Section(title="What happens next, and why not more", lines=lines(sentences))]


def sections(item: Notifikasjon, its: Circumstances) -> list[Section]:
    return [
        recipients(item.mottakere.all(), mask=False),
        _reminders(its.of(item.id).paaminnelser),
        external_messages(its.of(item.id).varsler, its),
        events([item.id], of=item.id),
        history("notifikasjon", item.id),
    ]


def _reminders(paaminnelser: Sequence[Paaminnelse]) -> Section:
    return Section(
        title="Reminders",
        note=capped_note(len(paaminnelser)),
        headers=("For", "Set", "Fired", "Dropped"),
        rows=[(one.tidspunkt, one.created_at, one.fired_at, one.closed_at) for one in paaminnelser],
    )
