"""Beskjeder and what all notifications have in common, over REST (cases contract 13)."""

import re

import pytest
from django.conf import settings

from cases.models import Hendelse, Notifikasjon
from tests.cases.api.bodies import BESKJED, KALENDERAVTALE, OPPGAVE, SAK, with_label
from tests.cases.api.conftest import Api

NO_ID = "00000000-0000-4000-8000-000000000000"
WHERE = {"merkelapp": "Tiltak", "eksternId": "b1"}


@pytest.fixture
def beskjed_id(api) -> str:
    return str(api.post("/beskjeder", BESKJED).json()["id"])


@pytest.fixture(params=["by id", "by coordinate"])
def address(request, beskjed_id):
    return (beskjed_id, {}) if request.param == "by id" else ("by-ekstern-id", WHERE)


def numbered(api: Api, count: int) -> list[str]:
    return [
        api.post(
            "/beskjeder", BESKJED | {"metadata": BESKJED["metadata"] | {"eksternId": f"n{number}"}}
        ).json()["id"]
        for number in range(count)
    ]


def test_a_beskjed_is_created_once(api):
    first = api.post("/beskjeder", BESKJED)
    again = api.post("/beskjeder", BESKJED)

    assert first.status_code == 201
    assert first.json() == {"id": first.json()["id"], "eksterneVarsler": []}
    location = f"{settings.PUBLIC_URL}/cases/api/v1/beskjeder/{first.json()['id']}"
    assert first["Location"] == location
    assert (again.status_code, again.json()) == (200, first.json())
    assert Notifikasjon.objects.count() == 1


@pytest.mark.parametrize("other", [with_label(BESKJED, "Tiltak"), OPPGAVE])
def test_an_ekstern_id_is_taken_by_all_kinds_together(api, beskjed_id, other):
    content = other["notifikasjon"] | {"tekst": "Noe annet"}
    same_key = other | {"metadata": BESKJED["metadata"], "notifikasjon": content}

    response = api.post("/oppgaver" if "frist" in other else "/beskjeder", same_key)

    assert response.status_code == 409
    problem = response.json()
    assert problem["type"] == "urn:problem:cases:duplikat-ekstern-id-og-merkelapp"
    assert problem["idTilEksisterende"] == beskjed_id


@pytest.mark.parametrize("collection", ["beskjeder", "notifikasjoner"])
def test_a_beskjed_is_read_as_it_is(api, address, beskjed_id, collection):
    item, query = address

    response = api.get(f"/{collection}/{item}", **query)

    recipient = {
        "type": "AltinnMottaker",
        "serviceCode": "5441",
        "serviceEdition": "1",
        "virksomhetsnummer": "910825526",
    }
    assert response.status_code == 200
    read = response.json()
    assert re.fullmatch(r"\d{4}-.*T.*Z", read["metadata"].pop("opprettetTidspunkt"))
    assert read == {
        "type": "Beskjed",
        "mottaker": recipient,
        "mottakere": [recipient],
        "metadata": {
            "id": beskjed_id,
            "eksternId": "b1",
            "grupperingsid": None,
            "softDeleted": False,
            "softDeletedAt": None,
        },
        "beskjed": {"merkelapp": "Tiltak", "tekst": "Les dette", "lenke": "#anker"},
        "eksterneVarsler": [],
    }


def test_every_kind_of_recipient_tells_its_type(api):
    mottakere = [
        {"naermesteLeder": {"naermesteLederFnr": "1", "ansattFnr": "2"}},
        {"altinnRessurs": {"ressursId": "nav_tiltak"}},
    ]
    made = api.post("/beskjeder", BESKJED | {"mottakere": mottakere}).json()

    read = api.get(f"/notifikasjoner/{made['id']}").json()

    assert read["mottaker"] == read["mottakere"][0]
    assert read["mottakere"] == [
        {
            "type": "NaermesteLederMottaker",
            "naermesteLederFnr": "1",
            "ansattFnr": "2",
            "virksomhetsnummer": "910825526",
        },
        {
            "type": "AltinnRessursMottaker",
            "virksomhetsnummer": "910825526",
            "ressursId": "nav_tiltak",
        },
    ]


