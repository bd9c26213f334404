"""Gathers what staff are told about a handful of notifikasjoner, in a few statements whatever their
number: reminders, external messages, the engine's messages, events that ended something.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from cases.explain import Around, explain_varsel
from cases.models import EksterntVarsel, Hendelse, Paaminnelse
from cases.states import OWNER, EksterntVarselStatus, HendelseType
from notifications_platform.audit.models import Actor, Entry
from notifications_platform.delivery import circumstances
from notifications_platform.delivery.explain import Sentence
from notifications_platform.delivery.models import Attempt, Message
from notifications_platform.delivery.states import State

# For each kind of row; a page that would need more says that it shows a part.
MOST = 500
# What the rows themselves tell better.
_TOLD_BY_ROWS = (
    HendelseType.BESKJED_OPPRETTET,
    HendelseType.OPPGAVE_OPPRETTET,
    HendelseType.KALENDERAVTALE_OPPRETTET,
    HendelseType.PAAMINNELSE_OPPRETTET,
    HendelseType.EKSTERNT_VARSEL_VELLYKKET,
    HendelseType.EKSTERNT_VARSEL_FEILET,
    HendelseType.EKSTERNT_VARSEL_KANSELLERT,
)

Row = TypeVar("Row", bound=Model)
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Rows by the notifikasjon they belong to; messages by their eksternt varsel, attempts by
    their message.
    """

    around: Mapping[UUID, Around]
    messages: Mapping[UUID, Sequence[Message]]
    attempts: Mapping[UUID, Sequence[Attempt]]
    engine: Mapping[UUID, Sequence[Sentence]]
    capped: bool

    def of(self, notifikasjon: UUID | None) -> Around:
        return self.around[notifikasjon or NOBODY]

    def explain(self, varsel: EksterntVarsel) -> list[Sentence]:
        """Where it stands, and what keeps its messages where they are: where the engine knows why
        it failed, it knows more.
        """
        own = explain_varsel(varsel, self.of(varsel.notifikasjon_id))
        theirs = [
            told
            for one in self.messages[varsel.id]
            if _tells_more(varsel, one)
            for told in self.engine[one.id]
        ]
        failed = varsel.status == EksterntVarselStatus.FEILET
        return theirs if failed and theirs else [own, *theirs]


def _tells_more(varsel: EksterntVarsel, message: Message) -> bool:
    """What waits or failed; also where the channel took it and reported a failure later."""
    return varsel.status == EksterntVarselStatus.NY or message.state == State.FAILED


def of_notifikasjoner(ids: Collection[UUID], *, now: datetime, real: datetime) -> Circumstances:
    """Everything about these, newest first up to `MOST` of a kind. Without ids, no rows."""
    varsler = EksterntVarsel.objects.filter(notifikasjon__in=ids).order_by("-created_at", "nummer")
    return _gather(list(varsler[:MOST]), ids, now=now, real=real)


def of_varsel(varsel: EksterntVarsel, *, now: datetime, real: datetime) -> Circumstances:
    """What bears on this message alone."""
    ids = [varsel.notifikasjon_id] if varsel.notifikasjon_id else []
    return _gather([varsel], ids, now=now, real=real)


def _gather(
    varsler: Sequence[EksterntVarsel], ids: Collection[UUID], *, now: datetime, real: datetime
) -> Circumstances:
    paaminnelser = list(
        Paaminnelse.objects.filter(notifikasjon__in=ids).order_by("-created_at", "-id")[:MOST]
    )
    hendelser = list(
        Hendelse.objects.filter(aggregate_id__in=ids)
        .exclude(type__in=_TOLD_BY_ROWS)
        .order_by("-id")[:MOST]
    )
    messages = _messages([varsel.id for varsel in varsler])
    reminders, events = _by(paaminnelser, "notifikasjon_id"), _by(hendelser, "aggregate_id")
    ordered = _by(sorted(varsler, key=lambda one: one.nummer), "notifikasjon_id")
    return Circumstances(
        around={
            id: Around(
                now=now, paaminnelser=reminders[id], varsler=ordered[id], hendelser=events[id]
            )
            for id in (*ids, NOBODY)
        },
        messages=_by(messages, "owner_id"),
        attempts=_by(_attempts([one.id for one in messages]), "message_id"),
        engine=circumstances.explain_all(messages, now=now, real=real) if messages else {},
        capped=MOST in (len(varsler), len(paaminnelser), len(hendelser), len(messages)),
    )


def _messages(varsel_ids: Collection[UUID]) -> list[Message]:
    """Oldest first, those of one varsel together."""
    messages: QuerySet[Message] = Message.objects.filter(owner_kind=OWNER, owner_id__in=varsel_ids)
    return list(messages.order_by("owner_id", "id")[:MOST])


def _attempts(message_ids: Collection[UUID]) -> list[Attempt]:
    """The newest, each message's in their order."""
    newest = Attempt.objects.filter(message_id__in=message_ids).order_by("-message_id", "-number")
    return list(newest[:MOST])[::-1]


def staff_who_did(kind: str, ids: Collection[UUID]) -> Mapping[tuple[str, datetime], Entry]:
    """What members of the staff did to these items, by the item's id and the moment: events name
    no member of the staff, the trail does.
    """
    entries = Entry.objects.filter(
        subject_kind=kind,
        subject_id__in=list(map(str, ids)),
        actor_kind=Actor.STAFF,
        action__startswith="cases.",
    )
    # In the order of the index: no walk through all there is.
    known = entries.order_by("subject_id", "id")[:MOST]
    return {(entry.subject_id, entry.at): entry for entry in known}


def _by(rows: Sequence[Row], column: str) -> Mapping[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column) or NOBODY].append(row)
    return found
