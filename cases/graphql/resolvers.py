"""The root fields: arguments to inputs, one service call each, nothing else (cases contract 6,
7). `a` holds the arguments of the field as the schema coerces them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from graphql import GraphQLResolveInfo

from cases import metrics
from cases.parsing import forms
from cases.parsing.forms import Arguments
from cases.producers import Kaller
from cases.schema.executable import Resolver
from cases.services import (
    deletion,
    kalenderavtaler,
    notifikasjoner,
    oppgaver,
    reading,
    saker,
)
from notifications_platform.core import clock

RootField = Callable[[Arguments, Kaller, datetime], Any]


# ---------------------------------------------------------------- queries


def whoami(_a: Arguments, kaller: Kaller, _now: datetime) -> Any:
    return reading.whoami(kaller)


def hent_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return reading.hent_sak(forms.sak_ref(a), kaller=kaller, now=now)


def hent_notifikasjon(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return reading.hent_notifikasjon(forms.notifikasjon_ref(a), kaller=kaller, now=now)


def mine_notifikasjoner(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return reading.mine_notifikasjoner(forms.mine_notifikasjoner(a), kaller=kaller, now=now)


# ---------------------------------------------------------------- saker


def ny_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return saker.ny_sak(forms.ny_sak(a), kaller=kaller, now=now)


def ny_status_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return saker.ny_status_sak(forms.sak_ref(a), forms.ny_status_sak(a), kaller=kaller, now=now)


def neste_steg_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return saker.neste_steg_sak(
        forms.sak_ref(a), forms.neste_steg(a), forms.idempotency_key(a), kaller=kaller, now=now
    )


def tilleggsinformasjon_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    ref, said = forms.sak_ref(a), forms.tilleggsinformasjon(a)
    key = forms.idempotency_key(a)
    return saker.tilleggsinformasjon_sak(ref, said, key, kaller=kaller, now=now)


def soft_delete_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return deletion.soft_delete_sak(forms.sak_ref(a), kaller=kaller, now=now)


def hard_delete_sak(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return deletion.hard_delete_sak(forms.sak_ref(a), kaller=kaller, now=now)


# ---------------------------------------------------------------- notifikasjoner


def ny_beskjed(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return notifikasjoner.ny_beskjed(forms.ny_beskjed(a), kaller=kaller, now=now)


def ny_oppgave(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return notifikasjoner.ny_oppgave(forms.ny_oppgave(a), kaller=kaller, now=now)


def ny_kalenderavtale(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return notifikasjoner.ny_kalenderavtale(forms.ny_kalenderavtale(a), kaller=kaller, now=now)


def oppdater_kalenderavtale(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    ref, ny = forms.notifikasjon_ref(a), forms.oppdater_kalenderavtale(a)
    return kalenderavtaler.oppdater_kalenderavtale(ref, ny, kaller=kaller, now=now)


def oppgave_utfoert(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    ref = forms.notifikasjon_ref(a)
    ny = forms.avslutt_oppgave(a, tidspunkt="utfoertTidspunkt")
    return oppgaver.oppgave_utfoert(ref, ny, kaller=kaller, now=now)


def oppgave_utgaatt(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    ref = forms.notifikasjon_ref(a)
    ny = forms.avslutt_oppgave(a, tidspunkt="utgaattTidspunkt")
    return oppgaver.oppgave_utgaatt(ref, ny, kaller=kaller, now=now)


def oppgave_utsett_frist(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    ref, ny_frist, paaminnelse = forms.notifikasjon_ref(a), forms.ny_frist(a), forms.paaminnelse(a)
    return oppgaver.oppgave_utsett_frist(ref, ny_frist, paaminnelse, kaller=kaller, now=now)


def oppgave_endre_paaminnelse(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    ref, paaminnelse = forms.notifikasjon_ref(a), forms.paaminnelse(a)
    key = forms.idempotency_key(a)
    return oppgaver.oppgave_endre_paaminnelse(ref, paaminnelse, key, kaller=kaller, now=now)


def soft_delete_notifikasjon(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return deletion.soft_delete_notifikasjon(forms.notifikasjon_ref(a), kaller=kaller, now=now)


def hard_delete_notifikasjon(a: Arguments, kaller: Kaller, now: datetime) -> Any:
    return deletion.hard_delete_notifikasjon(forms.notifikasjon_ref(a), kaller=kaller, now=now)


# ---------------------------------------------------------------- by their names


def deprecated(name: str, call: RootField) -> RootField:
    """Works as ever, and is counted: once nobody calls it, it can go."""

    @wraps(call)
    def counted(a: Arguments, kaller: Kaller, now: datetime) -> Any:
        metrics.DEPRECATED_FIELDS.labels(name).inc()
        return call(a, kaller, now)

    return counted


QUERIES: Mapping[str, RootField] = {
    "whoami": whoami,
    "hentSak": hent_sak,
    "hentSakMedGrupperingsid": hent_sak,
    "hentNotifikasjon": hent_notifikasjon,
    "mineNotifikasjoner": mine_notifikasjoner,
}
_BY_ID_OR_COORDINATE: Mapping[str, RootField] = {
    "nyStatusSak": ny_status_sak,
    "nesteStegSak": neste_steg_sak,
    "tilleggsinformasjonSak": tilleggsinformasjon_sak,
    "softDeleteSak": soft_delete_sak,
    "hardDeleteSak": hard_delete_sak,
}
_BY_ID_OR_EKSTERN_ID: Mapping[str, RootField] = {
    "oppdaterKalenderavtale": oppdater_kalenderavtale,
    "oppgaveUtgaatt": oppgave_utgaatt,
    "oppgaveUtsettFrist": oppgave_utsett_frist,
    "oppgaveEndrePaaminnelse": oppgave_endre_paaminnelse,
}
_WITH_A_SECOND_VERSION: Mapping[str, RootField] = {
    "oppgaveUtfoert": oppgave_utfoert,
    "softDeleteNotifikasjon": soft_delete_notifikasjon,
    "hardDeleteNotifikasjon": hard_delete_notifikasjon,
}


def _mutations() -> dict[str, RootField]:
    named: dict[str, RootField] = {
        "nySak": ny_sak,
        "nyBeskjed": ny_beskjed,
        "nyOppgave": ny_oppgave,
        "nyKalenderavtale": ny_kalenderavtale,
    }
    for name, call in _BY_ID_OR_COORDINATE.items():
        named |= {name: call, f"{name}ByGrupperingsid": call}
    for name, call in _BY_ID_OR_EKSTERN_ID.items():
        named |= {name: call, f"{name}ByEksternId": call}
    for name, call in _WITH_A_SECOND_VERSION.items():
        first = f"{name}ByEksternId"
        named |= {name: call, first: deprecated(first, call), f"{first}_V2": call}
    return named


MUTATIONS: Mapping[str, RootField] = _mutations()


@dataclass(frozen=True, slots=True)
class Asking:
    """Of one request: who asks, and which root fields were begun."""

    kaller: Kaller
    begun: list[str] = field(default_factory=list)


def resolver(call: RootField) -> Resolver:
    """The library's shape of it. Each root field is done at its own moment."""

    def resolve(_root: object, info: GraphQLResolveInfo[Asking], **arguments: Any) -> Any:
        info.context.begun.append(info.field_name)
        return call(arguments, info.context.kaller, clock.now())

    return resolve
