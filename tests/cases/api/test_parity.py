"""The same call by both doors has the same answer (cases contract 13)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from cases import results
from cases.api.problems import MEMBERS, URN
from cases.api.types import SCHEMA
from tests.cases.api import bodies
from tests.cases.api.conftest import Api
from tests.cases.documents import document
from tests.cases.graphql_door import Door

AN_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NO_ID = "00000000-0000-4000-8000-000000000000"
BY_GROUP = {"merkelapp": "Tiltak", "grupperingsid": "sak 1"}
NO_GROUP = {"merkelapp": "Tiltak", "grupperingsid": "sak 9"}
LONN = {"merkelapp": "Lønn"}
FOREIGN = {"merkelapp": "Lønn", "grupperingsid": "sak 1"}


class Call(NamedTuple):
    """A root field with its arguments, and the REST call that means the same. `{sak}` and the
    like stand for ids.
    """

    field: str
    arguments: dict[str, Any]
    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = {}


def by_id(field: str, item: str, method: str, rest: str = "", body: Any = None) -> Call:
    id = f"{{{item}}}"
    collections = {"sak": "saker", "beskjed": "beskjeder", "oppgave": "oppgaver"}
    path = f"/{collections.get(item, 'kalenderavtaler')}/{id}{rest}"
    return Call(field, {"id": id, **(body or {})}, method, path, body)


def in_notifikasjoner(call: Call) -> Call:
    return call._replace(path="/notifikasjoner/" + call.path.split("/", 2)[2])


LATE = {"tidspunkt": {"konkret": "2031-06-07T12:00:00"}}
STATUS = {"nyStatus": "FERDIG", "tidspunkt": "2031-05-06T09:00:00.25+02:00"}
CHANGE = {"nyTilstand": "AVLYST", "nyTekst": "Avlyst", "eksterneVarsler": [bodies.SMS]}
OTHER = bodies.SAK | {"tittel": "x"}
NEW = bodies.SAK | {"grupperingsid": "ny"}
NOT_OURS = bodies.SAK | {"merkelapp": "Lønn"}
FOR_NOBODY = bodies.SAK | {"mottakere": []}
REMINDED_LATE = bodies.OPPGAVE | {"paaminnelse": LATE}
TAKEN = bodies.OPPGAVE | bodies.BESKJED
AVTALE = bodies.KALENDERAVTALE | {"eksterneVarsler": []}
LOST = AVTALE | {"grupperingsid": "sak 9"}
CALLS = [
    Call("nySak", bodies.SAK, "post", "/saker", bodies.SAK),
    Call("nySak", OTHER, "post", "/saker", OTHER),
    Call("nySak", NEW, "post", "/saker", NEW),
    Call("nySak", NOT_OURS, "post", "/saker", NOT_OURS),
    Call("nySak", FOR_NOBODY, "post", "/saker", FOR_NOBODY),
    Call("nySak", {}, "post", "/saker", {}),
    Call("nyBeskjed", {"nyBeskjed": bodies.BESKJED}, "post", "/beskjeder", bodies.BESKJED),
    Call("nyOppgave", {"nyOppgave": bodies.OPPGAVE}, "post", "/oppgaver", bodies.OPPGAVE),
    Call("nyOppgave", {"nyOppgave": REMINDED_LATE}, "post", "/oppgaver", REMINDED_LATE),
    Call("nyOppgave", {"nyOppgave": TAKEN}, "post", "/oppgaver", TAKEN),
    Call("nyKalenderavtale", AVTALE, "post", "/kalenderavtaler", AVTALE),
    Call("nyKalenderavtale", LOST, "post", "/kalenderavtaler", LOST),
    by_id("hentSak", "sak", "get"),
    Call("hentSak", {"id": NO_ID}, "get", f"/saker/{NO_ID}"),
    Call("hentSakMedGrupperingsid", BY_GROUP, "get", "/saker/by-grupperingsid", None, BY_GROUP),
    Call("hentSakMedGrupperingsid", NO_GROUP, "get", "/saker/by-grupperingsid", None, NO_GROUP),
    Call("hentSakMedGrupperingsid", FOREIGN, "get", "/saker/by-grupperingsid", None, FOREIGN),
    by_id("hentNotifikasjon", "beskjed", "get"),
    by_id("hentNotifikasjon", "oppgave", "get"),
    by_id("hentNotifikasjon", "avtale", "get"),
    Call("mineNotifikasjoner", {}, "get", "/notifikasjoner"),
    Call("mineNotifikasjoner", {"first": 2}, "get", "/notifikasjoner", None, {"first": "2"}),
    Call("mineNotifikasjoner", {"first": 0}, "get", "/notifikasjoner", None, {"first": "0"}),
    Call("mineNotifikasjoner", {"after": "x"}, "get", "/notifikasjoner", None, {"after": "x"}),
    Call("mineNotifikasjoner", {"merkelapper": ["Lønn"]}, "get", "/notifikasjoner", None, LONN),
    by_id("nyStatusSak", "sak", "post", "/statuser", STATUS),
    by_id("nesteStegSak", "sak", "put", "/neste-steg", {"nesteSteg": "x"}),
    by_id("tilleggsinformasjonSak", "sak", "put", "/tilleggsinformasjon", {}),
    by_id("softDeleteSak", "sak", "post", "/soft-delete"),
    by_id("hardDeleteSak", "sak", "delete"),
    by_id("oppdaterKalenderavtale", "avtale", "patch", "", CHANGE),
    by_id("oppgaveUtfoert", "oppgave", "post", "/utfoert", {"nyLenke": "#"}),
    by_id("oppgaveUtgaatt", "oppgave", "post", "/utgaatt", {}),
    by_id("oppgaveUtsettFrist", "oppgave", "put", "/frist", {"nyFrist": "2031-06-01"}),
    by_id("oppgaveUtsettFrist", "oppgave", "put", "/frist", {"nyFrist": "2031-01-01"}),
    by_id("oppgaveEndrePaaminnelse", "oppgave", "put", "/paaminnelse", {"paaminnelse": LATE}),
    by_id("oppgaveEndrePaaminnelse", "oppgave", "put", "/paaminnelse", {"paaminnelse": None}),
    in_notifikasjoner(by_id("softDeleteNotifikasjon", "beskjed", "post", "/soft-delete")),
    in_notifikasjoner(by_id("hardDeleteNotifikasjon", "avtale", "delete")),
]


@pytest.fixture
def ids(api: Api) -> dict[str, str]:
    made = {
        "sak": api.post("/saker", bodies.SAK),
        "beskjed": api.post("/beskjeder", bodies.BESKJED),
        "oppgave": api.post("/oppgaver", bodies.OPPGAVE),
        "avtale": api.post("/kalenderavtaler", bodies.KALENDERAVTALE),
    }
    return {name: str(response.json()["id"]) for name, response in made.items()}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.field}-{call.method}")
def test_both_doors_answer_alike(api, ids, call):
    arguments = {
        name: value.format_map(ids) if isinstance(value, str) else value
        for name, value in call.arguments.items()
    }
    graphql = Door("prod:fager:app")
    known = set(ids.values())

    asked = undone(lambda: graphql.ask(naming_types(call.field), arguments))
    called = undone(lambda: api.send(call.method, call.path.format_map(ids), call.body, call.query))

    assert without_new_ids(as_rest(asked, call.field), known) == without_new_ids(
        told(called), known
    )


def undone(call: Callable[[], Any]) -> Any:
    """What comes of a call that leaves nothing behind."""
    with transaction.atomic():
        answer = call()
        transaction.set_rollback(True)
    return answer


def naming_types(field: str) -> str:
    """The field's whole document; whatever is one of several kinds says which."""
    return document(field).replace("{ ... on", "{ __typename ... on")


