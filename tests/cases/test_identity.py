"""Who may do what, and in which order that is found out (cases contract 3)."""

from time import monotonic
from typing import Any

import pytest

from cases import producers
from cases.models import AppName, Hendelse, Notifikasjon, Producer, Sak
from tests.cases.documents import document, mutations
from tests.cases.producing import (
    ALL_KINDS,
    ALTINN,
    FOREIGN_LABEL,
    LABEL,
    LEDER,
    NO_ID,
    RESSURS,
    Api,
    beskjed,
    kalenderavtale,
    oppgave,
    paaminnelse,
    registered,
    sak,
)
from tests.tokens import bearer

STATUS = {"nyStatus": "FERDIG"}
FRIST = {"nyFrist": "2131-05-06"}
TOO_LONG = "x" * 301
BY_ID_SAK: dict[str, dict[str, Any]] = {
    "nyStatusSak": STATUS,
    "nesteStegSak": {"nesteSteg": "x"},
    "tilleggsinformasjonSak": {"tilleggsinformasjon": "x"},
    "softDeleteSak": {},
    "hardDeleteSak": {},
    "hentSak": {},
}
BY_ID_OPPGAVE: dict[str, dict[str, Any]] = {
    "oppgaveUtfoert": {},
    "oppgaveUtgaatt": {},
    "oppgaveUtsettFrist": FRIST,
    "oppgaveEndrePaaminnelse": {"paaminnelse": None},
    "softDeleteNotifikasjon": {},
    "hardDeleteNotifikasjon": {},
    "hentNotifikasjon": {},
}
BY_COORDINATE: dict[str, dict[str, Any]] = {
    f"{field}ByGrupperingsid": {"grupperingsid": "sak-1", **more}
    for field, more in BY_ID_SAK.items()
    if field != "hentSak"
} | {"hentSakMedGrupperingsid": {"grupperingsid": "sak-1"}}
BY_EKSTERN_ID: dict[str, dict[str, Any]] = {
    f"{field}ByEksternId": {"eksternId": "ekstern-1", **more}
    for field, more in BY_ID_OPPGAVE.items()
    if field != "hentNotifikasjon"
}
for field in ("oppgaveUtfoert", "softDeleteNotifikasjon", "hardDeleteNotifikasjon"):
    BY_EKSTERN_ID[f"{field}ByEksternId_V2"] = {"eksternId": "ekstern-1"}
NOT_FOUND = ("SakFinnesIkke", "NotifikasjonFinnesIkke")


def create(field: str, **changes: Any) -> dict[str, Any]:
    """The arguments of a create call, with a label or recipients of another kind."""
    if field == "nySak":
        return sak(**changes)
    if field == "nyKalenderavtale":
        return kalenderavtale(**{"eksterneVarsler": [], **changes})
    return {field: beskjed(**changes)}


CREATES = ["nySak", "nyBeskjed", "nyOppgave", "nyKalenderavtale"]


def stored() -> tuple[int, int, int]:
    return Sak.objects.count(), Notifikasjon.objects.count(), Hendelse.objects.count()


# ---------------------------------------------------------------- names


def test_every_name_of_the_register_entry_acts_as_the_producer(db: None) -> None:
    api = registered("client-id", LABEL, app="dev-gcp:team:app")
    producer = Producer.objects.get()
    producer.app_names.create(name="client-id")
    made = api.done("nySak", **sak())

    assert Api("client-id").sak(made["id"])["tittel"] == "Søknad om tilskudd"


def test_azp_name_counts_before_azp(producer: Api, colleague: Api) -> None:
    both = Api()
    both.headers = bearer(
        "x", "", kind="entra", claims={"azp_name": "dev-gcp:tiltak:app", "azp": "dev-gcp:arena:app"}
    )
    made = producer.done("nySak", **sak(merkelapp="Lønnstilskudd / æøå"))

    assert both.data("{ whoami }") == {"whoami": "dev-gcp:tiltak:app"}
    assert both.member("hentSak", id=made["id"]) == "HentetSak"


