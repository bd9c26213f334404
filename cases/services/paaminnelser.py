"""Reminders of an item: setting, replacing and closing them (cases contract 9.3)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from cases import inputs
from cases.models import EksterntVarsel, Notifikasjon, Paaminnelse
from cases.reminders import Occasion, fires_at
from cases.services import varsler
from cases.services.hendelser import Kilde
from cases.states import EksterntVarselStatus
from notifications_platform.core.inserting import fresh


def occasion_of(notifikasjon: Notifikasjon) -> Occasion:
    return Occasion(
        opprettet=notifikasjon.opprettet_tidspunkt,
        frist=notifikasjon.frist,
        start=notifikasjon.start_tidspunkt,
    )


def new(
    given: inputs.Paaminnelse,
    notifikasjon: Notifikasjon,
    numbers: Iterator[int],
    *,
    now: datetime,
) -> tuple[Paaminnelse, list[EksterntVarsel]]:
    """A reminder and its messages, not stored yet. Raises BadReminder."""
    at = fires_at(given, occasion_of(notifikasjon), now=now)
    reminder = fresh(Paaminnelse, notifikasjon_id=notifikasjon.id, tidspunkt=at, created_at=now)
    messages = varsler.rows(
        given.eksterne_varsler, notifikasjon, numbers, now=now, paaminnelse=reminder
    )
    return reminder, messages


def replace(
    notifikasjon: Notifikasjon, given: inputs.Paaminnelse | None, *, kilde: Kilde, now: datetime
) -> None:
    """Close what is open, with its unsent messages, and set the new one if there is one.

    The item is locked and has its new deadline; one that is hidden gets no reminder. Raises
    BadReminder before anything is written.
    """
    made = new(given, notifikasjon, varsler.next_numbers(notifikasjon), now=now) if given else None
    close([notifikasjon], kilde=kilde, now=now)
    if made and not notifikasjon.soft_deleted_at:
        reminder, messages = made
        reminder.save(force_insert=True)
        EksterntVarsel.objects.bulk_create(messages)


def close(
    notifikasjoner: Sequence[Notifikasjon], *, kilde: Kilde | None = None, now: datetime
) -> None:
    """No reminder of these (locked) items fires any more, and none of its messages leaves that
    has not yet.
    """
    _close_open(notifikasjoner, now)
    varsler.cancel_of_reminders(notifikasjoner, kilde=kilde, now=now)


def close_at_birth(
    reminder: Paaminnelse, messages: Sequence[EksterntVarsel], *, now: datetime
) -> None:
    """A kalenderavtale that is called off from the start: its reminder never fires, whatever
    becomes of it. Changes the rows, does not store them.
    """
    reminder.closed_at = now
    for varsel in messages:
        varsel.status = EksterntVarselStatus.KANSELLERT
        varsel.adresse = varsel.tittel = varsel.tekst = ""


def close_expired(oppgaver: Sequence[Notifikasjon], *, now: datetime) -> None:
    """The deadline of these (locked) items has passed. A reminder that has fired by now may be
    one that was missed: its messages leave, but for those that their window keeps back.
    """
    _close_open(oppgaver, now)
    varsler.drop_unqueued_of_reminders(oppgaver, now=now)
    varsler.cancel_kept_back_of_reminders(oppgaver, now=now)


def drop(
    notifikasjoner: Sequence[Notifikasjon], *, kilde: Kilde | None = None, now: datetime
) -> None:
    """The same for items that are deleted: messages of a fired reminder still leave."""
    _close_open(notifikasjoner, now)
    varsler.drop_unqueued_of_reminders(notifikasjoner, kilde=kilde, now=now)


def _close_open(notifikasjoner: Sequence[Notifikasjon], now: datetime) -> None:
    Paaminnelse.objects.filter(
        notifikasjon__in=[one.id for one in notifikasjoner],
        fired_at__isnull=True,
        closed_at__isnull=True,
    ).update(closed_at=now)
