"""Recipients between inputs, rows and answers."""

from collections.abc import Iterator, Sequence
from typing import Any

from cases import inputs, results
from cases.models.mottakere import Mottaker as Row
from cases.states import MottakerType


def columns(
    mottakere: Sequence[inputs.Mottaker], virksomhetsnummer: str
) -> Iterator[dict[str, Any]]:
    """The columns of each recipient's row; recipients inherit the item's organisation."""
    for posisjon, mottaker in enumerate(mottakere):
        yield {
            "posisjon": posisjon,
            "virksomhetsnummer": virksomhetsnummer,
            **_own_columns(mottaker),
        }


def _own_columns(mottaker: inputs.Mottaker) -> dict[str, Any]:
    match mottaker:
        case inputs.AltinnMottaker(service_code=code, service_edition=edition):
            return {
                "type": MottakerType.ALTINN,
                "service_code": code,
                "service_edition": edition,
            }
        case inputs.AltinnRessursMottaker(ressurs_id=ressurs_id):
            return {"type": MottakerType.ALTINN_RESSURS, "ressurs_id": ressurs_id}
        case inputs.NaermesteLederMottaker(naermeste_leder_fnr=leder, ansatt_fnr=ansatt):
            return {
                "type": MottakerType.NAERMESTE_LEDER,
                "naermeste_leder_fnr": leder,
                "ansatt_fnr": ansatt,
            }


def shown(row: Row) -> results.Mottaker:
    match row.type:
        case MottakerType.ALTINN:
            return results.AltinnMottaker(
                service_code=row.service_code,
                service_edition=row.service_edition,
                virksomhetsnummer=row.virksomhetsnummer,
            )
        case MottakerType.ALTINN_RESSURS:
            return results.AltinnRessursMottaker(
                virksomhetsnummer=row.virksomhetsnummer, ressurs_id=row.ressurs_id
            )
    return results.NaermesteLederMottaker(
        naermeste_leder_fnr=row.naermeste_leder_fnr,
        ansatt_fnr=row.ansatt_fnr,
        virksomhetsnummer=row.virksomhetsnummer,
    )
