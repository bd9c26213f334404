"""Saker by the GraphQL door: what each call answers and leaves behind (cases contract 6, 7, 8)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cases.models import BruktNoekkel, Hendelse, Notifikasjon, Sak, Slettet, StatusOppdatering
from tests.cases.producing import (
    ALTINN,
    LABEL,
    LEDER,
    NO_ID,
    ORG,
    OTHER_LABEL,
    RESSURS,
    Api,
    beskjed,
    kalenderavtale,
    sak,
)

REF = {"merkelapp": LABEL, "grupperingsid": "sak-1"}


@pytest.fixture(params=["by id", "by coordinate"])
def ref(request: pytest.FixtureRequest, sak_id: str) -> tuple[str, dict[str, str]]:
    """How the sak is named: what the field ends in, and the arguments."""
    return ("", {"id": sak_id}) if request.param == "by id" else ("ByGrupperingsid", REF)


def events_of(id: str) -> list[str]:
    of_item = Hendelse.objects.filter(aggregate_id=id).order_by("id")
    return list(of_item.values_list("type", flat=True))


# ---------------------------------------------------------------- nySak


def test_a_sak_is_read_back_as_it_was_told(producer: Api) -> None:
    made = producer.done(
        "nySak",
        **sak(
            tilleggsinformasjon="",
            lenke="https://example.no/sak",
            nesteSteg="Vent",
            overstyrStatustekstMed="",
            tidspunkt="2001-02-03T04:05:06+02:00",
            initiellStatus="UNDER_BEHANDLING",
        ),
    )

    expected = {
        "id": made["id"],
        "grupperingsid": "sak-1",
        "virksomhetsnummer": ORG,
        "tittel": "Søknad om tilskudd",
        "lenke": "https://example.no/sak",
        "nesteSteg": "Vent",
        "tilleggsinformasjon": "",
        "merkelapp": LABEL,
        "sisteStatus": "UNDER_BEHANDLING",
    }
    assert producer.sak(made["id"]) == expected
    assert producer.done("hentSakMedGrupperingsid", **REF)["sak"] == expected
    status = StatusOppdatering.objects.get()
    assert status.overstyr_statustekst_med == ""
    assert status.tidspunkt == datetime(2001, 2, 3, 2, 5, 6, tzinfo=UTC)
    assert events_of(made["id"]) == ["SakOpprettet"]


def test_a_sak_lacks_what_it_was_not_told(producer: Api, sak_id: str) -> None:
    read = producer.sak(sak_id)
    assert (read["lenke"], read["nesteSteg"], read["tilleggsinformasjon"]) == (None, None, None)


def test_a_grupperingsid_belongs_to_its_label(producer: Api, sak_id: str) -> None:
    other = producer.done("nySak", **sak(merkelapp=OTHER_LABEL, tittel="En annen"))

    assert other["id"] != sak_id


SAME = {
    "as it was": {},
    "with nulls for what was left out": {"lenke": None, "tidspunkt": None, "hardDelete": None},
    "with a deletion": {"hardDelete": {"om": "P1Y"}},
    "with a recipient twice": {"mottakere": [ALTINN, ALTINN]},
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
def test_an_equal_call_answers_as_the_first_did(
    producer: Api, sak_id: str, changes: dict[str, Any]
) -> None:
    assert producer.call("nySak", **sak(**changes)) == {
        "__typename": "NySakVellykket",
        "id": sak_id,
    }
    assert events_of(sak_id) == ["SakOpprettet"]
    assert StatusOppdatering.objects.count() == 1
    assert Sak.objects.get().hard_delete_at is None


OTHER: dict[str, dict[str, Any]] = {
    "virksomhetsnummer": {"virksomhetsnummer": "1"},
    "tittel": {"tittel": "En annen"},
    "lenke": {"lenke": ""},
    "nesteSteg": {"nesteSteg": ""},
    "tilleggsinformasjon": {"tilleggsinformasjon": ""},
    "mottakere": {"mottakere": [ALTINN, LEDER]},
    "initiellStatus": {"initiellStatus": "FERDIG"},
    "overstyrStatustekstMed": {"overstyrStatustekstMed": ""},
    "tidspunkt": {"tidspunkt": "2031-05-06T07:08:09Z"},
}


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER)
def test_another_content_is_a_duplicate_that_changes_nothing(
    producer: Api, sak_id: str, changes: dict[str, Any]
) -> None:
    before = producer.sak(sak_id)
    answer = producer.call("nySak", **sak(**changes))

    assert answer["__typename"] == "DuplikatGrupperingsid"
    assert answer["idTilEksisterende"] == sak_id
    assert producer.sak(sak_id) == before
    assert events_of(sak_id) == ["SakOpprettet"]


def test_order_and_repeats_of_recipients_do_not_count(producer: Api) -> None:
    made = producer.done("nySak", **sak(mottakere=[ALTINN, RESSURS, LEDER]))

    assert producer.done("nySak", **sak(mottakere=[LEDER, RESSURS, ALTINN, LEDER])) == made


def test_the_same_moment_in_another_offset_is_the_same(producer: Api) -> None:
    made = producer.done("nySak", **sak(tidspunkt="2031-05-06T07:08:09+02:00"))

    for same in (
        "2031-05-06T05:08:09Z",
        "2031-05-06T05:08:09.000-00:00",
        "2031-05-06T23:08:09+18:00",
    ):
        assert producer.done("nySak", **sak(tidspunkt=same)) == made
    for other in ("2031-05-06T07:08:09Z", "2031-05-06T05:08:09.000001Z"):
        assert producer.member("nySak", **sak(tidspunkt=other)) == "DuplikatGrupperingsid"
    assert producer.member("nySak", **sak()) == "DuplikatGrupperingsid"


def test_a_repeat_succeeds_however_far_the_sak_has_moved_on(producer: Api, sak_id: str) -> None:
    producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", nyLenkeTilSak="#ny")
    producer.done("nesteStegSak", id=sak_id, nesteSteg="Ferdig")
    producer.done("tilleggsinformasjonSak", id=sak_id, tilleggsinformasjon="Mer")
    before = producer.sak(sak_id)

    assert producer.done("nySak", **sak())["id"] == sak_id
    assert producer.sak(sak_id) == before


def test_after_soft_deletion_only_an_equal_call_succeeds(producer: Api, sak_id: str) -> None:
    producer.done("softDeleteSak", id=sak_id)

    assert producer.done("nySak", **sak())["id"] == sak_id
    other = producer.call("nySak", **sak(tittel="En annen"))
    assert other["__typename"] == "DuplikatGrupperingsidEtterDelete"
    assert Sak.objects.get().soft_deleted_at is not None


def test_hard_deletion_blocks_the_coordinate_for_ever(producer: Api, sak_id: str) -> None:
    producer.done("hardDeleteSak", id=sak_id)

    for changes in ({}, {"tittel": "En annen"}):
        again = producer.member("nySak", **sak(**changes))
        assert again == "DuplikatGrupperingsidEtterDelete"
    assert not Sak.objects.exists()
    assert not StatusOppdatering.objects.exists()
    assert producer.member("nySak", **sak(merkelapp=OTHER_LABEL)) == "NySakVellykket"


# ---------------------------------------------------------------- nyStatusSak


def test_a_status_has_an_id_of_its_own_and_all_statuses_are_told(
    producer: Api, ref: tuple[str, dict[str, str]], sak_id: str
) -> None:
    suffix, where = ref
    first = producer.done(
        f"nyStatusSak{suffix}",
        **where,
        nyStatus="FERDIG",
        tidspunkt="2001-02-03T04:05:06Z",
        overstyrStatustekstMed="Innvilget",
    )

    assert first["id"] not in {sak_id, None}
    assert first["statuser"][1] == {
        "status": "FERDIG",
        "tidspunkt": "2001-02-03T04:05:06Z",
        "overstyrStatusTekstMed": "Innvilget",
    }
    assert [one["status"] for one in first["statuser"]] == ["MOTTATT", "FERDIG"]
    assert events_of(sak_id) == ["SakOpprettet", "NyStatusSak"]


def test_statuses_stand_newest_stated_first_and_the_last_received_counts(
    producer: Api, sak_id: str
) -> None:
    for year, status in ((2105, "FERDIG"), (2103, "UNDER_BEHANDLING"), (2105, "MOTTATT")):
        told = producer.done(
            "nyStatusSak", id=sak_id, nyStatus=status, tidspunkt=f"{year}-01-01T00:00:00Z"
        )

    shown = [(one["tidspunkt"][:4], one["status"]) for one in told["statuser"][:3]]
    assert shown == [("2105", "MOTTATT"), ("2105", "FERDIG"), ("2103", "UNDER_BEHANDLING")]
    assert len(told["statuser"]) == 4
    old = {"nyStatus": "UNDER_BEHANDLING", "tidspunkt": "1999-01-01T00:00:00Z"}
    told = producer.done("nyStatusSak", id=sak_id, **old)
    assert told["statuser"][-1]["status"] == "UNDER_BEHANDLING"
    assert producer.sak(sak_id)["sisteStatus"] == "UNDER_BEHANDLING"


def test_a_status_may_change_the_link_or_leave_it(producer: Api, sak_id: str) -> None:
    for given, shown in (("#a", "#a"), (None, "#a"), ("", "")):
        producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", nyLenkeTilSak=given)
        assert producer.sak(sak_id)["lenke"] == shown


def test_without_a_key_each_status_counts(producer: Api, sak_id: str) -> None:
    told = [producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG") for _ in range(2)]

    assert told[0]["id"] != told[1]["id"]
    assert len(told[1]["statuser"]) == 3


def test_a_key_counts_once_in_both_ways_to_name_the_sak(producer: Api, sak_id: str) -> None:
    status = {"nyStatus": "FERDIG", "idempotencyKey": "k", "tidspunkt": "2031-05-06T07:08:09+02:00"}
    first = producer.done("nyStatusSak", id=sak_id, **status)

    producer.done("nyStatusSak", id=sak_id, nyStatus="MOTTATT", idempotencyKey="K")
    again = producer.done("nyStatusSakByGrupperingsid", **REF, **status)
    utc = status | {"tidspunkt": "2031-05-06T05:08:09Z"}
    assert producer.done("nyStatusSak", id=sak_id, **utc)["id"] == first["id"]
    assert again["id"] == first["id"]
    assert len(again["statuser"]) == 3
    assert producer.sak(sak_id)["sisteStatus"] == "MOTTATT"
    assert events_of(sak_id) == ["SakOpprettet", "NyStatusSak", "NyStatusSak"]


@pytest.mark.parametrize(
    "changes",
    [
        {"nyStatus": "MOTTATT"},
        {"overstyrStatustekstMed": ""},
        {"tidspunkt": "2031-05-06T07:08:09Z"},
    ],
)
def test_a_key_with_another_status_is_a_conflict(
    producer: Api, ref: tuple[str, dict[str, str]], sak_id: str, changes: dict[str, Any]
) -> None:
    suffix, where = ref
    status = {"nyStatus": "FERDIG", "idempotencyKey": "k"}
    producer.done("nyStatusSak", id=sak_id, **status)

    other = status | changes | {"nyLenkeTilSak": "#ny"}
    assert producer.member(f"nyStatusSak{suffix}", **where, **other) == "Konflikt"
    assert StatusOppdatering.objects.count() == 2
    assert producer.sak(sak_id)["lenke"] is None


def test_link_and_deletion_are_no_content_of_a_status(producer: Api, sak_id: str) -> None:
    first = producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", idempotencyKey="k")
    more = {"nyLenkeTilSak": "#ny", "hardDelete": {"nyTid": {"om": "P1D"}, "strategi": "OVERSKRIV"}}
    again = producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", idempotencyKey="k", **more)

    assert again["id"] == first["id"]
    assert producer.sak(sak_id)["lenke"] is None
    assert Sak.objects.get().hard_delete_at is None


def test_a_key_is_a_key_of_one_sak(producer: Api, sak_id: str) -> None:
    other = producer.done("nySak", **sak(grupperingsid="sak-2"))["id"]
    status = {"idempotencyKey": "k"}
    producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", **status)

    assert producer.member("nyStatusSak", id=other, nyStatus="MOTTATT", **status) == (
        "NyStatusSakVellykket"
    )


# ---------------------------------------------------------------- nesteSteg, tilleggsinformasjon

TEXTS = ["nesteSteg", "tilleggsinformasjon"]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_set_emptied_and_removed(
    producer: Api, ref: tuple[str, dict[str, str]], sak_id: str, name: str
) -> None:
    suffix, where = ref
    for text in ("Vent", "", None):
        told = producer.done(f"{name}Sak{suffix}", **where, **{name: text})
        assert told["id"] == sak_id
        assert producer.sak(sak_id)[name] == text
    producer.done(f"{name}Sak{suffix}", **where, **{name: "Vent"})
    producer.done(f"{name}Sak{suffix}", **where)
    assert producer.sak(sak_id)[name] is None


@pytest.mark.parametrize("name", TEXTS)
def test_a_key_of_a_text_counts_once_whatever_the_content(
    producer: Api, sak_id: str, name: str
) -> None:
    producer.done(f"{name}Sak", id=sak_id, idempotencyKey="k", **{name: "Første"})
    before = Hendelse.objects.count()

    for text in ("Første", "Andre", None):
        told = producer.done(f"{name}SakByGrupperingsid", **REF, idempotencyKey="k", **{name: text})
        assert told["id"] == sak_id
    assert producer.sak(sak_id)[name] == "Første"
    assert Hendelse.objects.count() == before
    producer.done(f"{name}Sak", id=sak_id, idempotencyKey="", **{name: "Tredje"})
    assert producer.sak(sak_id)[name] == "Tredje"


def test_each_family_has_keys_of_its_own(producer: Api, sak_id: str) -> None:
    producer.done("nyStatusSak", id=sak_id, idempotencyKey="k", nyStatus="FERDIG")
    producer.done("nesteStegSak", id=sak_id, idempotencyKey="k", nesteSteg="Vent")
    producer.done(
        "tilleggsinformasjonSak", id=sak_id, idempotencyKey="k", tilleggsinformasjon="Mer"
    )

    read = producer.sak(sak_id)
    assert (read["sisteStatus"], read["nesteSteg"], read["tilleggsinformasjon"]) == (
        "FERDIG",
        "Vent",
        "Mer",
    )


# ---------------------------------------------------------------- deletion


def test_a_soft_deleted_sak_is_read_and_changed_and_leaves_its_notifikasjoner(
    producer: Api, ref: tuple[str, dict[str, str]], sak_id: str
) -> None:
    suffix, where = ref
    item = producer.done("nyBeskjed", nyBeskjed=beskjed(metadata={"grupperingsid": "sak-1"}))
    assert producer.done(f"softDeleteSak{suffix}", **where)["id"] == sak_id
    first = Sak.objects.get().soft_deleted_at
    assert producer.done(f"softDeleteSak{suffix}", **where)["id"] == sak_id

    assert Sak.objects.get().soft_deleted_at == first
    assert events_of(sak_id) == ["SakOpprettet", "SoftDelete"]
    producer.done("nyStatusSak", id=sak_id, nyStatus="FERDIG")
    assert producer.sak(sak_id)["sisteStatus"] == "FERDIG"
    assert Sak.objects.get().soft_deleted_at == first
    assert producer.item(item["id"])["metadata"]["softDeleted"] is False
    refused = kalenderavtale(eksternId="ny")
    assert producer.member("nyKalenderavtale", **refused) == "SakFinnesIkke"


def test_a_hard_deleted_sak_takes_what_has_its_label_and_grupperingsid(
    producer: Api, ref: tuple[str, dict[str, str]], sak_id: str
) -> None:
    suffix, where = ref
    theirs: dict[str, Any] = {"metadata": {"grupperingsid": "sak-1"}}
    mine = producer.done("nyBeskjed", nyBeskjed=beskjed(**theirs))["id"]
    producer.done("nyKalenderavtale", **kalenderavtale(eksternId="avtale"))
    others = [
        producer.done("nyBeskjed", nyBeskjed=beskjed(merkelapp=OTHER_LABEL, **theirs))["id"],
        producer.done("nyBeskjed", nyBeskjed=beskjed(metadata={"eksternId": "alone"}))["id"],
    ]
    producer.done("nesteStegSak", id=sak_id, idempotencyKey="k", nesteSteg="x")

    assert producer.done(f"hardDeleteSak{suffix}", **where)["id"] == sak_id

    assert producer.member(f"hardDeleteSak{suffix}", **where) == "SakFinnesIkke"
    assert producer.member("hentSak", id=sak_id) == "SakFinnesIkke"
    assert producer.member("hentSakMedGrupperingsid", **REF) == "SakFinnesIkke"
    assert producer.member("hentNotifikasjon", id=mine) == "NotifikasjonFinnesIkke"
    assert {str(id) for id in Notifikasjon.objects.values_list("id", flat=True)} == set(others)
    assert Slettet.objects.count() == 3
    assert not BruktNoekkel.objects.exists()
    assert events_of(sak_id) == ["HardDelete"]


@pytest.mark.parametrize(
    "field", ["nyStatusSak", "nesteStegSak", "tilleggsinformasjonSak", "softDeleteSak"]
)
def test_what_is_not_there_is_not_found_and_nothing_is_made(producer: Api, field: str) -> None:
    more = {"nyStatus": "FERDIG"} if field == "nyStatusSak" else {}

    assert producer.member(field, id=NO_ID, **more) == "SakFinnesIkke"
    assert producer.member(f"{field}ByGrupperingsid", **REF, **more) == "SakFinnesIkke"
    assert not Hendelse.objects.exists()


def test_a_sak_begins_no_earlier_than_what_has_happened_under_its_grupperingsid(
    producer: Api,
) -> None:
    told = beskjed(
        metadata={"grupperingsid": "sak-1", "opprettetTidspunkt": "2031-03-01T12:00:00Z"}
    )
    producer.done("nyBeskjed", nyBeskjed=told)
    made = producer.done("nySak", **sak(tidspunkt="2030-01-01T12:00:00Z"))
    assert Sak.objects.get(pk=made["id"]).sist_endret == datetime(2031, 3, 1, 12, tzinfo=UTC)
