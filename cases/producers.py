"""Who acts, as which producer, and what the register lets it do (cases contract 3)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from cases.inputs import AltinnMottaker, AltinnRessursMottaker, Mottaker
from cases.models import AppName
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


def find(kaller: Kaller) -> Produsent | None:
    """One query; the producer of the name that counts first."""
    found = {
        name.name: name.producer
        for name in AppName.objects.filter(name__in=kaller.navn).select_related("producer")
    }
    for navn in kaller.navn:
        if producer := found.get(navn):
            return Produsent(
                producer.client_id, frozenset(producer.merkelapper), producer.mottakere
            )
    return None
