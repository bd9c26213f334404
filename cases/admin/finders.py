"""What the search box finds in `cases`, each by an index of its own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.functions import MD5, Cast, Left, Lower
from django.utils.translation import gettext_lazy as _

from cases.admin.finding import koordinater
from cases.admin.hits import (
    erased_hit,
    leader_hit,
    notifikasjon_hit,
    producer_hit,
    sak_hit,
    varsel_hit,
)
from cases.models import (
    AppName,
    EksterntVarsel,
    NearestLeader,
    Notifikasjon,
    NotifikasjonMottaker,
    Producer,
    Sak,
    SakMottaker,
    Slettet,
    StatusOppdatering,
)
from cases.models.mottakere import INDEXED
from cases.models.varsler import TO_ADDRESS
from cases.states import OWNER
from notifications_platform.back_office.owned import Clients, within
from notifications_platform.back_office.searching.finders import (
    Find,
    Finder,
    Found,
    Group,
    register,
)
from notifications_platform.back_office.searching.keysets import (
    newest,
    newest_by_time,
    newest_of_each,
    newest_of_few,
    time_key,
)
from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.delivery import finding
from notifications_platform.delivery.models import Message

_RECEIVED = "mottatt_tidspunkt"
_LEADER = _("its nearest leader has this number")
_EMPLOYEE = _("about the employee with this number")


def _own(rows: QuerySet[Any], clients: Clients, column: str = "produsent") -> QuerySet[Any]:
    return rows if clients is None else rows.filter(**{f"{column}__in": sorted(clients)})


def _saker(clients: Clients) -> "QuerySet[Sak]":
    newest_status = StatusOppdatering.objects.filter(sak=OuterRef("pk")).order_by("-nummer")
    saker = Sak.objects.annotate(status=Subquery(newest_status.values("status")[:1]))
    return _own(saker, clients)


def _notifikasjoner(clients: Clients) -> "QuerySet[Notifikasjon]":
    return _own(Notifikasjon.objects.defer("tekst", "first_varsler"), clients)


# --- by what they are called ----------------------------------------------------------------


def _saker_called(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By id, by a key of the producer's."""
    called = _called(term, "koordinat")
    rows = newest_of_few(_saker(clients).filter(called), _RECEIVED, before=before, limit=limit)
    return Found([sak_hit(sak, time_key(sak.mottatt_tidspunkt, sak.pk)) for sak in rows])