def test_azp_finds_the_producer_of_an_azp_name_that_nobody_has_registered(producer: Api) -> None:
    other = Api()
    other.headers = bearer(
        "x", "", kind="entra", claims={"azp_name": "a-new-name", "azp": "dev-gcp:tiltak:app"}
    )

    assert other.data("{ whoami }") == {"whoami": "a-new-name"}
    made = other.done("nySak", **sak())
    row = Sak.objects.get(pk=made["id"])
    assert (row.produsent, row.kilde_app_navn) == ("tiltak", "a-new-name")


def test_without_azp_name_azp_is_the_app_name(producer: Api) -> None:
    other = Api()
    other.headers = bearer(
        "x", "", kind="entra", claims={"azp_name": None, "azp": "dev-gcp:tiltak:app"}
    )

    assert other.data("{ whoami }") == {"whoami": "dev-gcp:tiltak:app"}
    assert other.member("nySak", **sak()) == "NySakVellykket"


def test_whoami_is_told_to_the_unregistered(stranger: Api) -> None:
    assert stranger.data("{ whoami }") == {"whoami": "dev-gcp:nobody:app"}


def test_an_item_remembers_its_producer_and_the_app(producer: Api) -> None:
    made = producer.done("nyBeskjed", nyBeskjed=beskjed())

    row = Notifikasjon.objects.get(pk=made["id"])
    assert (row.produsent, row.kilde_app_navn) == ("tiltak", "dev-gcp:tiltak:app")


# ---------------------------------------------------------------- each pair of checks


def test_validation_goes_before_the_register(stranger: Api) -> None:
    """(1) before (2)."""
    for field, more in ((field, create(field)) for field in CREATES):
        broken = "grupperingsid" if field in {"nySak", "nyKalenderavtale"} else field
        assert stranger.code(document(field), more | {broken: {}}) == "BAD_USER_INPUT"
    rule = beskjed(tekst=TOO_LONG)
    assert stranger.code(document("nyBeskjed"), {"nyBeskjed": rule}) == "BAD_USER_INPUT"
    assert stranger.code(document("mineNotifikasjoner"), {"first": 0}) == "BAD_USER_INPUT"
    assert stranger.code(document("mineNotifikasjoner"), {"after": "%"}) == "BAD_USER_INPUT"


def test_the_register_goes_before_the_label(stranger: Api) -> None:
    """(2) before (3)."""
    for field in CREATES:
        foreign = create(field, merkelapp=FOREIGN_LABEL)
        assert stranger.member(field, **foreign) == "UkjentProdusent"
    for field, more in (BY_COORDINATE | BY_EKSTERN_ID).items():
        assert stranger.member(field, merkelapp=FOREIGN_LABEL, **more) == "UkjentProdusent"
    filters = {"merkelapp": FOREIGN_LABEL, "merkelapper": []}
    assert stranger.member("mineNotifikasjoner", **filters) == "UkjentProdusent"


@pytest.mark.parametrize("field", CREATES)
def test_the_label_goes_before_the_recipients(db: None, field: str) -> None:
    """(3) before (4)."""
    api = registered("small", LABEL, mottakere=[])

    assert api.member(field, **create(field, merkelapp=FOREIGN_LABEL)) == "UgyldigMerkelapp"
    assert api.member(field, **create(field)) == "UgyldigMottaker"
    assert stored() == (0, 0, 0)


def test_the_label_goes_before_the_look_up(producer: Api) -> None:
    """(3) before (5), whether there is such an item or not."""
    for field, more in (BY_COORDINATE | BY_EKSTERN_ID).items():
        assert producer.member(field, merkelapp=FOREIGN_LABEL, **more) == "UgyldigMerkelapp"
        assert producer.member(field, merkelapp=LABEL, **more) in NOT_FOUND


@pytest.mark.parametrize("label", ["tiltak", "Tiltak ", "TILTAK", ""])
def test_a_label_is_told_from_others_exactly(producer: Api, label: str) -> None:
    assert producer.member("nySak", **sak(merkelapp=label)) == "UgyldigMerkelapp"
    assert stored() == (0, 0, 0)


