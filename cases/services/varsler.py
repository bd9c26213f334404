"""External messages of an item: ordering them, and taking back what has not left (contract 10).

The locks of this app are taken in one order: sak, notifikasjon, message of the engine, eksternt
varsel. A varsel that is not in the outbox yet has no message, so that its lock may come first.
Messages are locked in the order of their ids, by one step of a transaction: two steps, each in
its own order, and a drain that records outcomes may wait for one another.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from uuid import UUID

from django.db.models import Max, QuerySet

from cases import inputs
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from cases.services import hendelser
from cases.services.hendelser import Kilde
from cases.states import OWNER, EksterntVarselStatus, HendelseType, Kanal, Sendevindu
from cases.varsler import queueing
from cases.varsler.windows import first_allowed
from notifications_platform.core.inserting import fresh
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.core.updating import update_together
from notifications_platform.delivery.outbox import Unwritten
from notifications_platform.delivery.withdrawal import cancel_queued
from notifications_platform.http import correlation


def rows(
    given: Iterable[inputs.EksterntVarsel],
    notifikasjon: Notifikasjon,
    numbers: Iterator[int],
    *,
    now: datetime,
    paaminnelse: Paaminnelse | None = None,
) -> list[EksterntVarsel]:
    """Rows that are not stored yet, in the order given."""
    correlation_id = correlation.current()
    return [
        fresh(
            EksterntVarsel,
            notifikasjon_id=notifikasjon.id,
            paaminnelse_id=paaminnelse.id if paaminnelse else None,
            nummer=next(numbers),
            kanal=varsel.kanal,
            status_at=now,
            created_at=now,
            virksomhetsnummer=notifikasjon.virksomhetsnummer,
            produsent=notifikasjon.produsent,
            correlation_id=correlation_id,
            adresse=varsel.adresse,
            tittel=varsel.tittel,
            tekst=varsel.tekst,
            service_code=varsel.service_code,
            service_edition=varsel.service_edition,
            sendevindu=varsel.sendevindu or "",
            tidspunkt=varsel.tidspunkt,
        )
        for varsel in given
    ]


def next_numbers(notifikasjon: Notifikasjon) -> Iterator[int]:
    """Behind those that the (locked) item has."""
    last = notifikasjon.eksterne_varsler.aggregate(last=Max("nummer"))["last"] or 0
    return count(last + 1)


def put_out(varsler: Sequence[EksterntVarsel], *, now: datetime) -> None:
    """Give SMS and e-mail to the outbox; messages of Altinn services wait for the look-up of
    their contact points until they may leave. Changes the rows, does not store them.
    """
    queueing.queue(_direct(varsler), now=now)
    _mark_put_out(varsler, now)
    announce_lookups(varsler, now=now)


def rows_put_out(varsler: Sequence[EksterntVarsel], *, now: datetime) -> Unwritten:
    """The same, with what goes to the outbox as rows: the caller stores them beside `varsler`,
    announces them, and then the look-ups.
    """
    made = queueing.as_rows(_direct(varsler), now=now)
    _mark_put_out(varsler, now)
    return made


def announce_lookups(varsler: Iterable[EksterntVarsel], *, now: datetime) -> None:
    if any(varsel.queue_at and varsel.queue_at <= now for varsel in varsler):
        wake_on_commit("cases.sweep")


def _direct(varsler: Iterable[EksterntVarsel]) -> list[EksterntVarsel]:
    return [varsel for varsel in varsler if varsel.kanal != Kanal.ALTINNTJENESTE]


def _mark_put_out(varsler: Iterable[EksterntVarsel], now: datetime) -> None:
    for varsel in varsler:
        if varsel.kanal == Kanal.ALTINNTJENESTE:
            varsel.queue_at = _may_leave(varsel, now)
        else:
            mark_queued(varsel, messages=1, now=now)


def mark_queued(varsel: EksterntVarsel, *, messages: int, now: datetime) -> None:
    """From now on the outbox has the address and the texts."""
    varsel.queue_at, varsel.queued_at, varsel.open_messages = None, now, messages
    varsel.adresse = varsel.tittel = varsel.tekst = ""


def store_put_out(varsler: Sequence[EksterntVarsel]) -> None:
    """Rows that had been stored before they were put out."""
    update_together(
        varsler,
        [
            "queue_at",
            "queued_at",
            "open_messages",
            "adresse",
            "tittel",
            "tekst",
            "status",
            "status_at",
            "aarsak",
        ],
    )


def _may_leave(varsel: EksterntVarsel, now: datetime) -> datetime:
    if varsel.tidspunkt is not None:
        return max(varsel.tidspunkt, now)
    return first_allowed(Sendevindu(varsel.sendevindu), Kanal(varsel.kanal), now)


def cancel_ordered(notifikasjon: Notifikasjon, *, kilde: Kilde, now: datetime) -> None:
    """Those ordered at creation and by updates that have not left; a reminder's stay."""
    several = notifikasjon.eksterne_varsler.filter(paaminnelse__isnull=True)
    _cancel(several, [notifikasjon], kilde=kilde, now=now)


