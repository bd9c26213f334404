"""What makes two create calls, or two updates under one key, the same (cases contract 8).

A fingerprint is a SHA-256 over a canonical text: equal content gives equal fingerprints whatever
the order of recipients or the offset in which an instant was written.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from cases.inputs import (
    EksterntVarsel,
    Mottaker,
    NyKalenderavtale,
    NyNotifikasjon,
    NyOppgave,
    NySak,
    NyStatusSak,
    Paaminnelse,
)


def of_sak(ny: NySak) -> str:
    return _fingerprint(
        {
            "virksomhetsnummer": ny.virksomhetsnummer,
            "tittel": ny.tittel,
            "lenke": ny.lenke,
            "nesteSteg": ny.neste_steg,
            "tilleggsinformasjon": ny.tilleggsinformasjon,
            "mottakere": _set_of(ny.mottakere),
            "initiellStatus": ny.initiell_status,
            "overstyrStatustekstMed": ny.overstyr_statustekst_med,
            "tidspunkt": ny.tidspunkt,
        }
    )


def of_status(ny: NyStatusSak) -> str:
    return _fingerprint(
        {
            "nyStatus": ny.ny_status,
            "overstyrStatustekstMed": ny.overstyr_statustekst_med,
            "tidspunkt": ny.tidspunkt,
        }
    )


def of_notifikasjon(ny: NyNotifikasjon) -> str:
    """Leaves out when it was made, when it is to be erased, and when its reminder fires."""
    content: dict[str, Any] = {
        "type": type(ny).__name__,
        "virksomhetsnummer": ny.virksomhetsnummer,
        "tekst": ny.tekst,
        "lenke": ny.lenke,
        "grupperingsid": ny.grupperingsid,
        "mottakere": _set_of(ny.mottakere),
        "eksterneVarsler": _in_order(ny.eksterne_varsler),
    }
    match ny:
        case NyOppgave():
            content |= {"frist": ny.frist, "paaminnelse": _messages_of(ny.paaminnelse)}
        case NyKalenderavtale():
            content |= {
                "startTidspunkt": ny.start_tidspunkt,
                "sluttTidspunkt": ny.slutt_tidspunkt,
                "lokasjon": asdict(ny.lokasjon) if ny.lokasjon else None,
                "erDigitalt": ny.er_digitalt,
                "tilstand": ny.tilstand,
                "paaminnelse": _messages_of(ny.paaminnelse),
            }
    return _fingerprint(content)


def _messages_of(paaminnelse: Paaminnelse | None) -> list[dict[str, Any]]:
    return _in_order(paaminnelse.eksterne_varsler) if paaminnelse else []


def _in_order(varsler: Iterable[EksterntVarsel]) -> list[dict[str, Any]]:
    return [_members(varsel) for varsel in varsler]


def _set_of(mottakere: Iterable[Mottaker]) -> list[str]:
    several = ([type(one).__name__, _members(one)] for one in mottakere)
    return sorted({orjson.dumps(one).decode() for one in several})


def _members(one: Mottaker | EksterntVarsel) -> dict[str, Any]:
    """Of what holds no other; `asdict` copies each value, which takes ten times as long."""
    return {name: getattr(one, name) for name in type(one).__dataclass_fields__}


def _fingerprint(content: Mapping[str, Any]) -> str:
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)
    return hashlib.sha256(text).hexdigest()