def test_the_recipients_go_before_the_sak_of_a_kalenderavtale(db: None) -> None:
    """(4) before (5)."""
    api = registered("small", LABEL, mottakere=[])

    assert api.member("nyKalenderavtale", **kalenderavtale()) == "UgyldigMottaker"


def test_the_recipients_go_before_a_duplicate(db: None) -> None:
    """(4) before (7)."""
    api = registered("small", LABEL, mottakere=ALL_KINDS[:1])
    api.done("nySak", **sak())
    api.done("nyOppgave", nyOppgave=oppgave())

    assert api.member("nySak", **sak(mottakere=[RESSURS])) == "UgyldigMottaker"
    late = oppgave(mottakere=[RESSURS], paaminnelse=paaminnelse(konkret="2001-01-01T00:00"))
    assert api.member("nyOppgave", nyOppgave=late) == "UgyldigMottaker"


def test_the_sak_goes_before_the_rules_of_a_kalenderavtale(producer: Api) -> None:
    """(5) before (7)."""
    bad = kalenderavtale(
        sluttTidspunkt="2031-01-01T00:00:00", paaminnelse=paaminnelse(konkret="2001-01-01T00:00")
    )

    assert producer.member("nyKalenderavtale", **bad) == "SakFinnesIkke"


def test_another_coordinate_in_use_does_not_hide_that_the_sak_is_missing(
    producer: Api, sak_id: str
) -> None:
    """(5) before (7)."""
    producer.done("nyKalenderavtale", **kalenderavtale())

    nowhere = kalenderavtale(grupperingsid="no such sak")
    assert producer.member("nyKalenderavtale", **nowhere) == "SakFinnesIkke"


@pytest.mark.parametrize("field", BY_ID_SAK)
def test_a_sak_found_by_id_must_have_a_label_of_the_producer(
    producer: Api, colleague: Api, field: str
) -> None:
    """(6), after (5)."""
    made = colleague.done("nySak", **sak(merkelapp=FOREIGN_LABEL))
    before = stored()

    assert producer.member(field, id=made["id"], **BY_ID_SAK[field]) == "UgyldigMerkelapp"
    assert producer.member(field, id=NO_ID, **BY_ID_SAK[field]) == "SakFinnesIkke"
    assert producer.member(field, id="no uuid", **BY_ID_SAK[field]) == "SakFinnesIkke"
    assert stored() == before
    assert colleague.sak(made["id"])["sisteStatus"] == "MOTTATT"


@pytest.mark.parametrize("field", BY_ID_OPPGAVE)
def test_a_notifikasjon_found_by_id_must_have_a_label_of_the_producer(
    producer: Api, colleague: Api, field: str
) -> None:
    """(6), after (5)."""
    made = colleague.done("nyOppgave", nyOppgave=oppgave(merkelapp=FOREIGN_LABEL))
    before = stored()

    assert producer.member(field, id=made["id"], **BY_ID_OPPGAVE[field]) == "UgyldigMerkelapp"
    assert producer.member(field, id=NO_ID, **BY_ID_OPPGAVE[field]) == "NotifikasjonFinnesIkke"
    assert producer.member(field, id=7, **BY_ID_OPPGAVE[field]) == "NotifikasjonFinnesIkke"
    assert stored() == before
    assert colleague.item(made["id"])["oppgave"]["tilstand"] == "NY"


def test_the_label_of_a_found_item_goes_before_its_state(producer: Api, colleague: Api) -> None:
    """(6) before (7)."""
    made = colleague.done("nyOppgave", nyOppgave=oppgave(merkelapp=FOREIGN_LABEL))
    colleague.done("oppgaveUtfoert", id=made["id"])

    assert producer.member("oppgaveUtgaatt", id=made["id"]) == "UgyldigMerkelapp"
    earlier = {"id": made["id"], "nyFrist": "2001-01-01"}
    assert producer.member("oppgaveUtsettFrist", **earlier) == "UgyldigMerkelapp"


def test_the_kind_of_an_item_goes_before_its_label(producer: Api, colleague: Api) -> None:
    """(5) before (6): a beskjed is no oppgave, whoever has made it."""
    made = colleague.done("nyBeskjed", nyBeskjed=beskjed(merkelapp=FOREIGN_LABEL))

    assert producer.member("oppgaveUtfoert", id=made["id"]) == "NotifikasjonFinnesIkke"


