"""Saker over REST: every row of the table, by id and by coordinate (cases contract 13)."""

import pytest
from django.conf import settings

from cases.models import Hendelse, Sak
from tests.cases.api.bodies import BESKJED, SAK
from tests.cases.api.conftest import LABEL

NO_ID = "00000000-0000-4000-8000-000000000000"
WHERE = {"merkelapp": "Tiltak", "grupperingsid": "sak 1"}


@pytest.fixture
def sak_id(api) -> str:
    return str(api.post("/saker", SAK).json()["id"])


@pytest.fixture(params=["by id", "by coordinate"])
def address(request, sak_id):
    """How the sak is named: the middle of the path, and the query."""
    return (sak_id, {}) if request.param == "by id" else ("by-grupperingsid", WHERE)


def test_a_sak_is_created_once(api):
    first = api.post("/saker", SAK)
    again = api.post("/saker", SAK)

    assert first.status_code == 201
    assert first.json() == {"id": first.json()["id"]}
    location = f"{settings.PUBLIC_URL}/cases/api/v1/saker/{first.json()['id']}"
    assert first["Location"] == location
    assert (again.status_code, again.json()) == (200, first.json())
    assert Sak.objects.count() == 1


def test_a_sak_with_other_content_is_a_duplicate(api, sak_id):
    response = api.post("/saker", SAK | {"tittel": "En annen"})

    assert response.status_code == 409
    problem = response.json()
    assert problem["type"] == "urn:problem:cases:duplikat-grupperingsid"
    assert problem["idTilEksisterende"] == sak_id
    assert Sak.objects.count() == 1


def test_a_sak_is_read_as_it_is_with_null_for_what_it_lacks(api, address, sak_id):
    item, query = address

    response = api.get(f"/saker/{item}", **query)

    assert response.status_code == 200
    assert response.json() == {
        "id": sak_id,
        "grupperingsid": "sak 1",
        "virksomhetsnummer": "910825526",
        "tittel": "Søknad",
        "lenke": None,
        "nesteSteg": None,
        "tilleggsinformasjon": None,
        "merkelapp": "Tiltak",
        "sisteStatus": "MOTTATT",
    }


def test_a_coordinate_may_hold_anything(api):
    sak = SAK | {"merkelapp": LABEL, "grupperingsid": "a/b?c&d=e #æ%20"}
    made = api.post("/saker", sak).json()

    read = api.get(
        "/saker/by-grupperingsid", merkelapp=LABEL, grupperingsid=str(sak["grupperingsid"])
    )

    assert read.json()["id"] == made["id"]


def test_a_status_is_added(api, address):
    item, query = address
    status = {"nyStatus": "FERDIG", "tidspunkt": "2031-05-06T09:00:00.5+02:00"}

    response = api.post(f"/saker/{item}/statuser", status, **query)

    assert response.status_code == 201
    assert set(response.json()) == {"id", "statuser"}
    assert response.json()["statuser"][0] == {
        "status": "FERDIG",
        "tidspunkt": "2031-05-06T07:00:00.500000Z",
        "overstyrStatusTekstMed": None,
    }


def test_a_status_with_a_key_is_added_once(api, sak_id):
    keyed = api.with_key("nøkkel".encode().decode("latin-1"))
    first = keyed.post(f"/saker/{sak_id}/statuser", {"nyStatus": "FERDIG"})
    again = keyed.post("/saker/by-grupperingsid/statuser", {"nyStatus": "FERDIG"}, **WHERE)
    other = keyed.post(f"/saker/{sak_id}/statuser", {"nyStatus": "MOTTATT"})

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert other.status_code == 409
    assert other.json()["type"] == "urn:problem:cases:konflikt"


@pytest.mark.parametrize("member", ["nesteSteg", "tilleggsinformasjon"])
def test_a_text_of_a_sak_is_set_and_cleared(api, address, sak_id, member):
    item, query = address
    path = f"/saker/{item}/{'neste-steg' if member == 'nesteSteg' else member}"

    done = api.put(path, {member: "Vi ringer"}, **query)

    assert (done.status_code, done.json()) == (200, {"id": sak_id})
    assert api.get(f"/saker/{sak_id}").json()[member] == "Vi ringer"
    assert api.put(path, {member: None}, **query).status_code == 200
    assert api.get(f"/saker/{sak_id}").json()[member] is None


