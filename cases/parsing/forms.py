"""From the arguments of a call to what the services take (cases contract 5, 15, 17).

Arguments are as the schema's types coerce them: members by their wire names, scalars parsed,
enums as their names, defaults filled in; an optional member may be absent or None. Every
function raises `cases.errors.UgyldigInput` with all problems it finds, each at its path from
the arguments down: `nyOppgave.mottakere[0]`, `tittel`. No function changes what it is given.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, TypedDict
from uuid import UUID

from cases.inputs import (
    AvsluttOppgave,
    ByEksternId,
    ByGrupperingsid,
    ById,
    EksterntVarsel,
    FutureTemporal,
    MineNotifikasjoner,
    Mottaker,
    NotifikasjonRef,
    NyBeskjed,
    NyKalenderavtale,
    NyOppgave,
    NySak,
    NyStatusSak,
    OppdaterKalenderavtale,
    Paaminnelse,
    SakRef,
)
from cases.parsing import parts
from cases.parsing.reader import Code, Part, reading
from cases.parsing.texts import LONGEST_TEKST, LONGEST_TITTEL, shown, shown_if_any
from cases.states import KalenderavtaleTilstand, SaksStatus

Arguments = Mapping[str, Any]

MOST_ON_A_PAGE = 10_000
DEFAULT_PAGE = 1000
_HEX = "[0-9a-fA-F]"
_UUID = re.compile(rf"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}")


# ---------------------------------------------------------------- which item


def sak_ref(arguments: Arguments) -> SakRef:
    """By `id`, or by `grupperingsid` and `merkelapp`."""
    with reading(arguments) as whole:
        if whole.has("id"):
            return _by_id(whole)
        return ByGrupperingsid(whole.text("merkelapp"), whole.text("grupperingsid"))


def notifikasjon_ref(arguments: Arguments) -> NotifikasjonRef:
    """By `id`, or by `merkelapp` and `eksternId`."""
    with reading(arguments) as whole:
        if whole.has("id"):
            return _by_id(whole)
        return ByEksternId(whole.text("merkelapp"), whole.text("eksternId"))


def _by_id(whole: Part) -> ById:
    """Any text is allowed; one that is no UUID names nothing (cases contract 4)."""
    text = whole.text("id")
    return ById(UUID(text) if _UUID.fullmatch(text) else None)


def idempotency_key(arguments: Arguments) -> str | None:
    with reading(arguments) as whole:
        return whole.text_if_any("idempotencyKey")


# ---------------------------------------------------------------- saker


def ny_sak(arguments: Arguments) -> NySak:
    with reading(arguments) as whole:
        return NySak(
            grupperingsid=whole.text("grupperingsid"),
            merkelapp=whole.text("merkelapp"),
            virksomhetsnummer=whole.text("virksomhetsnummer"),
            mottakere=parts.mottakere(whole),
            tittel=shown(whole, "tittel", LONGEST_TITTEL),
            initiell_status=SaksStatus(whole.text("initiellStatus")),
            tilleggsinformasjon=_tilleggsinformasjon(whole),
            lenke=whole.text_if_any("lenke"),
            neste_steg=whole.text_if_any("nesteSteg"),
            tidspunkt=whole.moment_if_any("tidspunkt"),
            overstyr_statustekst_med=whole.text_if_any("overstyrStatustekstMed"),
            hard_delete=parts.hard_delete(whole),
        )


def ny_status_sak(arguments: Arguments) -> NyStatusSak:
    with reading(arguments) as whole:
        return NyStatusSak(
            ny_status=SaksStatus(whole.text("nyStatus")),
            tidspunkt=whole.moment_if_any("tidspunkt"),
            overstyr_statustekst_med=whole.text_if_any("overstyrStatustekstMed"),
            ny_lenke_til_sak=whole.text_if_any("nyLenkeTilSak"),
            hard_delete=parts.hard_delete_update(whole),
            idempotency_key=whole.text_if_any("idempotencyKey"),
        )


def neste_steg(arguments: Arguments) -> str | None:
    """None, given or not, clears it."""
    with reading(arguments) as whole:
        return whole.text_if_any("nesteSteg")


def tilleggsinformasjon(arguments: Arguments) -> str | None:
    """None, given or not, clears it."""
    with reading(arguments) as whole:
        return _tilleggsinformasjon(whole)


def _tilleggsinformasjon(whole: Part) -> str | None:
    return shown_if_any(whole, "tilleggsinformasjon", LONGEST_TITTEL)


# ---------------------------------------------------------------- new notifications


class _Common(TypedDict):
    """What a beskjed and an oppgave have in common."""

    merkelapp: str
    tekst: str
    lenke: str
    virksomhetsnummer: str
    ekstern_id: str
    grupperingsid: str | None
    mottakere: tuple[Mottaker, ...]
    eksterne_varsler: tuple[EksterntVarsel, ...]
    hard_delete: FutureTemporal | None


def ny_beskjed(arguments: Arguments) -> NyBeskjed:
    """The arguments hold `nyBeskjed`."""
    with reading(arguments) as whole:
        new = whole.part("nyBeskjed")
        stated = new.part("metadata").moment_if_any("opprettetTidspunkt")
        return NyBeskjed(**_common(new), opprettet_tidspunkt=stated)


def ny_oppgave(arguments: Arguments) -> NyOppgave:
    """The arguments hold `nyOppgave`."""
    with reading(arguments) as whole:
        new = whole.part("nyOppgave")
        return NyOppgave(
            **_common(new),
            opprettet_tidspunkt=new.part("metadata").moment_if_any("opprettetTidspunkt"),
            frist=new.day("frist") if new.has("frist") else None,
            paaminnelse=parts.paaminnelse(new),
        )


def _common(new: Part) -> _Common:
    content, metadata = new.part("notifikasjon"), new.part("metadata")
    return {
        "mottakere": parts.mottakere(new),
        "merkelapp": content.text("merkelapp"),
        "tekst": shown(content, "tekst", LONGEST_TEKST),
        "lenke": content.text("lenke"),
        "virksomhetsnummer": metadata.text("virksomhetsnummer"),
        "ekstern_id": metadata.text("eksternId"),
        "grupperingsid": metadata.text_if_any("grupperingsid"),
        "hard_delete": parts.hard_delete(metadata),
        "eksterne_varsler": parts.eksterne_varsler(new),
    }


def ny_kalenderavtale(arguments: Arguments) -> NyKalenderavtale:
    with reading(arguments) as whole:
        tilstand = whole.text_if_any("tilstand")
        waiting = KalenderavtaleTilstand.VENTER_SVAR_FRA_ARBEIDSGIVER
        return NyKalenderavtale(
            virksomhetsnummer=whole.text("virksomhetsnummer"),
            grupperingsid=whole.text("grupperingsid"),
            merkelapp=whole.text("merkelapp"),
            ekstern_id=whole.text("eksternId"),
            tekst=shown(whole, "tekst", LONGEST_TEKST),
            lenke=whole.text("lenke"),
            mottakere=parts.mottakere(whole),
            start_tidspunkt=whole.moment("startTidspunkt"),
            slutt_tidspunkt=whole.moment_if_any("sluttTidspunkt"),
            lokasjon=parts.lokasjon(whole, "lokasjon"),
            er_digitalt=bool(whole.truth_if_any("erDigitalt")),
            tilstand=KalenderavtaleTilstand(tilstand) if tilstand else waiting,
            eksterne_varsler=parts.eksterne_varsler(whole),
            paaminnelse=parts.paaminnelse(whole),
            hard_delete=parts.hard_delete(whole),
        )


# ---------------------------------------------------------------- changed notifications


def oppdater_kalenderavtale(arguments: Arguments) -> OppdaterKalenderavtale:
    with reading(arguments) as whole:
        tilstand = whole.text_if_any("nyTilstand")
        return OppdaterKalenderavtale(
            ny_tilstand=KalenderavtaleTilstand(tilstand) if tilstand else None,
            ny_tekst=shown_if_any(whole, "nyTekst", LONGEST_TEKST),
            ny_lenke=whole.text_if_any("nyLenke"),
            ny_lokasjon=parts.lokasjon(whole, "nyLokasjon"),
            ny_er_digitalt=whole.truth_if_any("nyErDigitalt"),
            hard_delete=parts.hard_delete_update(whole),
            idempotency_key=whole.text_if_any("idempotencyKey"),
            eksterne_varsler=parts.eksterne_varsler(whole),
            paaminnelse=parts.paaminnelse(whole),
        )


def avslutt_oppgave(
    arguments: Arguments, *, tidspunkt: Literal["utfoertTidspunkt", "utgaattTidspunkt"]
) -> AvsluttOppgave:
    """`tidspunkt` names the argument that says when it happened."""
    with reading(arguments) as whole:
        return AvsluttOppgave(
            tidspunkt=whole.moment_if_any(tidspunkt),
            ny_lenke=whole.text_if_any("nyLenke"),
            hard_delete=parts.hard_delete_update(whole),
        )


def ny_frist(arguments: Arguments) -> date:
    with reading(arguments) as whole:
        return whole.day("nyFrist")


def paaminnelse(arguments: Arguments) -> Paaminnelse | None:
    """The argument `paaminnelse`; None when it is absent or null."""
    with reading(arguments) as whole:
        return parts.paaminnelse(whole)


# ---------------------------------------------------------------- lists


def mine_notifikasjoner(arguments: Arguments) -> MineNotifikasjoner:
    with reading(arguments) as whole:
        first = whole.number_if_any("first")
        if first is not None and not 1 <= first <= MOST_ON_A_PAGE:
            detail = f"Give a number from 1 to {MOST_ON_A_PAGE}."
            whole.refuse("first", Code.OUT_OF_RANGE, detail)
        one, several = whole.text_if_any("merkelapp"), whole.has("merkelapper")
        labels = (*([one] if one is not None else []), *whole.texts("merkelapper"))
        return MineNotifikasjoner(
            first=DEFAULT_PAGE if first is None else first,
            after=whole.text_if_any("after"),
            merkelapper=labels if one is not None or several else None,
            begge_filtre=one is not None and several,
            grupperingsid=whole.text_if_any("grupperingsid"),
        )