# ---------------------------------------------------------------- access


def test_access_goes_by_label_and_not_by_creator(producer: Api, colleague: Api) -> None:
    made = producer.done("nySak", **sak())
    task = producer.done("nyOppgave", nyOppgave=oppgave())

    assert colleague.sak(made["id"])["grupperingsid"] == "sak-1"
    assert colleague.done("nyStatusSak", id=made["id"], **STATUS)["statuser"][0]["status"] == (
        "FERDIG"
    )
    assert colleague.done("oppgaveUtfoert", id=task["id"])["id"] == task["id"]
    assert colleague.done("nyOppgave", nyOppgave=oppgave())["id"] == task["id"]
    assert colleague.done("hardDeleteSak", id=made["id"])["id"] == made["id"]


def test_a_label_taken_from_the_register_takes_access_to_its_items(
    producer: Api, sak_id: str
) -> None:
    Producer.objects.filter(client_id="tiltak").update(merkelapper=[])
    producers.forget()

    assert producer.member("hentSak", id=sak_id) == "UgyldigMerkelapp"
    assert producer.done("mineNotifikasjoner")["edges"] == []


def test_a_change_of_the_register_counts_after_seconds(
    producer: Api, stranger: Api, sak_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert producer.member("hentSak", id=sak_id) == "HentetSak"
    assert stranger.member("hentSak", id=sak_id) == "UkjentProdusent"
    Producer.objects.filter(client_id="tiltak").update(merkelapper=[])
    AppName.objects.create(name="dev-gcp:nobody:app", producer_id="tiltak")
    later = monotonic() + 3

    assert stranger.member("hentSak", id=sak_id) != "UkjentProdusent"
    monkeypatch.setattr("cases.producers.monotonic", lambda: later)
    assert producer.member("hentSak", id=sak_id) == "UgyldigMerkelapp"
    Producer.objects.filter(client_id="tiltak").delete()
    monkeypatch.setattr("cases.producers.monotonic", lambda: later + 3)
    assert producer.member("hentSak", id=sak_id) == "UkjentProdusent"


UNCOVERED = [
    {"altinn": {"serviceCode": "5441", "serviceEdition": "2"}},
    {"altinn": {"serviceCode": "5442", "serviceEdition": "1"}},
    {"altinnRessurs": {"ressursId": "nav_other"}},
    {"altinnRessurs": {"ressursId": "NAV_TILTAK"}},
]


@pytest.mark.parametrize("recipient", UNCOVERED)
@pytest.mark.parametrize("field", CREATES)
def test_one_recipient_that_is_not_covered_refuses_the_call(
    producer: Api, field: str, recipient: dict[str, Any]
) -> None:
    answer = producer.call(field, **create(field, mottakere=[ALTINN, LEDER, recipient]))

    assert answer["__typename"] == "UgyldigMottaker"
    assert stored() == (0, 0, 0)


@pytest.mark.parametrize("field", CREATES)
def test_nearest_leaders_are_reached_only_where_the_register_says_so(db: None, field: str) -> None:
    api = registered("small", LABEL, mottakere=ALL_KINDS[:2])

    assert api.member(field, **create(field, mottakere=[LEDER])) == "UgyldigMottaker"
    assert api.member(field, **create(field, mottakere=[ALTINN, RESSURS])) != "UgyldigMottaker"


def test_the_single_recipient_of_a_beskjed_is_judged_too(db: None) -> None:
    api = registered("small", LABEL, mottakere=ALL_KINDS[:1])

    wrong = beskjed(mottaker=RESSURS)
    assert api.member("nyBeskjed", nyBeskjed=wrong) == "UgyldigMottaker"
    assert stored() == (0, 0, 0)


def test_no_mutation_gets_past_a_wrong_token(db: None) -> None:
    api = Api()
    for headers in ({}, {"Authorization": "Bearer nonsense"}, bearer("ttd")):
        api.headers = headers
        for field in mutations():
            answer = api.send({"query": document(field)})
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"].startswith("Bearer")
    assert stored() == (0, 0, 0)
