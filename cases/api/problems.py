"""Refusals as problem details in the dialect of cases (cases contract 13)."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from cases import results
from cases.errors import UgyldigInput
from notifications_platform.http import correlation, problems
from notifications_platform.http.refusals import ValidationProblem

URN = "urn:problem:cases:"
UGYLDIG_INPUT = ("ugyldig-input", 422, "Ugyldig input")
UGYLDIG_JSON = ("ugyldig-json", 400, "Ugyldig JSON")
UAUTENTISERT = ("uautentisert", 401, "Uautentisert")

# Member of a result union: the last word of its type, its status, its title.
MEMBERS: Mapping[type[results.Error], tuple[str, int, str]] = {
    results.UkjentProdusent: ("ukjent-produsent", 403, "Ukjent produsent"),
    results.UgyldigMerkelapp: ("ugyldig-merkelapp", 403, "Ugyldig merkelapp"),
    results.UgyldigMottaker: ("ugyldig-mottaker", 403, "Ugyldig mottaker"),
    results.UkjentRolle: ("ukjent-rolle", 403, "Ukjent rolle"),
    results.SakFinnesIkke: ("sak-finnes-ikke", 404, "Sak finnes ikke"),
    results.NotifikasjonFinnesIkke: ("notifikasjon-finnes-ikke", 404, "Notifikasjon finnes ikke"),
    results.DuplikatEksternIdOgMerkelapp: (
        *("duplikat-ekstern-id-og-merkelapp", 409),
        "Duplikat ekstern-id og merkelapp",
    ),
    results.DuplikatGrupperingsid: ("duplikat-grupperingsid", 409, "Duplikat grupperingsid"),
    results.DuplikatGrupperingsidEtterDelete: (
        *("duplikat-grupperingsid-etter-delete", 409),
        "Duplikat grupperingsid etter delete",
    ),
    results.Konflikt: ("konflikt", 409, "Konflikt"),
    results.OppgavenErAlleredeUtfoert: (
        *("oppgaven-er-allerede-utfoert", 409),
        "Oppgaven er allerede utført",
    ),
    results.UgyldigPaaminnelseTidspunkt: (
        *("ugyldig-paaminnelse-tidspunkt", 422),
        "Ugyldig påminnelse-tidspunkt",
    ),
    results.UgyldigKalenderavtale: ("ugyldig-kalenderavtale", 422, "Ugyldig kalenderavtale"),
}


def refusal(request: Request, error: results.Error) -> Response:
    """An answer that is a refusal."""
    body = _body(request, MEMBERS[type(error)], error.feilmelding)
    existing = getattr(error, "id_til_eksisterende", None)
    if existing is not None:
        body["idTilEksisterende"] = str(existing)
    return _response(body)


def handle(exception: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler for the views of cases. None: not a refusal, let it be a 500."""
    request = context["request"]
    if isinstance(exception, UgyldigInput):
        told = [
            {"path": one.path, "code": str(one.code), "detail": one.detail}
            for one in exception.problems
        ]
        detail = "The input breaks a rule; `errors` names each place."
        return _response(_body(request, UGYLDIG_INPUT, detail) | {"errors": told})
    if isinstance(exception, ValidationProblem):
        detail = " ".join(text for texts in exception.errors.values() for text in texts)
        return _response(_body(request, UGYLDIG_JSON, detail))
    response = problems.handle(exception, context)
    if response is not None:
        if isinstance(exception, NotAuthenticated | AuthenticationFailed):
            word, _, title = UAUTENTISERT
            response.data |= {"type": URN + word, "title": title}
        response.data |= _whereabouts(request)
    return response


def _body(request: Request, kind: tuple[str, int, str], detail: str) -> dict[str, Any]:
    word, status, title = kind
    body = problems.problem(status, detail) | {"type": URN + word, "title": title}
    return body | _whereabouts(request)


def _whereabouts(request: Request) -> dict[str, str]:
    """Without the query: the correlation id tells one request from another."""
    return {"instance": request.path, "correlationId": correlation.current()}


def _response(body: dict[str, Any]) -> Response:
    response = Response(body, status=body["status"])
    response.content_type = problems.CONTENT_TYPE
    return response
