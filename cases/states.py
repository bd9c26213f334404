"""States and choices of saker, notifikasjoner and eksterne varsler (cases contract 5.1)."""

from django.db import models

from notifications_platform.core.states import StateMachine

OWNER = "cases"


class SaksStatus(models.TextChoices):
    """The label is the text shown unless the producer overrides it."""

    MOTTATT = "MOTTATT", "Mottatt"
    UNDER_BEHANDLING = "UNDER_BEHANDLING", "Under behandling"
    FERDIG = "FERDIG", "Ferdig"


class NotifikasjonType(models.TextChoices):
    BESKJED = "Beskjed"
    OPPGAVE = "Oppgave"
    KALENDERAVTALE = "Kalenderavtale"


class OppgaveTilstand(models.TextChoices):
    NY = "NY"
    UTFOERT = "UTFOERT"
    UTGAATT = "UTGAATT"


class KalenderavtaleTilstand(models.TextChoices):
    VENTER_SVAR_FRA_ARBEIDSGIVER = "VENTER_SVAR_FRA_ARBEIDSGIVER"
    ARBEIDSGIVER_VIL_AVLYSE = "ARBEIDSGIVER_VIL_AVLYSE"
    ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED = "ARBEIDSGIVER_VIL_ENDRE_TID_ELLER_STED"
    ARBEIDSGIVER_HAR_GODTATT = "ARBEIDSGIVER_HAR_GODTATT"
    AVLYST = "AVLYST"


class EksterntVarselStatus(models.TextChoices):
    NY = "NY"
    SENDT = "SENDT"
    FEILET = "FEILET"
    KANSELLERT = "KANSELLERT"


class Kanal(models.TextChoices):
    """How an eksternt varsel leaves, in the words of its input."""

    SMS = "sms"
    EPOST = "epost"
    ALTINNTJENESTE = "altinntjeneste"


class Sendevindu(models.TextChoices):
    NKS_AAPNINGSTID = "NKS_AAPNINGSTID"
    DAGTID_IKKE_SOENDAG = "DAGTID_IKKE_SOENDAG"
    LOEPENDE = "LOEPENDE"


class NyTidStrategi(models.TextChoices):
    FORLENG = "FORLENG"
    OVERSKRIV = "OVERSKRIV"


class MottakerType(models.TextChoices):
    """Named as the output types are."""

    ALTINN = "AltinnMottaker"
    ALTINN_RESSURS = "AltinnRessursMottaker"
    NAERMESTE_LEDER = "NaermesteLederMottaker"


class HendelseType(models.TextChoices):
    """What can happen to a sak or a notifikasjon (cases contract 12)."""

    SAK_OPPRETTET = "SakOpprettet"
    NY_STATUS_SAK = "NyStatusSak"
    NESTE_STEG_SAK = "NesteStegSak"
    TILLEGGSINFORMASJON_SAK = "TilleggsinformasjonSak"
    BESKJED_OPPRETTET = "BeskjedOpprettet"
    OPPGAVE_OPPRETTET = "OppgaveOpprettet"
    KALENDERAVTALE_OPPRETTET = "KalenderavtaleOpprettet"
    KALENDERAVTALE_OPPDATERT = "KalenderavtaleOppdatert"
    FRIST_UTSATT = "FristUtsatt"
    OPPGAVE_UTFOERT = "OppgaveUtfoert"
    OPPGAVE_UTGAATT = "OppgaveUtgaatt"
    OPPGAVE_PAAMINNELSE_ENDRET = "OppgavePaaminnelseEndret"
    PAAMINNELSE_OPPRETTET = "PaaminnelseOpprettet"
    BRUKER_KLIKKET = "BrukerKlikket"
    EKSTERNT_VARSEL_VELLYKKET = "EksterntVarselVellykket"
    EKSTERNT_VARSEL_FEILET = "EksterntVarselFeilet"
    EKSTERNT_VARSEL_KANSELLERT = "EksterntVarselKansellert"
    SOFT_DELETE = "SoftDelete"
    HARD_DELETE = "HardDelete"


# A producer may set any status after any other.
SAKS_STATUS: StateMachine[SaksStatus] = StateMachine(
    {status: set(SaksStatus) for status in SaksStatus}
)

_O = OppgaveTilstand
OPPGAVE: StateMachine[OppgaveTilstand] = StateMachine(
    {
        _O.NY: {_O.UTFOERT, _O.UTGAATT},
        _O.UTGAATT: {_O.NY, _O.UTFOERT, _O.UTGAATT},
        _O.UTFOERT: {_O.UTFOERT},
    }
)

_V = EksterntVarselStatus
EKSTERNT_VARSEL: StateMachine[EksterntVarselStatus] = StateMachine(
    {
        _V.NY: {_V.SENDT, _V.FEILET, _V.KANSELLERT},
        _V.SENDT: set(),
        _V.FEILET: set(),
        _V.KANSELLERT: set(),
    }
)
