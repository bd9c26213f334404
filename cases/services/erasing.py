"""Erasing items for good: what goes, what stays, and in which order (cases contract 11).

Set-based: the number of statements does not grow with the number of items, and of an item no
more than its id is read. The engine's messages are told first: whoever records an outcome holds
their locks, and has written its event by then.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop

from cases.models import Notifikasjon, Sak
from cases.services.hendelser import TELLING, Kilde
from cases.states import OWNER, HendelseType
from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError
from notifications_platform.core.ids import uuid7
from notifications_platform.core.prepared import prepared_cursor
from notifications_platform.delivery import erasing
from notifications_platform.http import correlation


class OthersAreInIt(DomainError):
    code = "others_are_in_it"


def erase_saker(
    ids: Sequence[UUID],
    *,
    kilde: Kilde,
    now: datetime,
    producers: Collection[str] | None = None,
) -> None:
    """These (locked) saker, and every notifikasjon of their coordinates, in the caller's
    transaction. Raises OthersAreInIt where one of these belongs to none of `producers`, if those
    are given.

    One call a transaction, as of `erase_notifikasjoner`: the engine's messages are locked in the
    order of their ids, once, as those who record their outcomes lock them.
    """
    if not ids:
        return
    coordinates = Sak.objects.filter(pk__in=ids).values("koordinat")
    theirs = Notifikasjon.objects.filter(sak_koordinat__in=coordinates).order_by("id")
    items = list(theirs.select_for_update().values_list("id", flat=True))
    if producers is not None:
        others = Notifikasjon.objects.filter(pk__in=items).exclude(produsent__in=producers)
        if number := others.count():
            raise not_alone(number)
    with _naming_none(items):
        erase_notifikasjoner(items, kilde=kilde, now=now)
        _bury("sak", _SAKER, ids, kilde=kilde, now=now)
    _do(_DELETE_SAKER, [ids] * 3)


def not_alone(number: int) -> OthersAreInIt:
    """Why a sak is not erased by who answers for some of its producers only."""
    words = gettext_noop(
        "Notifikasjoner of other producers would be erased with it ({number}), which you do not "
        "see: ask an administrator who is bound to no client."
    )
    return OthersAreInIt(words, number=number)


def erase_notifikasjoner(ids: Sequence[UUID], *, kilde: Kilde, now: datetime) -> None:
    """These (locked) items, in the caller's transaction."""
    if not ids:
        return
    with _naming_none(ids):
        _let_go_of_messages(ids, by=kilde.by, now=now)
        _bury("notifikasjon", _NOTIFIKASJONER, ids, kilde=kilde, now=now)
    _do(_DELETE_NOTIFIKASJONER, [ids] * 3)


def _naming_none(ids: Sequence[UUID]) -> AbstractContextManager[None]:
    """The trail outlives the items: a call whose correlation id holds the eksternId of one of
    them is noted without it.
    """
    told = correlation.current()
    named = bool(told and ids) and _do(_NAMED, [ids, told, TELLING, told])
    return correlation.withheld() if named else nullcontext()


def _let_go_of_messages(ids: Sequence[UUID], *, by: trail.By, now: datetime) -> None:
    """What has been ordered still leaves, on its own; the engine erases it when it is final."""
    # A sweep that is putting one into the outbox has to finish first.
    _do(_LOCK_WAITING_VARSLER, [ids])
    if varsler := [varsel for (varsel,) in _do(_VARSLER, [ids])]:
        erasing.erase(OWNER, varsler, by=by, now=now)
        _do(_DELETE_VARSLER, [ids])
        _do(_LET_GO_OF_VARSLER, [ids])


def _bury(kind: str, items: str, ids: Sequence[UUID], *, kilde: Kilde, now: datetime) -> None:
    """A tombstone for each of `items`, and an event that says no more than the tombstone, in the
    place of all that was told and of the keys that were used.
    """
    _do(_FORGET, [ids, ids])
    events = [uuid7() for _ in ids]
    told = [HendelseType.HARD_DELETE, now, kilde.acts_for, kilde.app_navn]
    _do(f"{items}{_BURY}", [ids, now, *told, ids, events])
    trail.record("cases.HardDelete", kind, ids, by=kilde.by, now=now, reason=kilde.reason)


def _do(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows that it finds, if it looks for any."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


_NAMED = """
SELECT 1 FROM cases_notifikasjon
WHERE id = ANY(%s) AND strpos(%s, ekstern_id) > 0 AND ekstern_id <> ''
  AND (length(ekstern_id) >= %s OR ekstern_id = %s)
LIMIT 1
"""
_LOCK_WAITING_VARSLER = """
SELECT FROM cases_eksterntvarsel
WHERE notifikasjon_id = ANY(%s) AND queue_at IS NOT NULL ORDER BY id FOR UPDATE
"""
_VARSLER = "SELECT id FROM cases_eksterntvarsel WHERE notifikasjon_id = ANY(%s)"
# Finished, or of a reminder that has not fired.
_DELETE_VARSLER = """
DELETE FROM cases_eksterntvarsel
WHERE notifikasjon_id = ANY(%s)
  AND (status <> 'NY' OR paaminnelse_id IS NOT NULL AND queue_at IS NULL AND queued_at IS NULL)
"""
_LET_GO_OF_VARSLER = """
UPDATE cases_eksterntvarsel SET notifikasjon_id = NULL, paaminnelse_id = NULL
WHERE notifikasjon_id = ANY(%s)
"""
_FORGET = """
WITH noekler AS (DELETE FROM cases_bruktnoekkel WHERE item_id = ANY(%s))
DELETE FROM cases_hendelse WHERE aggregate_id = ANY(%s)
"""
_NOTIFIKASJONER = """
WITH gone AS (
    SELECT id, type, merkelapp, grupperingsid, sak_koordinat, produsent
    FROM cases_notifikasjon WHERE id = ANY(%s))
"""
_SAKER = """
WITH gone AS (
    SELECT id, 'Sak' AS type, merkelapp, grupperingsid, koordinat AS sak_koordinat, produsent
    FROM cases_sak WHERE id = ANY(%s))
"""
_BURY = """
, buried AS (
    INSERT INTO cases_slettet
        (id, type, merkelapp, grupperingsid, sak_koordinat, slettet_at, produsent)
    SELECT id, type, merkelapp, grupperingsid, sak_koordinat, %s, produsent FROM gone)
INSERT INTO cases_hendelse
    (id, aggregate_id, type, tidspunkt, merkelapp, virksomhetsnummer, produsent, kilde_app_navn,
     correlation_id, payload)
SELECT event.id, gone.id, %s, %s, merkelapp, '', coalesce(%s, produsent), %s, '', '{}'
FROM gone JOIN unnest(%s::uuid[], %s::uuid[]) AS event (aggregate_id, id)
  ON event.aggregate_id = gone.id
"""
_DELETE_NOTIFIKASJONER = """
WITH paaminnelser AS (DELETE FROM cases_paaminnelse WHERE notifikasjon_id = ANY(%s)),
     mottakere AS (DELETE FROM cases_notifikasjonmottaker WHERE notifikasjon_id = ANY(%s))
DELETE FROM cases_notifikasjon WHERE id = ANY(%s)
"""
_DELETE_SAKER = """
WITH statuser AS (DELETE FROM cases_statusoppdatering WHERE sak_id = ANY(%s)),
     mottakere AS (DELETE FROM cases_sakmottaker WHERE sak_id = ANY(%s))
DELETE FROM cases_sak WHERE id = ANY(%s)
"""
