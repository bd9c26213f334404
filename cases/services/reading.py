"""Reading items back (cases contract 6). Bounded queries, whatever is read and however much is
stored; a page costs the same wherever it stands.
"""

import base64
import binascii
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import connection

from cases import inputs, results
from cases.coordinates import koordinat
from cases.errors import Problem, UgyldigInput
from cases.inputs import MineNotifikasjoner, NotifikasjonRef, SakRef
from cases.models import EksterntVarsel, Notifikasjon, NotifikasjonMottaker
from cases.producers import Kaller
from cases.services import mottakere
from cases.services.acting import Acting, Refused, act, answering
from cases.states import (
    EksterntVarselStatus,
    KalenderavtaleTilstand,
    NotifikasjonType,
    OppgaveTilstand,
    SaksStatus,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def whoami(kaller: Kaller) -> str:
    """The app name, registered or not."""
    return kaller.app_navn


@answering
def hent_sak(ref: SakRef, *, kaller: Kaller, now: datetime) -> results.HentetSak:
    sak = act(kaller, now=now).sak(ref, lock=False)
    siste = sak.statuser.order_by("-nummer").values_list("status", flat=True).first()
    return results.HentetSak(
        sak=results.Sak(
            id=sak.id,
            grupperingsid=sak.grupperingsid,
            virksomhetsnummer=sak.virksomhetsnummer,
            tittel=sak.tittel,
            lenke=sak.lenke,
            neste_steg=sak.neste_steg,
            tilleggsinformasjon=sak.tilleggsinformasjon,
            merkelapp=sak.merkelapp,
            siste_status=SaksStatus(siste) if siste else None,
        )
    )


@answering
def hent_notifikasjon(
    ref: NotifikasjonRef,
    *,
    typer: Collection[NotifikasjonType] | None = None,
    kaller: Kaller,
    now: datetime,
) -> results.HentetNotifikasjon:
    """With `typer`, one of another kind is not found."""
    acting = act(kaller, now=now)
    found = acting.notifikasjon(ref, typer or tuple(NotifikasjonType), lock=False)
    if shown := _shown([found]).get(found.id):
        return results.HentetNotifikasjon(notifikasjon=shown)
    raise Refused(results.NotifikasjonFinnesIkke("It has been deleted just now."))


@answering
def mine_notifikasjoner(
    ny: MineNotifikasjoner, *, kaller: Kaller, now: datetime
) -> results.NotifikasjonConnection:
    """A page of the producer's notifikasjoner, oldest receipt first, ties by id.

    Raises UgyldigInput for a cursor that cannot be read.
    """
    after = _position(ny.after)
    merkelapper = _merkelapper(ny, act(kaller, now=now))
    ids = _page(merkelapper, ny.grupperingsid, after, limit=ny.first + 1)
    several = Notifikasjon.objects.in_bulk(ids[: ny.first])
    nodes = _shown(several.values())
    edges = tuple(
        results.NotifikasjonEdge(node=nodes[id], cursor=_cursor(several[id]))
        for id in ids[: ny.first]
        if id in nodes
    )
    end = edges[-1].cursor if edges else ny.after or _NOWHERE
    return results.NotifikasjonConnection(
        edges=edges,
        page_info=results.PageInfo(has_next_page=len(ids) > ny.first, end_cursor=end),
    )


def _merkelapper(ny: MineNotifikasjoner, acting: Acting) -> Sequence[str]:
    if ny.begge_filtre:
        raise Refused(results.UgyldigMerkelapp("Give merkelapp or merkelapper, not both."))
    if ny.merkelapper is None:
        return sorted(acting.produsent.merkelapper)
    for merkelapp in ny.merkelapper:
        acting.must_use(merkelapp)
    return sorted(set(ny.merkelapper))


def _page(
    merkelapper: Sequence[str],
    grupperingsid: str | None,
    after: tuple[datetime, UUID] | None,
    *,
    limit: int,
) -> list[UUID]:
    """The index of each label gives its own first rows; the first of them all are the page."""
    column, keys = "merkelapp", list(merkelapper)
    if grupperingsid is not None:
        column = "sak_koordinat"
        keys = [str(koordinat(merkelapp, grupperingsid)) for merkelapp in merkelapper]
    kind = "uuid" if column == "sak_koordinat" else "text"
    moment, last = after or ("-infinity", UUID(int=0))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT page.id FROM unnest(%s::{kind}[]) AS chosen (key)
            CROSS JOIN LATERAL (
                SELECT id, mottatt_tidspunkt FROM cases_notifikasjon
                WHERE {column} = chosen.key
                  AND (mottatt_tidspunkt, id) > (%s::timestamptz, %s::uuid)
                ORDER BY mottatt_tidspunkt, id LIMIT %s) AS page
            ORDER BY page.mottatt_tidspunkt, page.id LIMIT %s
            """,  # noqa: S608 column and kind are ours
            [keys, moment, last, limit, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def _cursor(row: Notifikasjon) -> str:
    microseconds = (row.mottatt_tidspunkt - _EPOCH) // _MICROSECOND
    return base64.b64encode(f"{microseconds}:{row.id}".encode()).decode()


_NOWHERE = base64.b64encode(b":").decode()


def _position(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None or cursor == _NOWHERE:
        return None
    try:
        microseconds, _, id = base64.b64decode(cursor, validate=True).decode().partition(":")
        return _EPOCH + int(microseconds) * _MICROSECOND, UUID(id)
    except (binascii.Error, ValueError, OverflowError):
        detail = "Not a cursor. Give one that an edge or endCursor of this query had."
        raise UgyldigInput([Problem("after", "BAD_CURSOR", detail)]) from None


def _shown(rows: Collection[Notifikasjon]) -> dict[UUID, results.Notifikasjon]:
    """Two queries for any number of rows. One that is erased meanwhile is left out: it has no
    recipients any more.
    """
    ids = [row.id for row in rows]
    theirs: dict[UUID, list[results.Mottaker]] = defaultdict(list)
    for mottaker in NotifikasjonMottaker.objects.filter(notifikasjon__in=ids).order_by("posisjon"):
        theirs[mottaker.notifikasjon_id].append(mottakere.shown(mottaker))
    varsler = _varsler(ids)
    return {
        row.id: _node(row, tuple(theirs[row.id]), varsler[row.id])
        for row in rows
        if row.id in theirs
    }


def _varsler(ids: Iterable[UUID]) -> dict[UUID, tuple[results.EksterntVarsel, ...]]:
    """Those ordered at creation and by updates, in order; a reminder's are not listed."""
    found: dict[UUID, tuple[results.EksterntVarsel, ...]] = defaultdict(tuple)
    rows = EksterntVarsel.objects.filter(notifikasjon__in=ids, paaminnelse__isnull=True)
    for notifikasjon_id, id, status in rows.order_by("nummer").values_list(
        "notifikasjon_id", "id", "status"
    ):
        if notifikasjon_id is not None:
            varsel = results.EksterntVarsel(id=id, status=EksterntVarselStatus(status))
            found[notifikasjon_id] += (varsel,)
    return found


def _node(
    row: Notifikasjon,
    recipients: tuple[results.Mottaker, ...],
    varsler: tuple[results.EksterntVarsel, ...],
) -> results.Notifikasjon:
    metadata = _metadata(row)
    match row.type:
        case NotifikasjonType.BESKJED:
            return results.Beskjed(
                mottaker=recipients[0],
                mottakere=recipients,
                metadata=metadata,
                beskjed=results.BeskjedData(
                    merkelapp=row.merkelapp, tekst=row.tekst, lenke=row.lenke
                ),
                eksterne_varsler=varsler,
            )
        case NotifikasjonType.OPPGAVE:
            return results.Oppgave(
                mottaker=recipients[0],
                mottakere=recipients,
                metadata=metadata,
                oppgave=results.OppgaveData(
                    tilstand=OppgaveTilstand(row.tilstand),
                    merkelapp=row.merkelapp,
                    tekst=row.tekst,
                    lenke=row.lenke,
                ),
                eksterne_varsler=varsler,
            )
    return results.Kalenderavtale(
        mottakere=recipients,
        metadata=metadata,
        kalenderavtale=_kalenderavtale(row),
        eksterne_varsler=varsler,
    )


def _kalenderavtale(row: Notifikasjon) -> results.KalenderavtaleData:
    if row.start_tidspunkt is None:
        raise RuntimeError("A kalenderavtale without a start: the database refuses that.")
    return results.KalenderavtaleData(
        merkelapp=row.merkelapp,
        tekst=row.tekst,
        lenke=row.lenke,
        start_tidspunkt=row.start_tidspunkt,
        slutt_tidspunkt=row.slutt_tidspunkt,
        lokasjon=inputs.Lokasjon(**row.lokasjon) if row.lokasjon else None,
        digitalt=row.digitalt,
        tilstand=KalenderavtaleTilstand(row.tilstand),
    )


def _metadata(row: Notifikasjon) -> results.Metadata:
    return results.Metadata(
        id=row.id,
        ekstern_id=row.ekstern_id,
        opprettet_tidspunkt=row.opprettet_tidspunkt,
        grupperingsid=row.grupperingsid,
        soft_deleted=row.soft_deleted_at is not None,
        soft_deleted_at=row.soft_deleted_at,
    )
