"""The REST twin of the producer API (cases contract 13). Each action is one row of its table:
arguments as its GraphQL field takes them, the same service, the result in JSON.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.http import QueryDict
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from cases import results
from cases.api import described
from cases.api.bodies import SmallJSONParser, body_of
from cases.api.calls import (
    EKSTERN_ID,
    GRUPPERINGSID,
    Addressed,
    Coordinate,
    body_is,
    created_by,
    created_by_argument,
)
from cases.api.filters import MineNotifikasjonerFilter
from cases.api.presenting import shown, shown_with_type
from cases.api.problems import handle, refusal
from cases.authentication import ProducerAuthentication
from cases.models import Notifikasjon
from cases.parsing import forms
from cases.producers import Kaller, kaller
from cases.services import deletion, kalenderavtaler, notifikasjoner, oppgaver, reading, saker
from cases.states import NotifikasjonType
from notifications_platform.core import clock
from notifications_platform.identity.authentication import caller

BASE = "/cases/api/v1"


class ProducerViewSet(viewsets.ViewSet):
    """`coordinate` is what names its items besides their ids."""

    authentication_classes = [ProducerAuthentication]
    parser_classes = [SmallJSONParser]
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    schema = described.TwinSchema()
    coordinate: ClassVar[Coordinate] = EKSTERN_ID

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return handle

    def addressed(self, id: str | None) -> Addressed:
        return Addressed(self.request, id, self.coordinate)

    def acting(self) -> dict[str, Any]:
        """Who calls, and when: what every service wants to know."""
        return {"kaller": self.kaller(), "now": clock.now()}

    def kaller(self) -> Kaller:
        return kaller(caller(self.request))

    def answer(self, result: object) -> Response:
        if isinstance(result, results.Error):
            return refusal(self.request, result)
        return Response(shown(result))

    def answer_created(self, result: Any, path: str = "") -> Response:
        """201, and 200 for what an equal call has made before. `path` leads to it by its id."""
        response = self.answer(result)
        if response.status_code == 200 and not result.gjentatt:
            response.status_code = 201
            if path:
                response["Location"] = f"{settings.PUBLIC_URL}{BASE}/{path}/{result.id}"
        return response


class WhoamiViewSet(ProducerViewSet):
    @described.whoami
    def retrieve(self, request: Request) -> Response:
        return Response({"appName": reading.whoami(self.kaller())})


class SakViewSet(ProducerViewSet):
    coordinate = GRUPPERINGSID

    @described.ny_sak
    def create(self, request: Request) -> Response:
        new = forms.ny_sak(created_by(request, "nySak"))
        return self.answer_created(saker.ny_sak(new, **self.acting()), "saker")

    @described.hent_sak
    def retrieve(self, request: Request, id: str | None = None) -> Response:
        ref = forms.sak_ref(self.addressed(id).arguments())
        result = reading.hent_sak(ref, **self.acting())
        return self.answer(result.sak if isinstance(result, results.HentetSak) else result)

    @described.ny_status_sak
    def add_status(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("nyStatusSak")
        ref, new = forms.sak_ref(given), forms.ny_status_sak(given)
        return self.answer_created(saker.ny_status_sak(ref, new, **self.acting()))

    @described.neste_steg_sak
    def neste_steg(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("nesteStegSak")
        ref, text = forms.sak_ref(given), forms.neste_steg(given)
        key = forms.idempotency_key(given)
        return self.answer(saker.neste_steg_sak(ref, text, key, **self.acting()))

    @described.tilleggsinformasjon_sak
    def tilleggsinformasjon(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("tilleggsinformasjonSak")
        ref, text = forms.sak_ref(given), forms.tilleggsinformasjon(given)
        key = forms.idempotency_key(given)
        return self.answer(saker.tilleggsinformasjon_sak(ref, text, key, **self.acting()))

    @described.soft_delete_sak
    def soft_delete(self, request: Request, id: str | None = None) -> Response:
        ref = forms.sak_ref(self.addressed(id).arguments())
        return self.answer(deletion.soft_delete_sak(ref, **self.acting()))

    @described.hard_delete_sak
    def destroy(self, request: Request, id: str | None = None) -> Response:
        ref = forms.sak_ref(self.addressed(id).arguments())
        return self.answer(deletion.hard_delete_sak(ref, **self.acting()))


class NotifikasjonViewSet(ProducerViewSet):
    """Of every kind; a subclass restricts to one."""

    typer: ClassVar[frozenset[NotifikasjonType] | None] = None

    @described.mine_notifikasjoner
    def list(self, request: Request) -> Response:
        query = MineNotifikasjonerFilter(request.query_params, Notifikasjon.objects.none())
        asked = forms.mine_notifikasjoner(query.arguments())
        result = reading.mine_notifikasjoner(asked, **self.acting())
        response = self.answer(result)
        if isinstance(result, results.NotifikasjonConnection) and result.page_info.has_next_page:
            response["Link"] = _next_page(request, result.page_info.end_cursor)
        return response

    @described.hent_notifikasjon
    def retrieve(self, request: Request, id: str | None = None) -> Response:
        ref = forms.notifikasjon_ref(self.addressed(id).arguments())
        result = reading.hent_notifikasjon(ref, typer=self.typer, **self.acting())
        if isinstance(result, results.HentetNotifikasjon):
            return Response(shown_with_type(result.notifikasjon))
        return self.answer(result)

    @described.soft_delete_notifikasjon
    def soft_delete(self, request: Request, id: str | None = None) -> Response:
        ref = forms.notifikasjon_ref(self.addressed(id).arguments())
        return self.answer(deletion.soft_delete_notifikasjon(ref, **self.acting()))

    @described.hard_delete_notifikasjon
    def destroy(self, request: Request, id: str | None = None) -> Response:
        ref = forms.notifikasjon_ref(self.addressed(id).arguments())
        return self.answer(deletion.hard_delete_notifikasjon(ref, **self.acting()))


class BeskjedViewSet(NotifikasjonViewSet):
    typer = frozenset({NotifikasjonType.BESKJED})

    @described.ny_beskjed
    def create(self, request: Request) -> Response:
        with body_is("nyBeskjed"):
            new = forms.ny_beskjed(created_by_argument(request, "nyBeskjed"))
            made = notifikasjoner.ny_beskjed(new, **self.acting())
        return self.answer_created(made, "beskjeder")


class OppgaveViewSet(NotifikasjonViewSet):
    typer = frozenset({NotifikasjonType.OPPGAVE})

    @described.ny_oppgave
    def create(self, request: Request) -> Response:
        with body_is("nyOppgave"):
            new = forms.ny_oppgave(created_by_argument(request, "nyOppgave"))
            made = notifikasjoner.ny_oppgave(new, **self.acting())
        return self.answer_created(made, "oppgaver")

    @described.oppgave_utfoert
    def utfoert(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("oppgaveUtfoert", optional=True)
        ref = forms.notifikasjon_ref(given)
        end = forms.avslutt_oppgave(given, tidspunkt="utfoertTidspunkt")
        return self.answer(oppgaver.oppgave_utfoert(ref, end, **self.acting()))

    @described.oppgave_utgaatt
    def utgaatt(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("oppgaveUtgaatt", optional=True)
        ref = forms.notifikasjon_ref(given)
        end = forms.avslutt_oppgave(given, tidspunkt="utgaattTidspunkt")
        return self.answer(oppgaver.oppgave_utgaatt(ref, end, **self.acting()))

    @described.oppgave_utsett_frist
    def frist(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("oppgaveUtsettFrist")
        ref, until = forms.notifikasjon_ref(given), forms.ny_frist(given)
        reminder = forms.paaminnelse(given)
        return self.answer(oppgaver.oppgave_utsett_frist(ref, until, reminder, **self.acting()))

    @described.oppgave_endre_paaminnelse
    def change_paaminnelse(self, request: Request, id: str | None = None) -> Response:
        sent = body_of(request)
        # The reminder itself is taken too (cases contract 17). It has members of other names.
        if isinstance(sent, dict) and sent and "paaminnelse" not in sent:
            with body_is("paaminnelse"):
                return self._set_paaminnelse(id, {"paaminnelse": sent})
        return self._set_paaminnelse(id, sent)

    @described.oppgave_fjern_paaminnelse
    def remove_paaminnelse(self, request: Request, id: str | None = None) -> Response:
        return self._set_paaminnelse(id, {})

    def _set_paaminnelse(self, id: str | None, body: Any) -> Response:
        given = self.addressed(id).with_body("oppgaveEndrePaaminnelse", body)
        ref, reminder = forms.notifikasjon_ref(given), forms.paaminnelse(given)
        key = forms.idempotency_key(given)
        return self.answer(oppgaver.oppgave_endre_paaminnelse(ref, reminder, key, **self.acting()))


class KalenderavtaleViewSet(NotifikasjonViewSet):
    typer = frozenset({NotifikasjonType.KALENDERAVTALE})

    @described.ny_kalenderavtale
    def create(self, request: Request) -> Response:
        new = forms.ny_kalenderavtale(created_by(request, "nyKalenderavtale"))
        made = notifikasjoner.ny_kalenderavtale(new, **self.acting())
        return self.answer_created(made, "kalenderavtaler")

    @described.oppdater_kalenderavtale
    def partial_update(self, request: Request, id: str | None = None) -> Response:
        given = self.addressed(id).with_body("oppdaterKalenderavtale")
        ref, update = forms.notifikasjon_ref(given), forms.oppdater_kalenderavtale(given)
        return self.answer(kalenderavtaler.oppdater_kalenderavtale(ref, update, **self.acting()))


def _next_page(request: Request, cursor: str) -> str:
    """The same question from the last edge on."""
    query = QueryDict(mutable=True)
    query.update(request.query_params)
    query["after"] = cursor
    return f'<{settings.PUBLIC_URL}{BASE}/notifikasjoner?{query.urlencode()}>; rel="next"'
