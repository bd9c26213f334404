"""Oppgaver over REST (cases contract 13)."""

from typing import Any

import pytest
from django.conf import settings

from cases.models import EksterntVarsel, Hendelse, Notifikasjon
from tests.cases.api.bodies import BESKJED, OPPGAVE, REMINDER

NO_ID = "00000000-0000-4000-8000-000000000000"
WHERE = {"merkelapp": "Tiltak", "eksternId": "o1"}


@pytest.fixture
def oppgave_id(api) -> str:
    return str(api.post("/oppgaver", OPPGAVE).json()["id"])


@pytest.fixture(params=["by id", "by coordinate"])
def address(request, oppgave_id):
    return (oppgave_id, {}) if request.param == "by id" else ("by-ekstern-id", WHERE)


def state(api, oppgave_id) -> str:
    return str(api.get(f"/oppgaver/{oppgave_id}").json()["oppgave"]["tilstand"])


def reminder_messages() -> int:
    return EksterntVarsel.objects.filter(paaminnelse__isnull=False, status="NY").count()


def test_an_oppgave_is_created_once_with_its_messages(api):
    first = api.post("/oppgaver", OPPGAVE)
    again = api.post("/oppgaver", OPPGAVE)

    made = first.json()
    assert first.status_code == 201
    assert first["Location"] == f"{settings.PUBLIC_URL}/cases/api/v1/oppgaver/{made['id']}"
    assert set(made) == {"id", "eksterneVarsler", "paaminnelse"}
    assert [set(one) for one in made["eksterneVarsler"]] == [{"id"}]
    assert [set(one) for one in made["paaminnelse"]["eksterneVarsler"]] == [{"id"}]
    assert (again.status_code, again.json()) == (200, made)
    assert Notifikasjon.objects.count() == 1


def test_an_oppgave_without_a_reminder_says_so(api):
    plain = {name: value for name, value in OPPGAVE.items() if name != "paaminnelse"}

    assert api.post("/oppgaver", plain).json()["paaminnelse"] is None


def test_a_reminder_after_the_deadline_is_refused(api):
    late = REMINDER | {"tidspunkt": {"konkret": "2031-05-07T00:00:00"}}

    response = api.post("/oppgaver", OPPGAVE | {"paaminnelse": late})

    assert response.status_code == 422
    assert response.json()["type"] == "urn:problem:cases:ugyldig-paaminnelse-tidspunkt"
    assert "errors" not in response.json()
    assert not Notifikasjon.objects.exists()


def test_an_oppgave_is_done_with_or_without_a_body(api, address, oppgave_id):
    item, query = address

    done = api.post(f"/oppgaver/{item}/utfoert", **query)
    again = api.post(
        f"/oppgaver/{item}/utfoert",
        {"utfoertTidspunkt": "2031-05-01T12:00:00Z", "nyLenke": "#ny"},
        **query,
    )

    assert (done.status_code, done.json()) == (200, {"id": oppgave_id})
    assert again.status_code == 200
    assert api.get(f"/oppgaver/{oppgave_id}").json()["oppgave"] == {
        "tilstand": "UTFOERT",
        "merkelapp": "Tiltak",
        "tekst": "Les dette",
        "lenke": "#ny",
    }


def test_an_oppgave_expires_unless_it_is_done(api, address, oppgave_id):
    item, query = address

    expired = api.post(f"/oppgaver/{item}/utgaatt", {}, **query)
    assert (expired.status_code, expired.json()) == (200, {"id": oppgave_id})
    assert state(api, oppgave_id) == "UTGAATT"

    api.post(f"/oppgaver/{item}/utfoert", **query)
    refused = api.post(f"/oppgaver/{item}/utgaatt", **query)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:problem:cases:oppgaven-er-allerede-utfoert"
    assert state(api, oppgave_id) == "UTFOERT"


def test_a_deadline_is_extended_and_the_oppgave_open_again(api, address, oppgave_id):
    item, query = address
    api.post(f"/oppgaver/{item}/utgaatt", **query)

    done = api.put(f"/oppgaver/{item}/frist", {"nyFrist": "2031-06-01"}, **query)

    assert (done.status_code, done.json()) == (200, {"id": oppgave_id})
    assert state(api, oppgave_id) == "NY"
    assert reminder_messages() == 0


def test_a_deadline_is_extended_with_a_new_reminder(api, oppgave_id):
    body = {"nyFrist": "2031-06-01", "paaminnelse": REMINDER}

    assert api.put(f"/oppgaver/{oppgave_id}/frist", body).status_code == 200
    assert reminder_messages() == 1


