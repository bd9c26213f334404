"""What every call begins with: who acts, may it, and what is meant (cases contract 3)."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db.models import QuerySet

from cases import producers, results
from cases.coordinates import koordinat
from cases.inputs import ByGrupperingsid, ById, Mottaker, NotifikasjonRef, SakRef
from cases.models import Notifikasjon, Sak
from cases.producers import Kaller, Produsent
from cases.services.hendelser import Kilde
from cases.states import NotifikasjonType
from notifications_platform.audit import trail

P = ParamSpec("P")
R = TypeVar("R")


class Refused(Exception):
    """Carries an answer out of a transaction, which it rolls back."""

    def __init__(self, answer: results.Error) -> None:
        super().__init__(answer.feilmelding)
        self.answer = answer


def answering(call: Callable[P, R]) -> Callable[P, R | results.Error]:
    """A refusal from anywhere in the call becomes what it answers."""

    @wraps(call)
    def answered(*args: P.args, **kwargs: P.kwargs) -> R | results.Error:
        try:
            return call(*args, **kwargs)
        except Refused as refused:
            return refused.answer

    return answered


@dataclass(frozen=True, slots=True)
class Acting:
    """A registered producer at work, at the moment `now` (business time, UTC)."""

    produsent: Produsent
    kilde: Kilde
    now: datetime

    def must_use(self, merkelapp: str) -> None:
        if not self.produsent.may_use(merkelapp):
            raise Refused(
                results.UgyldigMerkelapp(
                    "The producer register does not let this producer use the merkelapp. "
                    "Use one of its own, or have it registered."
                )
            )

    def must_reach(self, mottakere: Collection[Mottaker]) -> None:
        for posisjon, mottaker in enumerate(mottakere):
            if not self.produsent.may_reach(mottaker):
                raise Refused(
                    results.UgyldigMottaker(
                        f"The producer register does not let this producer reach mottaker number "
                        f"{posisjon + 1} ({type(mottaker).__name__})."
                    )
                )

    def sak(self, ref: SakRef, *, lock: bool = True) -> Sak:
        """The sak that is meant, by default locked until the transaction ends."""
        if isinstance(ref, ByGrupperingsid):
            self.must_use(ref.merkelapp)
        saker = Sak.objects.select_for_update(no_key=True) if lock else Sak.objects.all()
        sak = _sak(saker, ref)
        if sak is None:
            raise Refused(results.SakFinnesIkke("There is no such sak."))
        self.must_use(sak.merkelapp)
        return sak

    def notifikasjon(
        self,
        ref: NotifikasjonRef,
        typer: Collection[NotifikasjonType] = tuple(NotifikasjonType),
        *,
        lock: bool = True,
    ) -> Notifikasjon:
        """Likewise; one of another kind is not found."""
        if not isinstance(ref, ById):
            self.must_use(ref.merkelapp)
        several = Notifikasjon.objects.filter(type__in=typer)
        found = _notifikasjon(several.select_for_update(no_key=True) if lock else several, ref)
        if found is None:
            raise Refused(
                results.NotifikasjonFinnesIkke(f"There is no such {' or '.join(typer).lower()}.")
            )
        self.must_use(found.merkelapp)
        return found


def act(kaller: Kaller, *, now: datetime) -> Acting:
    """Raises Refused with UkjentProdusent for an app that the register does not know."""
    produsent = producers.find(kaller)
    if produsent is None:
        raise Refused(
            results.UkjentProdusent(
                "The app is not in the producer register; whoami tells the name it acts under."
            )
        )
    by = trail.By.client(kaller.app_navn)
    return Acting(produsent, Kilde(produsent.id, kaller.app_navn, by), now)


def _sak(saker: "QuerySet[Sak]", ref: SakRef) -> Sak | None:
    if isinstance(ref, ById):
        return saker.filter(pk=ref.id).first() if ref.id else None
    return saker.filter(koordinat=koordinat(ref.merkelapp, ref.grupperingsid)).first()


def _notifikasjon(
    notifikasjoner: "QuerySet[Notifikasjon]", ref: NotifikasjonRef
) -> Notifikasjon | None:
    if isinstance(ref, ById):
        return notifikasjoner.filter(pk=ref.id).first() if ref.id else None
    return notifikasjoner.filter(koordinat=koordinat(ref.merkelapp, ref.ekstern_id)).first()