@pytest.mark.parametrize("member", ["nesteSteg", "tilleggsinformasjon"])
def test_a_key_that_was_used_changes_nothing(api, sak_id, member):
    keyed = api.with_key("k")
    path = f"/saker/{sak_id}/{'neste-steg' if member == 'nesteSteg' else member}"
    keyed.put(path, {member: "A"})

    assert keyed.put(path, {member: "B"}).status_code == 200
    assert api.get(f"/saker/{sak_id}").json()[member] == "A"


def test_a_sak_is_hidden_and_still_read(api, address, sak_id):
    item, query = address

    done = api.post(f"/saker/{item}/soft-delete", **query)

    assert (done.status_code, done.json()) == (200, {"id": sak_id})
    assert api.post(f"/saker/{item}/soft-delete", **query).status_code == 200
    assert api.get(f"/saker/{sak_id}").status_code == 200


def test_a_sak_is_erased_with_its_notifications(api, address, sak_id):
    item, query = address
    metadata = BESKJED["metadata"] | {"grupperingsid": "sak 1"}
    beskjed = api.post("/beskjeder", BESKJED | {"metadata": metadata}).json()["id"]

    done = api.delete(f"/saker/{item}", **query)

    assert (done.status_code, done.json()) == (200, {"id": sak_id})
    assert api.get(f"/saker/{sak_id}").status_code == 404
    assert api.get(f"/beskjeder/{beskjed}").status_code == 404
    blocked = api.post("/saker", SAK)
    assert blocked.status_code == 409
    assert blocked.json()["type"] == "urn:problem:cases:duplikat-grupperingsid-etter-delete"
    assert "idTilEksisterende" not in blocked.json()


CALLS = [
    ("get", "", None),
    ("post", "/statuser", {"nyStatus": "FERDIG"}),
    ("put", "/neste-steg", {"nesteSteg": "x"}),
    ("put", "/tilleggsinformasjon", {"tilleggsinformasjon": "x"}),
    ("post", "/soft-delete", None),
    ("delete", "", None),
]


@pytest.mark.parametrize("route", CALLS)
def test_every_call_refuses_what_it_must(parties, sak_id, route):
    api, other_api, stranger = parties
    method, rest, body = route

    def call(who, item, **query):
        sent = {} if body is None else {"body": body}
        response = getattr(who, method)(f"/saker/{item}{rest}", **sent, **query)
        return response.status_code, response.json()["type"].rpartition(":")[2]

    before = Hendelse.objects.count()
    foreign = {"merkelapp": "Lønn", "grupperingsid": "sak 1"}
    nowhere = WHERE | {"grupperingsid": "sak 2"}
    assert call(stranger, sak_id) == (403, "ukjent-produsent")
    assert call(stranger, "by-grupperingsid", **WHERE) == (403, "ukjent-produsent")
    assert call(other_api, sak_id) == (403, "ugyldig-merkelapp")
    assert call(api, "by-grupperingsid", **foreign) == (403, "ugyldig-merkelapp")
    assert call(api, NO_ID) == (404, "sak-finnes-ikke")
    assert call(api, "nr-1") == (404, "sak-finnes-ikke")
    assert call(api, "by-grupperingsid", **nowhere) == (404, "sak-finnes-ikke")
    assert call(api, "by-grupperingsid", merkelapp="Tiltak") == (422, "ugyldig-input")
    assert Hendelse.objects.count() == before


@pytest.mark.parametrize(
    ("who", "changed", "refusal"),
    [
        ("stranger", {}, (403, "ukjent-produsent")),
        ("api", {"merkelapp": "Lønn"}, (403, "ugyldig-merkelapp")),
        (
            "api",
            {"mottakere": [{"altinnRessurs": {"ressursId": "annen"}}]},
            (403, "ugyldig-mottaker"),
        ),
        ("api", {"mottakere": []}, (422, "ugyldig-input")),
        ("api", {"initiellStatus": "UKJENT"}, (422, "ugyldig-input")),
    ],
)
def test_a_sak_that_may_not_be_is_not_stored(request, api, who, changed, refusal):
    caller = request.getfixturevalue(who)

    response = caller.post("/saker", SAK | changed)

    told = response.status_code, response.json()["type"].removeprefix("urn:problem:cases:")
    assert told == refusal
    assert not Sak.objects.exists()