def as_rest(answer: dict[str, Any], field: str) -> Any:
    """What REST has to say where GraphQL says this."""
    if "errors" in answer:
        codes = {error["extensions"]["code"] for error in answer["errors"]}
        assert codes == {"BAD_USER_INPUT"}
        return {"type": f"{URN}ugyldig-input"}
    member = dict(answer["data"][field])
    kind = getattr(results, member.pop("__typename"))
    if kind in MEMBERS:
        member = {
            "type": URN + MEMBERS[kind][0],
            "status": MEMBERS[kind][1],
            "detail": member.pop("feilmelding"),
            **member,
        }
    return with_types(member.get("sak") or member.get("notifikasjon") or member)


def with_types(value: Any) -> Any:
    if isinstance(value, list):
        return [with_types(one) for one in value]
    if isinstance(value, dict):
        named = {"type" if name == "__typename" else name: one for name, one in value.items()}
        return {name: with_types(one) for name, one in named.items()}
    return value


def told(response: Any) -> Any:
    """Of a problem only what both doors can say."""
    body = response.json()
    if response.status_code < 400:
        return body
    if body["type"] == f"{URN}ugyldig-input":
        return {"type": body["type"]}
    said = ("type", "status", "detail", "idTilEksisterende")
    return {name: body[name] for name in said if name in body}


def without_new_ids(value: Any, known: set[str]) -> Any:
    """Each call of the two makes ids of its own."""
    if isinstance(value, list):
        return [without_new_ids(one, known) for one in value]
    if isinstance(value, dict):
        return {name: without_new_ids(one, known) for name, one in value.items()}
    if isinstance(value, str) and AN_ID.fullmatch(value) and value not in known:
        return "new"
    return value


def test_every_field_is_compared() -> None:
    """But for those that only address otherwise, or are asked by everybody alike."""
    assert SCHEMA.query_type
    assert SCHEMA.mutation_type
    fields = {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields} - {"whoami"}
    compared = {call.field for call in CALLS}

    missing = {field for field in fields - compared if "By" not in field}
    assert missing == set()
