"""Kalenderavtaler over REST (cases contract 13)."""

import pytest
from django.conf import settings

from cases.models import EksterntVarsel, Hendelse, Notifikasjon
from tests.cases.api.bodies import KALENDERAVTALE, OPPGAVE, REMINDER, SAK, SMS

NO_ID = "00000000-0000-4000-8000-000000000000"
WHERE = {"merkelapp": "Tiltak", "eksternId": "k1"}


@pytest.fixture
def avtale_id(api) -> str:
    api.post("/saker", SAK)
    return str(api.post("/kalenderavtaler", KALENDERAVTALE).json()["id"])


@pytest.fixture(params=["by id", "by coordinate"])
def address(request, avtale_id):
    return (avtale_id, {}) if request.param == "by id" else ("by-ekstern-id", WHERE)


def test_a_kalenderavtale_is_created_once(api):
    api.post("/saker", SAK)
    body = KALENDERAVTALE | {"eksterneVarsler": [SMS], "paaminnelse": REMINDER}
    first = api.post("/kalenderavtaler", body)
    again = api.post("/kalenderavtaler", body)

    made = first.json()
    assert first.status_code == 201
    location = f"{settings.PUBLIC_URL}/cases/api/v1/kalenderavtaler/{made['id']}"
    assert first["Location"] == location
    assert set(made) == {"id", "eksterneVarsler", "paaminnelse"}
    assert (again.status_code, again.json()) == (200, made)
    other = api.post("/kalenderavtaler", body | {"tekst": "Et annet"})
    assert (other.status_code, other.json()["idTilEksisterende"]) == (409, made["id"])


def test_a_kalenderavtale_is_read_in_local_time(api, address, avtale_id):
    item, query = address

    read = api.get(f"/kalenderavtaler/{item}", **query).json()

    assert "mottaker" not in read
    assert read["type"] == "Kalenderavtale"
    assert read["kalenderavtale"] == {
        "merkelapp": "Tiltak",
        "tekst": "Møte",
        "lenke": "https://example.no/",
        "startTidspunkt": "2031-05-06T09:00:00",
        "sluttTidspunkt": None,
        "lokasjon": None,
        "digitalt": False,
        "tilstand": "VENTER_SVAR_FRA_ARBEIDSGIVER",
    }


def test_a_kalenderavtale_is_changed(api, address, avtale_id):
    item, query = address
    place = {"adresse": "Gate 1", "postnummer": "0001", "poststed": "Oslo"}
    change = {"nyTilstand": "ARBEIDSGIVER_HAR_GODTATT", "nyLokasjon": place, "nyErDigitalt": True}

    done = api.patch(f"/kalenderavtaler/{item}", change, **query)

    assert (done.status_code, done.json()) == (200, {"id": avtale_id})
    read = api.get(f"/kalenderavtaler/{avtale_id}").json()["kalenderavtale"]
    assert (read["tilstand"], read["lokasjon"], read["digitalt"], read["tekst"]) == (
        *("ARBEIDSGIVER_HAR_GODTATT", place, True),
        "Møte",
    )


def test_a_change_of_nothing_is_fine_and_leaves_no_event(api, address):
    item, query = address
    before = Hendelse.objects.count()

    assert api.patch(f"/kalenderavtaler/{item}", {}, **query).status_code == 200
    assert Hendelse.objects.count() == before


def test_a_key_that_was_used_changes_nothing(api, avtale_id):
    keyed = api.with_key("k")
    keyed.patch(f"/kalenderavtaler/{avtale_id}", {"nyTekst": "A", "eksterneVarsler": [SMS]})
    again = keyed.patch(
        "/kalenderavtaler/by-ekstern-id", {"nyTekst": "B", "eksterneVarsler": [SMS]}, **WHERE
    )

    assert again.status_code == 200
    read = api.get(f"/kalenderavtaler/{avtale_id}").json()
    assert read["kalenderavtale"]["tekst"] == "A"
    assert EksterntVarsel.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"grupperingsid": "sak 2"}, (404, "sak-finnes-ikke")),
        ({"merkelapp": "Lønn"}, (403, "ugyldig-merkelapp")),
        (
            {"mottakere": [{"altinnRessurs": {"ressursId": "annen"}}]},
            (403, "ugyldig-mottaker"),
        ),
        ({"sluttTidspunkt": "2031-05-06T08:59:59"}, (422, "ugyldig-kalenderavtale")),
        (
            {"paaminnelse": {"tidspunkt": {"konkret": "2031-05-06T09:00:01"}}},
            (422, "ugyldig-kalenderavtale"),
        ),
        ({"startTidspunkt": "2031-05-06T09:00:00Z"}, (422, "ugyldig-input")),
    ],
)
def test_a_kalenderavtale_that_may_not_be_is_not_stored(api, changed, refusal):
    api.post("/saker", SAK)

    response = api.post("/kalenderavtaler", KALENDERAVTALE | changed)

    told = response.status_code, response.json()["type"].removeprefix("urn:problem:cases:")
    assert told == refusal
    assert not Notifikasjon.objects.exists()


def test_an_update_refuses_what_it_must(api, other_api, stranger, avtale_id):
    def call(who, item, change=None, **query):
        response = who.patch(f"/kalenderavtaler/{item}", change or {"nyTekst": "x"}, **query)
        return response.status_code, response.json()["type"].rpartition(":")[2]

    oppgave = api.post("/oppgaver", OPPGAVE).json()["id"]
    before = Hendelse.objects.count()
    late = {"paaminnelse": {"tidspunkt": {"konkret": "2031-05-06T09:00:01"}}}
    assert call(stranger, avtale_id) == (403, "ukjent-produsent")
    assert call(other_api, avtale_id) == (403, "ugyldig-merkelapp")
    assert call(other_api, "by-ekstern-id", **WHERE) == (403, "ugyldig-merkelapp")
    assert call(api, NO_ID) == (404, "notifikasjon-finnes-ikke")
    assert call(api, oppgave) == (404, "notifikasjon-finnes-ikke")
    assert call(api, avtale_id, late) == (422, "ugyldig-kalenderavtale")
    assert call(api, avtale_id, {"nyTekst": "1" * 11}) == (422, "ugyldig-input")
    assert call(api, "by-ekstern-id") == (422, "ugyldig-input")
    assert Hendelse.objects.count() == before
