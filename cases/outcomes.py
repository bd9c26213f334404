"""What became of external messages: their status, told in an event (cases contract 10, 12).

An eksternt varsel is `SENDT` with its first message accepted, and `FEILET` when the last of them
has failed. What a provider reports later changes neither.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from cases.models import EksterntVarsel, Hendelse, Notifikasjon
from cases.services import hendelser
from cases.services.hendelser import Kilde
from cases.states import EksterntVarselStatus, HendelseType
from notifications_platform.delivery.owners import Outcome
from notifications_platform.delivery.states import Reason, State

_EVENTS = {
    EksterntVarselStatus.SENDT: HendelseType.EKSTERNT_VARSEL_VELLYKKET,
    EksterntVarselStatus.FEILET: HendelseType.EKSTERNT_VARSEL_FEILET,
    EksterntVarselStatus.KANSELLERT: HendelseType.EKSTERNT_VARSEL_KANSELLERT,
}


@dataclass(slots=True)
class _Tally:
    """What one batch says about the messages of one varsel; `aarsak` of the last that failed."""

    accepted: bool = False
    cancelled: bool = False
    closed: int = 0
    aarsak: str = ""

    def add(self, outcome: Outcome) -> None:
        self.accepted |= outcome.succeeded
        self.cancelled |= outcome.state == State.CANCELLED
        self.closed += outcome.state in {State.CANCELLED, State.FAILED}
        if outcome.reason:
            self.aarsak = f"{outcome.reason}: {Reason(outcome.reason).label}"


class _Settled(NamedTuple):
    """A varsel whose status has just become final."""

    id: UUID
    status: str
    aarsak: str
    notifikasjon_id: UUID | None
    correlation_id: str


def on_outcomes(outcomes: Sequence[Outcome], now: datetime) -> None:
    """Called by the delivery engine in the transaction that records the outcomes, with the locks
    of their messages held. Locks rows of its own only, in the order of their ids.
    """
    tallies: dict[UUID, _Tally] = defaultdict(_Tally)
    for outcome in outcomes:
        tallies[outcome.owner_id].add(outcome)
    changed = {
        varsel_id: tally
        for varsel_id, tally in sorted(tallies.items())
        if tally.accepted or tally.closed
    }
    if not changed:
        return
    with connection.cursor() as cursor:
        settled = _apply(cursor, changed, now)
    Hendelse.objects.bulk_create(_events(settled, now))
    # Nothing but the varsel was left of its item.
    if alone := [one.id for one in settled if one.notifikasjon_id is None]:
        EksterntVarsel.objects.filter(pk__in=alone).delete()


def _apply(cursor: Any, changed: dict[UUID, _Tally], now: datetime) -> list[_Settled]:
    cursor.execute(
        """
        WITH told AS MATERIALIZED (
            SELECT * FROM unnest(%s::uuid[], %s::bool[], %s::bool[], %s::int[], %s::text[])
                AS told (id, accepted, cancelled, closed, aarsak)),
        locked AS MATERIALIZED (
            SELECT id FROM cases_eksterntvarsel
            WHERE id IN (SELECT id FROM told) AND status = 'NY' ORDER BY id FOR UPDATE)
        UPDATE cases_eksterntvarsel AS varsel
        SET open_messages = greatest(open_messages - closed, 0),
            status = CASE WHEN accepted THEN 'SENDT'
                          WHEN open_messages > closed THEN 'NY'
                          WHEN cancelled THEN 'KANSELLERT' ELSE 'FEILET' END,
            status_at = CASE WHEN accepted OR open_messages <= closed
                             THEN %s ELSE status_at END,
            aarsak = CASE WHEN accepted OR cancelled THEN '' ELSE told.aarsak END
        FROM told JOIN locked USING (id) WHERE varsel.id = told.id
        RETURNING varsel.id, varsel.status, varsel.aarsak, notifikasjon_id, correlation_id
        """,
        [
            list(changed),
            [tally.accepted for tally in changed.values()],
            [tally.cancelled for tally in changed.values()],
            [tally.closed for tally in changed.values()],
            [tally.aarsak for tally in changed.values()],
            now,
        ],
    )
    rows = map(_Settled._make, cursor.fetchall())
    return [row for row in rows if row.status != EksterntVarselStatus.NY]


def _events(settled: Sequence[_Settled], now: datetime) -> Iterator[Hendelse]:
    """One for each whose item is still there; the items are read, not locked."""
    items = Notifikasjon.objects.only("id", "merkelapp", "virksomhetsnummer", "produsent").in_bulk(
        [one.notifikasjon_id for one in settled if one.notifikasjon_id]
    )
    for one in settled:
        if item := items.get(one.notifikasjon_id):
            status = EksterntVarselStatus(one.status)
            payload = {"eksterntVarselId": str(one.id)}
            if status is EksterntVarselStatus.FEILET:
                payload["aarsak"] = one.aarsak
            event = hendelser.event(
                _EVENTS[status],
                item,
                kilde=Kilde.sweep(item.produsent),
                now=now,
                payload=payload,
            )
            event.correlation_id = event.correlation_id or one.correlation_id
            yield event
