"""What a producer asks for, read and checked (cases contract 4, 5): one frozen value per input.

Names are the contract's in Python's spelling. Every instant is an aware datetime in UTC, local
Oslo times included; `None` means that the caller left it out or gave null.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from cases.durations import Duration
from cases.states import (
    KalenderavtaleTilstand,
    Kanal,
    NyTidStrategi,
    SaksStatus,
    Sendevindu,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AltinnMottaker:
    service_code: str
    service_edition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AltinnRessursMottaker:
    ressurs_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NaermesteLederMottaker:
    naermeste_leder_fnr: str
    ansatt_fnr: str


Mottaker = AltinnMottaker | AltinnRessursMottaker | NaermesteLederMottaker


@dataclass(frozen=True, slots=True, kw_only=True)
class EksterntVarsel:
    """An SMS, e-mail or Altinn-service message to be.

    `adresse` is `+47…` or the e-mail address, empty for an Altinn service; `tittel` is empty
    for an SMS; `tekst` is smsTekst, epostHtmlBody or innhold, as given. Either `sendevindu`
    or `tidspunkt` is set, for a reminder always `sendevindu`.
    """

    kanal: Kanal
    tekst: str
    tittel: str = ""
    adresse: str = ""
    service_code: str = ""
    service_edition: str = ""
    sendevindu: Sendevindu | None = None
    tidspunkt: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaaminnelseTidspunkt:
    """Exactly one is set."""

    konkret: datetime | None = None
    etter_opprettelse: Duration | None = None
    foer_frist: Duration | None = None
    foer_start_tidspunkt: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paaminnelse:
    tidspunkt: PaaminnelseTidspunkt
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FutureTemporal:
    """Exactly one is set. `om` is counted from a moment that depends on the call."""

    den: datetime | None = None
    om: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HardDeleteUpdate:
    ny_tid: FutureTemporal
    strategi: NyTidStrategi


@dataclass(frozen=True, slots=True, kw_only=True)
class Lokasjon:
    adresse: str
    postnummer: str
    poststed: str


@dataclass(frozen=True, slots=True)
class ById:
    """`id` is None for a text that is no UUID: nothing is found by it."""

    id: UUID | None


@dataclass(frozen=True, slots=True)
class ByGrupperingsid:
    merkelapp: str
    grupperingsid: str


@dataclass(frozen=True, slots=True)
class ByEksternId:
    merkelapp: str
    ekstern_id: str


SakRef = ById | ByGrupperingsid
NotifikasjonRef = ById | ByEksternId


@dataclass(frozen=True, slots=True, kw_only=True)
class NySak:
    grupperingsid: str
    merkelapp: str
    virksomhetsnummer: str
    mottakere: tuple[Mottaker, ...]
    tittel: str
    initiell_status: SaksStatus
    tilleggsinformasjon: str | None = None
    lenke: str | None = None
    neste_steg: str | None = None
    tidspunkt: datetime | None = None
    overstyr_statustekst_med: str | None = None
    hard_delete: FutureTemporal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NyStatusSak:
    ny_status: SaksStatus
    tidspunkt: datetime | None = None
    overstyr_statustekst_med: str | None = None
    ny_lenke_til_sak: str | None = None
    hard_delete: HardDeleteUpdate | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NyNotifikasjon:
    """What the three kinds have in common."""

    merkelapp: str
    ekstern_id: str
    virksomhetsnummer: str
    tekst: str
    lenke: str
    mottakere: tuple[Mottaker, ...]
    grupperingsid: str | None = None
    opprettet_tidspunkt: datetime | None = None
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()
    hard_delete: FutureTemporal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NyBeskjed(NyNotifikasjon):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class NyOppgave(NyNotifikasjon):
    frist: date | None = None
    paaminnelse: Paaminnelse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NyKalenderavtale(NyNotifikasjon):
    """`grupperingsid` is always set, `opprettet_tidspunkt` never."""

    start_tidspunkt: datetime
    slutt_tidspunkt: datetime | None = None
    lokasjon: Lokasjon | None = None
    er_digitalt: bool = False
    tilstand: KalenderavtaleTilstand = KalenderavtaleTilstand.VENTER_SVAR_FRA_ARBEIDSGIVER
    paaminnelse: Paaminnelse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OppdaterKalenderavtale:
    ny_tilstand: KalenderavtaleTilstand | None = None
    ny_tekst: str | None = None
    ny_lenke: str | None = None
    ny_lokasjon: Lokasjon | None = None
    ny_er_digitalt: bool | None = None
    hard_delete: HardDeleteUpdate | None = None
    idempotency_key: str | None = None
    eksterne_varsler: tuple[EksterntVarsel, ...] = ()
    paaminnelse: Paaminnelse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvsluttOppgave:
    """`oppgaveUtfoert` or `oppgaveUtgaatt`: when it happened, as the producer says."""

    tidspunkt: datetime | None = None
    ny_lenke: str | None = None
    hard_delete: HardDeleteUpdate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MineNotifikasjoner:
    """`after` is the cursor as given; `merkelapper` None means no filter, empty nothing.

    With `begge_filtre` the caller gave `merkelapp` and `merkelapper` both.
    """

    first: int = 1000
    after: str | None = None
    merkelapper: tuple[str, ...] | None = None
    begge_filtre: bool = False
    grupperingsid: str | None = None
