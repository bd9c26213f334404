"""Telling what has happened: the item's own event, and the platform's trail (cases contract 12).

Both are written in the transaction of the change. The trail holds who did what to which item,
and nothing of its content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cases.models import Hendelse, Sak
from cases.states import HendelseType
from notifications_platform.audit import trail
from notifications_platform.audit.models import Actor, Entry
from notifications_platform.core.inserting import fresh, insert_together
from notifications_platform.http import correlation

PLATFORM = "notifications-platform"
TELLING = 4


@dataclass(frozen=True, slots=True)
class Kilde:
    """Who caused a change: on behalf of which producer, as which app, and who for the trail."""

    produsent: str
    app_navn: str
    by: trail.By
    reason: str = ""

    @classmethod
    def sweep(cls, produsent: str = "") -> "Kilde":
        """The platform itself, for the producer of the item; of items of several, `acts_for`
        tells whose name counts.
        """
        return cls(produsent, PLATFORM, trail.By.system("cases.sweep"))

    @classmethod
    def staff(cls, produsent: str, user: str, reason: str) -> "Kilde":
        return cls(produsent, PLATFORM, trail.By.staff(user), reason)

    @property
    def acts_for(self) -> str | None:
        """The producer that a change is told under, whose ever the item is; None for the item's
        own: a producer acts under its own name, the platform for the owner.
        """
        return self.produsent if self.by.kind == Actor.CLIENT else None


class Item(Protocol):
    """What an event says about the sak or notifikasjon it happened to."""

    id: UUID
    merkelapp: str
    virksomhetsnummer: str


def rows(
    type: HendelseType,
    item: Item,
    *,
    kilde: Kilde,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> list[Hendelse | Entry]:
    """The event and its entry in the trail, for a caller that writes them with its own rows."""
    kind = "sak" if isinstance(item, Sak) else "notifikasjon"
    noted = trail.entries(
        f"cases.{type}", kind, [item.id], by=kilde.by, now=now, reason=kilde.reason
    )
    for entry in noted:
        if _tells(entry.correlation_id, item):
            entry.correlation_id = ""
    return [event(type, item, kilde=kilde, now=now, payload=payload), *noted]


def _tells(correlation_id: str, item: Item) -> bool:
    """Whether it holds what the producer calls the item: some trace a call by that, and the trail
    outlives the item. What is shorter than `TELLING` is found anywhere by chance.
    """
    keys = [getattr(item, name, None) or "" for name in ("ekstern_id", "grupperingsid")]
    return any(
        key in correlation_id and (len(key) >= TELLING or key == correlation_id)
        for key in keys
        if key
    )


def event(
    type: HendelseType,
    item: Item,
    *,
    kilde: Kilde,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> Hendelse:
    return fresh(
        Hendelse,
        aggregate_id=item.id,
        type=type,
        tidspunkt=now,
        merkelapp=item.merkelapp,
        virksomhetsnummer=item.virksomhetsnummer,
        produsent=kilde.produsent,
        kilde_app_navn=kilde.app_navn,
        correlation_id=correlation.current(),
        payload=dict(payload or {}),
    )


def append(
    type: HendelseType,
    item: Item,
    *,
    kilde: Kilde,
    now: datetime,
    payload: Mapping[str, Any] | None = None,
) -> None:
    insert_together(rows(type, item, kilde=kilde, now=now, payload=payload))