def cancel_all(notifikasjon: Notifikasjon, *, kilde: Kilde, now: datetime) -> None:
    _cancel(notifikasjon.eksterne_varsler.all(), [notifikasjon], kilde=kilde, now=now)


def cancel_of_reminders(
    notifikasjoner: Sequence[Notifikasjon], *, kilde: Kilde | None = None, now: datetime
) -> None:
    """Messages of reminders, those of fired ones that still wait included. Without a `kilde`
    the platform does it.
    """
    _cancel(_of_reminders(notifikasjoner), notifikasjoner, kilde=kilde, now=now)


def cancel_kept_back_of_reminders(notifikasjoner: Sequence[Notifikasjon], *, now: datetime) -> None:
    """Messages of fired reminders whose window is closed just now."""
    closed = [window for window in Sendevindu if first_allowed(window, Kanal.EPOST, now) > now]
    if closed:
        kept_back = _of_reminders(notifikasjoner).filter(sendevindu__in=closed)
        _cancel(kept_back, notifikasjoner, kilde=None, now=now)


def drop_unqueued_of_reminders(
    notifikasjoner: Sequence[Notifikasjon], *, kilde: Kilde | None = None, now: datetime
) -> None:
    """Only those of reminders that have not fired; what has been ordered still leaves, messages
    of Altinn services that wait for their look-up included.
    """
    not_ordered = _of_reminders(notifikasjoner).filter(queue_at__isnull=True)
    _cancel_unqueued(not_ordered, notifikasjoner, kilde=kilde, now=now)


def _of_reminders(notifikasjoner: Sequence[Notifikasjon]) -> "QuerySet[EksterntVarsel]":
    return EksterntVarsel.objects.filter(
        notifikasjon__in=[one.id for one in notifikasjoner], paaminnelse__isnull=False
    )


def _cancel(
    varsler: "QuerySet[EksterntVarsel]",
    notifikasjoner: Sequence[Notifikasjon],
    *,
    kilde: Kilde | None,
    now: datetime,
) -> None:
    # Those outside the outbox first: one that a sweep is putting there is seen by the second
    # step, which begins when the sweep has committed.
    _cancel_unqueued(varsler, notifikasjoner, kilde=kilde, now=now)
    ordered = dict(varsler.filter(queued_at__isnull=False).values_list("id", "status"))
    waiting = [id for id, status in ordered.items() if status == EksterntVarselStatus.NY]
    if ordered:
        cancel_queued(OWNER, waiting, settled_ids=ordered.keys() - set(waiting), now=now)


def _cancel_unqueued(
    varsler: "QuerySet[EksterntVarsel]",
    notifikasjoner: Sequence[Notifikasjon],
    *,
    kilde: Kilde | None,
    now: datetime,
) -> None:
    unqueued = varsler.filter(status=EksterntVarselStatus.NY, queued_at__isnull=True)
    taken = list(unqueued.order_by("id").select_for_update().values_list("id", "notifikasjon_id"))
    if not taken:
        return
    EksterntVarsel.objects.filter(pk__in=[id for id, _ in taken]).update(
        status=EksterntVarselStatus.KANSELLERT,
        status_at=now,
        queue_at=None,
        adresse="",
        tittel="",
        tekst="",
    )
    Hendelse.objects.bulk_create(_events(taken, notifikasjoner, kilde=kilde, now=now))


def _events(
    taken: Collection[tuple[UUID, UUID | None]],
    notifikasjoner: Sequence[Notifikasjon],
    *,
    kilde: Kilde | None,
    now: datetime,
) -> Iterator[Hendelse]:
    items = {one.id: one for one in notifikasjoner}
    for varsel_id, notifikasjon_id in taken:
        if notifikasjon_id is not None:
            item = items[notifikasjon_id]
            yield hendelser.event(
                HendelseType.EKSTERNT_VARSEL_KANSELLERT,
                item,
                kilde=kilde or Kilde.sweep(item.produsent),
                now=now,
                payload={"eksterntVarselId": str(varsel_id)},
            )