def _notifikasjoner_called(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _notifikasjoner(clients).filter(_called(term, "koordinat"))
    return _shown(newest_of_few(rows, _RECEIVED, before=before, limit=limit))


def _notifikasjoner_of_sak(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Those with this grupperingsid, whether there is a sak or not."""
    groups = _with_notifikasjoner(koordinater(term.of(Kind.TEXT)))
    rows = _notifikasjoner(clients)
    parts = [rows.filter(sak_koordinat=group) for group in groups]
    return _shown(newest_of_each(parts, _RECEIVED, before=before, limit=limit))


def _varsler_called(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _own(EksterntVarsel.objects.all(), clients).filter(pk=term.of(Kind.UUID))
    found = newest_by_time(rows, "created_at", before=before, limit=limit)
    return Found([varsel_hit(one, time_key(one.created_at, one.pk)) for one in found])


def _erased_called(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    called = _called(term, "sak_koordinat") & (Q(type="Sak") if term.of(Kind.TEXT) else Q())
    if id := term.of(Kind.UUID):
        called |= Q(pk=id)
    rows = _own(Slettet.objects.all(), clients).filter(called)
    found = newest_of_few(rows, "slettet_at", before=before, limit=limit)
    return Found([erased_hit(one, time_key(one.slettet_at, one.pk)) for one in found])


def _called(term: Term, column: str) -> Q:
    named = Q(**{f"{column}__in": koordinater(term.of(Kind.TEXT))})
    id = term.of(Kind.UUID)
    return named | Q(pk=id) if id else named


def _with_notifikasjoner(groups: Sequence[UUID]) -> list[UUID]:
    """Those of the coordinates that any notifikasjon has, by one look at the index for each."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked FROM unnest(%s::uuid[]) AS asked
            WHERE EXISTS (SELECT FROM cases_notifikasjon WHERE sak_koordinat = asked)
            """,
            [list(groups)],
        )
        return [asked for (asked,) in cursor.fetchall()]


# --- by whom they are for -------------------------------------------------------------------


def _saker_of_virksomhet(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _of_virksomhet(_saker(clients), term)
    found = newest_by_time(rows, _RECEIVED, before=before, limit=limit)
    return Found([sak_hit(sak, time_key(sak.mottatt_tidspunkt, sak.pk)) for sak in found])


def _notifikasjoner_of_virksomhet(
    term: Term, *, clients: Clients, before: str, limit: int
) -> Found:
    rows = _of_virksomhet(_notifikasjoner(clients), term)
    return _shown(newest_by_time(rows, _RECEIVED, before=before, limit=limit))


def _of_virksomhet(rows: QuerySet[Any], term: Term) -> QuerySet[Any]:
    number = term.of(Kind.ORGANIZATION)
    begins = rows.alias(begins=Left("virksomhetsnummer", INDEXED))
    found: QuerySet[Any] = begins.filter(begins=number, virksomhetsnummer=number)
    return found


def _shown(rows: "QuerySet[Notifikasjon] | Sequence[Notifikasjon]") -> Found:
    return Found([notifikasjon_hit(one, time_key(one.mottatt_tidspunkt, one.pk)) for one in rows])


def _saker_for(column: str, why: Any) -> Find:
    """Saker by a national identity number in this column of their recipients."""

    def find(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
        rows = _with_number(
            _own(SakMottaker.objects.all(), clients, "sak__produsent"), column, term
        )
        rows = newest(rows, before=before, limit=limit)
        saker = _saker(clients).in_bulk({row.sak_id for row in rows})
        return Found([sak_hit(saker[row.sak_id], str(row.pk), why) for row in rows])

    return find


def _notifikasjoner_for(column: str, why: Any) -> Find:
    def find(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
        mottakere = _own(NotifikasjonMottaker.objects.all(), clients, "notifikasjon__produsent")
        rows = newest(_with_number(mottakere, column, term), before=before, limit=limit)
        items = _notifikasjoner(clients).in_bulk({row.notifikasjon_id for row in rows})
        return Found(
            [notifikasjon_hit(items[row.notifikasjon_id], str(row.pk), why) for row in rows]
        )

    return find


def _with_number(rows: QuerySet[Any], column: str, term: Term) -> QuerySet[Any]:
    number = term.of(Kind.PERSON)
    begins = rows.alias(begins=Left(column, INDEXED)).filter(~Q(**{column: ""}), begins=number)
    found: QuerySet[Any] = begins.filter(**{column: number})
    return found


# --- external messages ----------------------------------------------------------------------


def _varsler_waiting(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Those that the outbox does not have yet."""
    address = term.of(Kind.EMAIL) or term.of(Kind.MOBILE)
    digest = Cast(MD5(Lower(Value(address))), UUIDField())
    rows = _own(EksterntVarsel.objects.alias(digest=TO_ADDRESS), clients)
    rows = rows.filter(~Q(adresse=""), digest=digest)
    found = newest_of_few(rows, "created_at", before=before, limit=limit)
    return Found([varsel_hit(one, time_key(one.created_at, one.pk)) for one in found])


def _varsler_sent(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By the messages that they have become."""
    own = finding.of_clients(Message.objects.only("owner_id"), clients).filter(owner_kind=OWNER)
    parts = finding.to_addresses(own, [term.of(Kind.EMAIL), term.of(Kind.MOBILE)])
    messages = finding.newest_of(parts, before=before, limit=limit)
    varsler = EksterntVarsel.objects.in_bulk({message.owner_id for message in messages})
    return Found(
        [
            varsel_hit(varsler[message.owner_id], str(message.pk))
            for message in messages
            if message.owner_id in varsler
        ]
    )


# --- registers ------------------------------------------------------------------------------


def _producers(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By client id, or by a name that may act as the producer."""
    name = term.of(Kind.TEXT)
    acting = AppName.objects.filter(name=name)[:1]
    ids = within([name, *(one.producer_id for one in acting)], clients)
    rows = Producer.objects.filter(client_id__in=ids)
    return Found([producer_hit(one) for one in newest(rows, before=before, limit=limit)])


def _leaders(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Whom the person leads, and who leads the person."""
    if clients is not None:
        return Found()
    number = term.of(Kind.PERSON)
    found = {
        one.pk: one
        for column in ("leader", "employee")
        for one in newest(
            NearestLeader.objects.filter(**{column: number}), before=before, limit=limit
        )
    }
    rows = sorted(found.values(), key=lambda one: one.pk, reverse=True)[:limit]
    return Found([leader_hit(one, leads=one.leader == number) for one in rows])


def _finder(name: str, find: Find, *kinds: Kind, model: str = "") -> Finder:
    """Of one of the registers, if it names a model."""
    return Finder(
        name=name,
        group=Group.REGISTERS if model else Group.CASES,
        kinds=kinds,
        permission=f"cases.view_{model or 'sak'}",
        find=find,
    )


register(
    _finder("saker called", _saker_called, Kind.UUID, Kind.TEXT),
    _finder("notifikasjoner called", _notifikasjoner_called, Kind.UUID, Kind.TEXT),
    _finder("notifikasjoner of sak", _notifikasjoner_of_sak, Kind.TEXT),
    _finder("external messages called", _varsler_called, Kind.UUID),
    _finder("erased items called", _erased_called, Kind.UUID, Kind.TEXT),
    _finder("saker of virksomhet", _saker_of_virksomhet, Kind.ORGANIZATION),
    _finder("notifikasjoner of virksomhet", _notifikasjoner_of_virksomhet, Kind.ORGANIZATION),
    _finder("saker by leader", _saker_for("naermeste_leder_fnr", _LEADER), Kind.PERSON),
    _finder("saker by employee", _saker_for("ansatt_fnr", _EMPLOYEE), Kind.PERSON),
    _finder(
        "notifikasjoner by leader",
        _notifikasjoner_for("naermeste_leder_fnr", _LEADER),
        Kind.PERSON,
    ),
    _finder(
        "notifikasjoner by employee", _notifikasjoner_for("ansatt_fnr", _EMPLOYEE), Kind.PERSON
    ),
    _finder("external messages waiting", _varsler_waiting, Kind.EMAIL, Kind.MOBILE),
    _finder("external messages sent", _varsler_sent, Kind.EMAIL, Kind.MOBILE),
    _finder("producer", _producers, Kind.TEXT, model="producer"),
    _finder("nearest leader", _leaders, Kind.PERSON, model="nearestleader"),
)