@pytest.mark.parametrize("collection", ["oppgaver", "kalenderavtaler"])
def test_a_kind_answers_for_its_own_only(api, address, collection):
    item, query = address

    response = api.get(f"/{collection}/{item}", **query)

    assert response.status_code == 404
    assert response.json()["type"] == "urn:problem:cases:notifikasjon-finnes-ikke"


def test_each_kind_is_read_under_its_own_name(api):
    api.post("/saker", SAK)
    made = {
        "Oppgave": ("oppgaver", api.post("/oppgaver", OPPGAVE).json()["id"]),
        "Kalenderavtale": (
            "kalenderavtaler",
            api.post("/kalenderavtaler", KALENDERAVTALE).json()["id"],
        ),
    }

    for kind, (collection, id) in made.items():
        read = api.get(f"/{collection}/{id}")
        assert (read.status_code, read.json()["type"]) == (200, kind)
        assert api.get(f"/notifikasjoner/{id}").json() == read.json()


def test_a_notification_is_hidden_and_still_read(api, address, beskjed_id):
    item, query = address

    done = api.post(f"/notifikasjoner/{item}/soft-delete", **query)

    assert (done.status_code, done.json()) == (200, {"id": beskjed_id})
    first = api.get(f"/notifikasjoner/{beskjed_id}").json()["metadata"]
    assert first["softDeleted"] is True
    assert first["softDeletedAt"].endswith("Z")
    assert api.post(f"/notifikasjoner/{item}/soft-delete", **query).status_code == 200
    assert api.get(f"/notifikasjoner/{beskjed_id}").json()["metadata"] == first


def test_a_notification_is_erased(api, address, beskjed_id):
    item, query = address

    done = api.delete(f"/notifikasjoner/{item}", **query)

    assert (done.status_code, done.json()) == (200, {"id": beskjed_id})
    assert api.get(f"/notifikasjoner/{beskjed_id}").status_code == 404
    assert api.delete(f"/notifikasjoner/{item}", **query).status_code == 404
    assert api.post("/beskjeder", BESKJED).status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/notifikasjoner/{}"),
        ("get", "/beskjeder/{}"),
        ("post", "/notifikasjoner/{}/soft-delete"),
        ("delete", "/notifikasjoner/{}"),
    ],
)
def test_every_call_refuses_what_it_must(parties, beskjed_id, method, path):
    api, other_api, stranger = parties

    def call(who, item, **query):
        response = getattr(who, method)(path.format(item), **query)
        return response.status_code, response.json()["type"].rpartition(":")[2]

    before = Hendelse.objects.count()
    assert call(stranger, beskjed_id) == (403, "ukjent-produsent")
    assert call(other_api, beskjed_id) == (403, "ugyldig-merkelapp")
    assert call(other_api, "by-ekstern-id", **WHERE) == (403, "ugyldig-merkelapp")
    assert call(api, NO_ID) == (404, "notifikasjon-finnes-ikke")
    assert call(api, "x") == (404, "notifikasjon-finnes-ikke")
    nowhere = WHERE | {"eksternId": "b2"}
    assert call(api, "by-ekstern-id", **nowhere) == (404, "notifikasjon-finnes-ikke")
    assert call(api, "by-ekstern-id", eksternId="b1") == (422, "ugyldig-input")
    assert Hendelse.objects.count() == before


