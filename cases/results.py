"""What a call answers: one frozen value per member of the result unions (cases contract 6, 7).

Each class is named as its GraphQL type; the faces translate, nothing else. Instants are aware
datetimes in UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cases.inputs import Lokasjon
from cases.states import (
    EksterntVarselStatus,
    KalenderavtaleTilstand,
    OppgaveTilstand,
    SaksStatus,
)


@dataclass(frozen=True, slots=True)
class Error:
    """A refusal that is an answer: nothing was changed."""

    feilmelding: str


@dataclass(frozen=True, slots=True)
class UkjentProdusent(Error):
    pass


@dataclass(frozen=True, slots=True)
class UgyldigMerkelapp(Error):
    pass


@dataclass(frozen=True, slots=True)
class UgyldigMottaker(Error):
    pass


@dataclass(frozen=True, slots=True)
class UkjentRolle(Error):
    """In the unions for old clients; never answered."""


@dataclass(frozen=True, slots=True)
class SakFinnesIkke(Error):
    pass


@dataclass(frozen=True, slots=True)
class NotifikasjonFinnesIkke(Error):
    pass


@dataclass(frozen=True, slots=True)
class DuplikatEksternIdOgMerkelapp(Error):
    id_til_eksisterende: UUID


@dataclass(frozen=True, slots=True)
class DuplikatGrupperingsid(Error):
    id_til_eksisterende: UUID


@dataclass(frozen=True, slots=True)
class DuplikatGrupperingsidEtterDelete(Error):
    pass


@dataclass(frozen=True, slots=True)
class Konflikt(Error):
    pass


@dataclass(frozen=True, slots=True)
class OppgavenErAlleredeUtfoert(Error):
    pass


@dataclass(frozen=True, slots=True)
class UgyldigPaaminnelseTidspunkt(Error):
    pass


@dataclass(frozen=True, slots=True)
class UgyldigKalenderavtale(Error):
    pass


# ---------------------------------------------------------------- successes
# `gjentatt`: an idempotent repeat, nothing was changed by this call. Not shown by GraphQL.


@dataclass(frozen=True, slots=True, kw_only=True)
class NySakVellykket:
    id: UUID
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOppdatering:
    status: SaksStatus
    tidspunkt: datetime
    overstyr_status_tekst_med: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NyStatusSakVellykket:
    """`id` is the status update's; `statuser` newest stated time first."""

    id: UUID
    statuser: tuple[StatusOppdatering, ...]
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NesteStegSakVellykket:
    id: UUID
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TilleggsinformasjonSakVellykket:
    id: UUID
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NyEksterntVarselResultat:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PaaminnelseResultat:
    eksterne_varsler: tuple[NyEksterntVarselResultat, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NyBeskjedVellykket:
    id: UUID
    eksterne_varsler: tuple[NyEksterntVarselResultat, ...]
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NyOppgaveVellykket:
    id: UUID
    eksterne_varsler: tuple[NyEksterntVarselResultat, ...]
    paaminnelse: PaaminnelseResultat | None = None
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NyKalenderavtaleVellykket:
    id: UUID
    eksterne_varsler: tuple[NyEksterntVarselResultat, ...]
    paaminnelse: PaaminnelseResultat | None = None
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OppdaterKalenderavtaleVellykket:
    id: UUID
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OppgaveUtfoertVellykket:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OppgaveUtgaattVellykket:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OppgaveUtsettFristVellykket:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OppgaveEndrePaaminnelseVellykket:
    id: UUID
    gjentatt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDeleteNotifikasjonVellykket:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HardDeleteNotifikasjonVellykket:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftDeleteSakVellykket:
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class HardDeleteSakVellykket:
    id: UUID


# ---------------------------------------------------------------- objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Sak:
    id: UUID
    grupperingsid: str
    virksomhetsnummer: str
    tittel: str
    lenke: str | None
    neste_steg: str | None
    tilleggsinformasjon: str | None
    merkelapp: str
    siste_status: SaksStatus | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AltinnMottaker:
    service_code: str
    service_edition: str
    virksomhetsnummer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AltinnRessursMottaker:
    virksomhetsnummer: str
    ressurs_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NaermesteLederMottaker:
    naermeste_leder_fnr: str
    ansatt_fnr: str
    virksomhetsnummer: str


Mottaker = AltinnMottaker | AltinnRessursMottaker | NaermesteLederMottaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    id: UUID
    ekstern_id: str
    opprettet_tidspunkt: datetime
    grupperingsid: str | None
    soft_deleted: bool
    soft_deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EksterntVarsel:
    id: UUID
    status: EksterntVarselStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class BeskjedData:
    merkelapp: str
    tekst: str
    lenke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OppgaveData:
    tilstand: OppgaveTilstand
    merkelapp: str
    tekst: str
    lenke: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KalenderavtaleData:
    """Start and end are instants; the faces show them as Oslo's local time."""

    merkelapp: str
    tekst: str
    lenke: str
    start_tidspunkt: datetime
    slutt_tidspunkt: datetime | None
    lokasjon: Lokasjon | None
    digitalt: bool
    tilstand: KalenderavtaleTilstand


@dataclass(frozen=True, slots=True, kw_only=True)
class Beskjed:
    mottaker: Mottaker
    mottakere: tuple[Mottaker, ...]
    metadata: Metadata
    beskjed: BeskjedData
    eksterne_varsler: tuple[EksterntVarsel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oppgave:
    mottaker: Mottaker
    mottakere: tuple[Mottaker, ...]
    metadata: Metadata
    oppgave: OppgaveData
    eksterne_varsler: tuple[EksterntVarsel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kalenderavtale:
    mottakere: tuple[Mottaker, ...]
    metadata: Metadata
    kalenderavtale: KalenderavtaleData
    eksterne_varsler: tuple[EksterntVarsel, ...]


Notifikasjon = Beskjed | Oppgave | Kalenderavtale


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifikasjonEdge:
    node: Notifikasjon
    cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInfo:
    has_next_page: bool
    end_cursor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifikasjonConnection:
    edges: tuple[NotifikasjonEdge, ...]
    page_info: PageInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class HentetNotifikasjon:
    notifikasjon: Notifikasjon


@dataclass(frozen=True, slots=True, kw_only=True)
class HentetSak:
    sak: Sak