def test_a_deadline_is_not_brought_forward(api, oppgave_id):
    earlier = api.put(f"/oppgaver/{oppgave_id}/frist", {"nyFrist": "2031-05-05"})
    assert earlier.status_code == 409
    assert earlier.json()["type"] == "urn:problem:cases:konflikt"

    wrong = {
        "nyFrist": "2031-06-01",
        "paaminnelse": REMINDER | {"tidspunkt": {"foerStartTidspunkt": "P1D"}},
    }
    refused = api.put(f"/oppgaver/{oppgave_id}/frist", wrong)
    assert refused.json()["type"] == "urn:problem:cases:ugyldig-paaminnelse-tidspunkt"


@pytest.mark.parametrize("body", [{"paaminnelse": REMINDER}, REMINDER])
def test_a_reminder_is_set_by_either_body(api, address, oppgave_id, body):
    item, query = address
    api.delete(f"/oppgaver/{item}/paaminnelse", **query)

    done = api.put(f"/oppgaver/{item}/paaminnelse", body, **query)

    assert (done.status_code, done.json()) == (200, {"id": oppgave_id})
    assert reminder_messages() == 1


@pytest.mark.parametrize("body", [{"paaminnelse": None}, {}, "delete"])
def test_a_reminder_is_removed(api, address, oppgave_id, body):
    item, query = address
    assert reminder_messages() == 1

    if body == "delete":
        done = api.delete(f"/oppgaver/{item}/paaminnelse", **query)
    else:
        done = api.put(f"/oppgaver/{item}/paaminnelse", body, **query)

    assert (done.status_code, done.json()) == (200, {"id": oppgave_id})
    assert reminder_messages() == 0


def test_a_key_that_was_used_changes_no_reminder(api, oppgave_id):
    keyed = api.with_key("k")
    keyed.put(f"/oppgaver/{oppgave_id}/paaminnelse", REMINDER)

    assert keyed.delete(f"/oppgaver/{oppgave_id}/paaminnelse").status_code == 200
    assert reminder_messages() == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"paaminnelse": REMINDER | {"tidspunkt": {}}}, "paaminnelse.tidspunkt"),
        (REMINDER | {"tidspunkt": {}}, "tidspunkt"),
        (REMINDER | {"mer": 1}, ""),
        ({"paaminnelse": []}, "paaminnelse"),
        ([], ""),
    ],
)
def test_what_is_wrong_with_a_reminder_is_told_from_the_body_down(api, oppgave_id, body, path):
    response = api.put(f"/oppgaver/{oppgave_id}/paaminnelse", body)

    assert response.status_code == 422
    assert [error["path"] for error in response.json()["errors"]] == [path]
    assert reminder_messages() == 1


def test_a_reminder_is_refused_when_it_makes_no_sense(api, oppgave_id):
    path = f"/oppgaver/{oppgave_id}/paaminnelse"
    late = REMINDER | {"tidspunkt": {"konkret": "2031-05-07T12:00:00"}}

    bad = api.put(path, late)
    assert bad.json()["type"] == "urn:problem:cases:ugyldig-paaminnelse-tidspunkt"
    api.post(f"/oppgaver/{oppgave_id}/utfoert")
    done = api.put(path, REMINDER)
    assert done.status_code == 409
    assert done.json()["type"] == "urn:problem:cases:oppgaven-er-allerede-utfoert"


CALLS: list[tuple[str, str, Any]] = [
    ("post", "/utfoert", {}),
    ("post", "/utgaatt", {}),
    ("put", "/frist", {"nyFrist": "2031-06-01"}),
    ("put", "/paaminnelse", {"paaminnelse": None}),
]


@pytest.mark.parametrize("route", CALLS)
def test_every_call_refuses_what_it_must(parties, oppgave_id, route):
    api, other_api, stranger = parties
    method, rest, body = route

    def call(who, item, **query):
        response = getattr(who, method)(f"/oppgaver/{item}{rest}", body, **query)
        return response.status_code, response.json()["type"].rpartition(":")[2]

    beskjed = api.post("/beskjeder", BESKJED).json()["id"]
    before = Hendelse.objects.count()
    assert call(stranger, oppgave_id) == (403, "ukjent-produsent")
    assert call(other_api, oppgave_id) == (403, "ugyldig-merkelapp")
    assert call(other_api, "by-ekstern-id", **WHERE) == (403, "ugyldig-merkelapp")
    assert call(api, NO_ID) == (404, "notifikasjon-finnes-ikke")
    assert call(api, beskjed) == (404, "notifikasjon-finnes-ikke")
    assert call(api, "by-ekstern-id") == (422, "ugyldig-input")
    assert Hendelse.objects.count() == before


def test_what_is_missing_in_query_and_body_is_told_together(api, oppgave_id):
    response = api.put("/oppgaver/by-ekstern-id/frist", {}, merkelapp="Tiltak")

    assert [error["path"] for error in response.json()["errors"]] == ["eksternId", "nyFrist"]