@pytest.mark.parametrize(
    ("who", "changed", "refusal"),
    [
        ("stranger", {}, (403, "ukjent-produsent")),
        ("other_api", {}, (403, "ugyldig-merkelapp")),
        (
            "api",
            {"mottaker": {"altinn": {"serviceCode": "1", "serviceEdition": "1"}}},
            (403, "ugyldig-mottaker"),
        ),
        ("api", {"mottakere": []}, (422, "ugyldig-input")),
    ],
)
def test_a_beskjed_that_may_not_be_is_not_stored(request, api, who, changed, refusal):
    response = request.getfixturevalue(who).post("/beskjeder", BESKJED | changed)

    told = response.status_code, response.json()["type"].removeprefix("urn:problem:cases:")
    assert told == refusal
    assert not Notifikasjon.objects.exists()


# ---------------------------------------------------------------- lists


def test_pages_are_walked_by_their_links(api):
    ids = numbered(api, 5)

    walked, response = [], api.get("/notifikasjoner", first=2, merkelapp="Tiltak")
    pages = 1
    while True:
        walked += [edge["node"]["metadata"]["id"] for edge in response.json()["edges"]]
        if not response.json()["pageInfo"]["hasNextPage"]:
            break
        link = re.fullmatch(r'<(.*)>; rel="next"', response["Link"])
        assert link
        assert link[1].startswith(f"{settings.PUBLIC_URL}/cases/api/v1/notifikasjoner?")
        assert "merkelapp=Tiltak" in link[1]
        response = api.browser.get(link[1].removeprefix(settings.PUBLIC_URL), headers=api.headers)
        pages += 1

    assert (walked, pages) == (ids, 3)
    assert "Link" not in response
    assert response.json()["edges"][0]["node"]["type"] == "Beskjed"
    assert set(response.json()) == {"edges", "pageInfo"}


def test_the_last_cursor_ends_the_page(api):
    numbered(api, 2)

    page = api.get("/notifikasjoner").json()

    assert page["pageInfo"] == {"hasNextPage": False, "endCursor": page["edges"][-1]["cursor"]}
    beyond = api.get("/notifikasjoner", after=page["pageInfo"]["endCursor"])
    assert beyond.json()["edges"] == []
    assert "Link" not in beyond


def test_lists_are_narrowed(api):
    numbered(api, 2)
    metadata = BESKJED["metadata"] | {"grupperingsid": "g"}
    api.post("/beskjeder", with_label(BESKJED, "Sykefravær / æøå") | {"metadata": metadata})

    def count(**query):
        return len(api.get("/notifikasjoner", **query).json()["edges"])

    assert count() == 3
    assert count(merkelapp="Tiltak") == 2
    assert count(merkelapp=["Tiltak", "Sykefravær / æøå"]) == 3
    assert count(merkelapp="Sykefravær / æøå") == 1
    assert count(grupperingsid="g") == 1
    assert count(grupperingsid="") == 0


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"first": 0}, "first"),
        ({"first": 10_001}, "first"),
        ({"first": "many"}, "first"),
        ({"first": ""}, "first"),
        ({"first": "1.5"}, "first"),
        ({"first": "٣"}, "first"),
        ({"after": "nonsense"}, "after"),
        ({"grupperingsid": "\x00"}, "grupperingsid"),
    ],
)
def test_a_list_that_cannot_be_is_refused(api, query, path):
    response = api.get("/notifikasjoner", **query)

    assert response.status_code == 422
    assert [error["path"] for error in response.json()["errors"]] == [path]


def test_a_list_is_for_the_producers_own_labels(api, stranger):
    assert api.get("/notifikasjoner", merkelapp=["Tiltak", "Lønn"]).status_code == 403
    refused = stranger.get("/notifikasjoner")
    assert refused.json()["type"] == "urn:problem:cases:ukjent-produsent"


def test_whoami_is_for_everybody(api, stranger):
    assert api.get("/whoami").json() == {"appName": "prod:fager:app"}
    assert (stranger.get("/whoami").status_code, stranger.get("/whoami").json()) == (
        200,
        {"appName": "prod:nobody:app"},
    )
