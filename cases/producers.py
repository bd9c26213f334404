"""Who acts, as which producer, and what the register lets it do (cases contract 3).

Each call asks, so what was found is kept in this process for a moment: a change of the register
counts within it. Who is not found is asked for again each time.
"""

from collections.abc import Collection
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any

import orjson

from cases.inputs import AltinnMottaker, AltinnRessursMottaker, Mottaker
from notifications_platform.core.prepared import prepared_cursor
from notifications_platform.identity.client import Client
from notifications_platform.registers.lookup import plain_resource_id


@dataclass(frozen=True, slots=True)
class Kaller:
    """The app behind a token, registered or not. `navn` in the order in which they count."""

    navn: tuple[str, ...]

    @property
    def app_navn(self) -> str:
        return self.navn[0]


def kaller(client: Client) -> Kaller:
    """`azp_name` before `azp`, as they stand; one of them is always there."""
    return Kaller(tuple(name for name in (client.client_name, client.client_id) if name))


@dataclass(frozen=True, slots=True)
class Produsent:
    """An entry of the producer register; `id` is its client id."""

    id: str
    merkelapper: frozenset[str]
    mottakere: Collection[dict[str, Any]]

    def may_use(self, merkelapp: str) -> bool:
        return merkelapp in self.merkelapper

    def may_reach(self, mottaker: Mottaker) -> bool:
        match mottaker:
            case AltinnMottaker(service_code=code, service_edition=edition):
                return {"serviceCode": code, "serviceEdition": edition} in self.mottakere
            case AltinnRessursMottaker(ressurs_id=ressurs_id):
                return {"ressursId": plain_resource_id(ressurs_id)} in self.mottakere
            case _:
                return {"naermesteLeder": True} in self.mottakere


_KEPT_SECONDS = 2.0
_MOST_KEPT = 1000
_kept: dict[tuple[str, ...], tuple[float, Produsent]] = {}
_lock = Lock()

_FIND = """
    SELECT app.name, producer.client_id, producer.merkelapper, producer.mottakere
    FROM cases_appname AS app JOIN cases_producer AS producer
      ON producer.client_id = app.producer_id
    WHERE app.name = ANY(%s)
    """


def find(kaller: Kaller) -> Produsent | None:
    """The producer of the name that counts first, as it is or was two seconds ago."""
    known = _kept.get(kaller.navn)
    if known and monotonic() < known[0]:
        return known[1]
    found = _read(kaller)
    with _lock:
        _kept.pop(kaller.navn, None)
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        if found:
            _kept[kaller.navn] = (monotonic() + _KEPT_SECONDS, found)
    return found


def forget() -> None:
    """Ask the database again at the next call in this process."""
    with _lock:
        _kept.clear()


def _read(kaller: Kaller) -> Produsent | None:
    with prepared_cursor() as cursor:
        cursor.execute(_FIND, [list(kaller.navn)])
        found = {name: rest for name, *rest in cursor.fetchall()}
    for navn in kaller.navn:
        if navn in found:
            client_id, merkelapper, mottakere = found[navn]
            return Produsent(client_id, frozenset(merkelapper), orjson.loads(mottakere))
    return None
