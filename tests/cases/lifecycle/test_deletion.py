"""Hiding and erasing, and what is left (cases contract 11)."""

import json
from typing import Any

import pytest
from celery import current_app

from cases.models import EksterntVarsel, Hendelse, Slettet
from notifications_platform.delivery.channels.base import Parcel, Transient, Verdict
from notifications_platform.delivery.models import Message
from notifications_platform.registers.models import Organization
from tests.cases.lifecycle.living import Moment, events, let_leave, oslo, row, sweep
from tests.cases.lifecycle.traces import traces
from tests.cases.producing import (
    LABEL,
    NO_ID,
    ORG,
    OTHER_LABEL,
    Answer,
    Api,
    altinntjeneste,
    beskjed,
    epost,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sak,
    sms,
)
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db

SECRETS = {
    "Hemmelig tittel",
    "Hemmelig tekst",
    "Hemmelig tillegg",
    "Hemmelig steg",
    "Hemmelig status",
    "Hemmelig sms",
    "Hemmelig emne",
    "Hemmelig brev",
    "Hemmelig innhold",
    "Hemmelig husk",
    "Hemmelig gate",
    "hemmelig-lenke",
    "hemmelig-id",
    "hemmelig-noekkel",
    "91234567",
    "hemmelig@example.no",
    "kontakt@example.no",
    "01010112345",
    "02020212345",
}
WAITS = {"tidspunkt": "2031-03-20T12:00:00"}
AT_ONCE = {"sendevindu": "LOEPENDE"}


def secret_sms(sendetidspunkt: Answer) -> Answer:
    to = {"kontaktinfo": {"tlf": "91234567", "fnr": "02020212345"}}
    return sms(mottaker=to, smsTekst="Hemmelig sms", sendetidspunkt=sendetidspunkt)


def secret_messages(sendetidspunkt: Answer) -> list[Answer]:
    to = {"kontaktinfo": {"epostadresse": "hemmelig@example.no"}}
    return [
        secret_sms(sendetidspunkt),
        epost(
            mottaker=to,
            epostTittel="Hemmelig emne",
            epostHtmlBody="Hemmelig brev",
            sendetidspunkt=sendetidspunkt,
        ),
        altinntjeneste(
            tittel="Hemmelig tittel", innhold="Hemmelig innhold", sendetidspunkt=sendetidspunkt
        ),
    ]


def secret_items(api: Api, *, sendetidspunkt: Answer) -> tuple[str, list[str]]:
    """A sak and its three notifikasjoner, full of what must not remain."""
    leder = {"naermesteLeder": {"naermesteLederFnr": "01010112345", "ansattFnr": "02020212345"}}
    mine = {"mottakere": [leder]}
    reminder = paaminnelse(sms_text="Hemmelig husk", konkret="2031-03-10T12:00:00")
    sak_id = api.done(
        "nySak",
        **sak(
            tittel="Hemmelig tittel",
            lenke="hemmelig-lenke",
            tilleggsinformasjon="Hemmelig tillegg",
            nesteSteg="Hemmelig steg",
            overstyrStatustekstMed="Hemmelig status",
            **mine,
        ),
    )["id"]
    status = {"overstyrStatustekstMed": "Hemmelig status", "nyLenkeTilSak": "hemmelig-lenke"}
    key = {"idempotencyKey": "hemmelig-noekkel"}
    api.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", **status, **key)
    api.done("nesteStegSak", id=sak_id, nesteSteg="Hemmelig steg", **key)
    content: Answer = {
        "tekst": "Hemmelig tekst",
        "lenke": "hemmelig-lenke",
        "eksterneVarsler": secret_messages(sendetidspunkt),
        **mine,
    }
    ids = []
    for field, name in (("nyBeskjed", "b"), ("nyOppgave", "o")):
        metadata = {"eksternId": f"hemmelig-id-{name}", "grupperingsid": "sak-1"}
        own: Answer = {} if name == "b" else {"paaminnelse": reminder, "frist": "2031-03-31"}
        given = {field: beskjed(**content, **own, metadata=metadata)}
        ids.append(api.done(field, **given)["id"])
    meeting = {"eksternId": "hemmelig-id-k", "startTidspunkt": "2031-03-31T09:00:00"}
    place = {"adresse": "Hemmelig gate", "postnummer": "0001", "poststed": "Oslo"}
    given = kalenderavtale(**content, **meeting, lokasjon=place, paaminnelse=reminder)
    ids.append(api.done("nyKalenderavtale", **given)["id"])
    api.done(
        "oppdaterKalenderavtale",
        id=ids[-1],
        nyTekst="Hemmelig tekst",
        nyLokasjon=place,
        eksterneVarsler=[],
        **key,
    )
    api.done("oppgaveUtfoert", id=ids[1], nyLenke="hemmelig-lenke")
    return sak_id, ids


@pytest.fixture
def contact() -> None:
    Organization.objects.create(
        organization_number=ORG, name="Demo", email_addresses=["kontakt@example.no"]
    )


def of_organization(found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Without the register of organisations: it is no part of the item."""
    return {one for one in found if one[1] != "registers_organization"}


def left() -> set[tuple[str, str]]:
    return of_organization(traces(SECRETS))


# ---------------------------------------------------------------- no trace


@pytest.mark.usefixtures("contact")
@pytest.mark.parametrize("by", ["each", "sak", "schedule"])
def test_after_a_hard_delete_nothing_is_left_of_what_had_been_sent(
    api: Api, moment: Moment, post: FakeTransport, by: str
) -> None:
    sak_id, ids = secret_items(api, sendetidspunkt=AT_ONCE)
    moment.oslo("2031-03-10T12:00")
    let_leave()
    assert len(post.sent) == 10
    # Of a key only its digest is kept.
    assert {secret for secret, _ in left()} == SECRETS - {"hemmelig-noekkel"}

    erase(api, moment, sak_id, ids, by)
    let_leave()

    assert left() == set()
    assert not EksterntVarsel.objects.exists()


def erase(api: Api, moment: Moment, sak_id: str, ids: list[str], by: str) -> None:
    if by == "each":
        for id in ids:
            api.done("hardDeleteNotifikasjon", id=id)
    if by == "schedule":
        when = {"nyTid": {"om": "P1D"}, "strategi": "OVERSKRIV"}
        api.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", hardDelete=when)
        moment.passes(days=1)
        sweep()
    else:
        api.done("hardDeleteSak", id=sak_id)


@pytest.mark.usefixtures("contact")
def test_what_waits_keeps_its_words_until_it_has_left_and_no_longer(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    sak_id, _ = secret_items(api, sendetidspunkt=WAITS)
    api.done("hardDeleteSak", id=sak_id)

    # The outbox has SMS and e-mail; a message of an Altinn service waits for its look-up.
    assert {secret for secret, _ in left()} == {
        "Hemmelig sms",
        "Hemmelig emne",
        "Hemmelig brev",
        "91234567",
        "hemmelig@example.no",
        "Hemmelig tittel",
        "Hemmelig innhold",
    }
    assert {table for _, table in left()} == {
        "delivery_message",
        "delivery_content",
        "cases_eksterntvarsel",
    }
    moment.oslo("2031-03-20T12:00")
    let_leave()
    assert len(post.sent) == 9
    assert left() == set()
    assert not EksterntVarsel.objects.exists()
    assert not Hendelse.objects.exclude(type="HardDelete").exists()


@pytest.mark.usefixtures("contact")
def test_what_fails_in_the_end_goes_too(api: Api, moment: Moment, post: FakeTransport) -> None:
    def refuse(parcel: Parcel) -> Verdict:
        return Transient(f"{parcel.id} was not taken")

    post.answer = refuse
    sak_id, _ = secret_items(api, sendetidspunkt=AT_ONCE)
    let_leave()
    api.done("hardDeleteSak", id=sak_id)
    for _ in range(40):
        moment.passes(hours=1)
        let_leave()
    assert not Message.objects.filter(final_at__isnull=True).exists()
    assert left() == set()
    assert not EksterntVarsel.objects.exists()


def test_tasks_are_announced_by_name_with_no_word_of_an_item(
    api: Api, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[Any] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda *args, **more: announced.append([args, more])
    )
    sak_id, _ = secret_items(api, sendetidspunkt=AT_ONCE)
    let_leave()
    api.done("hardDeleteSak", id=sak_id)
    told = json.dumps(announced, default=str)
    assert not {secret for secret in SECRETS if secret in told}


# ---------------------------------------------------------------- what is left


def test_a_tombstone_says_what_it_may_and_no_more(api: Api, moment: Moment, sak_id: str) -> None:
    made = oppgave(metadata={"grupperingsid": "sak-1", "eksternId": "hemmelig-id"})
    id = api.done("nyOppgave", nyOppgave=made)["id"]
    moment.passes(hours=1)
    api.done("hardDeleteSak", id=sak_id)

    assert {field.name for field in Slettet._meta.get_fields()} == {
        "id",
        "type",
        "merkelapp",
        "grupperingsid",
        "sak_koordinat",
        "slettet_at",
        "produsent",
    }
    for stone, type in (
        (Slettet.objects.get(pk=sak_id), "Sak"),
        (Slettet.objects.get(pk=id), "Oppgave"),
    ):
        assert (stone.type, stone.merkelapp, stone.grupperingsid) == (type, LABEL, "sak-1")
        assert (stone.slettet_at, stone.produsent) == (moment.at, "tiltak")
    assert events(sak_id) == events(id) == ["HardDelete"]
    assert {event.payload == {} for event in Hendelse.objects.all()} == {True}


def test_a_tombstone_names_the_producer_of_its_own_item(
    api: Api, colleague: Api, moment: Moment
) -> None:
    """The sweep does, in its events too; a producer's call is told under the producer."""
    soon = {"hardDelete": {"om": "P1D"}}
    for name, how in (("a", soon), ("b", {})):
        api.done("nySak", **sak(grupperingsid=name, **how))
        metadata = {"grupperingsid": name, "eksternId": name}
        colleague.done("nyBeskjed", nyBeskjed=beskjed(metadata=metadata))
    moment.passes(days=1)
    sweep()
    api.done("hardDeleteSakByGrupperingsid", merkelapp=LABEL, grupperingsid="b")

    stones = Slettet.objects.order_by("grupperingsid", "type")
    assert list(stones.values_list("grupperingsid", "type", "produsent")) == [
        ("a", "Beskjed", "arena"),
        ("a", "Sak", "tiltak"),
        ("b", "Beskjed", "arena"),
        ("b", "Sak", "tiltak"),
    ]
    told = dict(Hendelse.objects.filter(type="HardDelete").values_list("aggregate_id", "produsent"))
    assert [told[stone.id] for stone in stones] == ["arena", "tiltak", "tiltak", "tiltak"]


def test_an_erased_item_is_not_found_and_its_ekstern_id_is_free(api: Api) -> None:
    first = api.done("nyBeskjed", nyBeskjed=beskjed())["id"]
    api.done("hardDeleteNotifikasjon", id=first)
    for call in ("hentNotifikasjon", "hardDeleteNotifikasjon", "softDeleteNotifikasjon"):
        assert api.member(call, id=first) == "NotifikasjonFinnesIkke"
    second = api.done("nyOppgave", nyOppgave=oppgave(tekst="Noe annet"))["id"]
    assert second != first
    assert api.item(second)["metadata"]["eksternId"] == "ekstern-1"


def of_sak(merkelapp: str = LABEL, **metadata: str) -> Answer:
    return beskjed(merkelapp=merkelapp, metadata={"grupperingsid": "sak-1", **metadata})


def test_erasing_a_notifikasjon_leaves_its_sak_and_siblings(api: Api, sak_id: str) -> None:
    ids = [api.done("nyBeskjed", nyBeskjed=of_sak(eksternId=id))["id"] for id in "ab"]
    api.done("hardDeleteNotifikasjon", id=ids[0])
    assert api.sak(sak_id)["id"] == sak_id
    assert api.item(ids[1])["metadata"]["id"] == ids[1]


def test_erasing_a_sak_takes_its_own_coordinate_only_and_blocks_it(api: Api, sak_id: str) -> None:
    other_sak = api.done("nySak", **sak(merkelapp=OTHER_LABEL))["id"]
    kept = [
        api.done("nyBeskjed", nyBeskjed=of_sak(OTHER_LABEL))["id"],
        api.done("nyBeskjed", nyBeskjed=beskjed(metadata={"grupperingsid": "sak-2"}))["id"],
        api.done("nyBeskjed", nyBeskjed=beskjed(metadata={"eksternId": "none"}))["id"],
    ]
    gone = [
        api.done("nyOppgave", nyOppgave=of_sak(eksternId="o"))["id"],
        api.done("nyKalenderavtale", **kalenderavtale(eksternId="k"))["id"],
    ]
    api.done("softDeleteNotifikasjon", id=gone[0])
    api.done("hardDeleteSak", id=sak_id)

    assert {api.member("hentNotifikasjon", id=id) for id in gone} == {"NotifikasjonFinnesIkke"}
    assert [api.item(id)["metadata"]["id"] for id in kept] == kept
    assert api.sak(other_sak)["id"] == other_sak
    assert api.member("hentSak", id=sak_id) == "SakFinnesIkke"
    assert api.member("nySak", **sak()) == "DuplikatGrupperingsidEtterDelete"
    assert api.member("nyKalenderavtale", **kalenderavtale()) == "SakFinnesIkke"


def test_hiding_keeps_the_first_time_and_leaves_everything_readable(
    api: Api, moment: Moment, sak_id: str
) -> None:
    id = api.done("nyBeskjed", nyBeskjed=beskjed(metadata={"grupperingsid": "sak-1"}))["id"]
    api.done("softDeleteSak", id=sak_id)
    assert api.item(id)["metadata"]["softDeleted"] is False
    api.done("softDeleteNotifikasjon", id=id)
    first = api.item(id)["metadata"]
    moment.passes(hours=1)
    api.done("softDeleteNotifikasjon", id=id)
    api.done("softDeleteSak", id=sak_id)

    assert api.item(id)["metadata"] == first
    assert first["softDeletedAt"] == "2031-03-04T11:00:00Z"
    assert api.sak(sak_id)["tittel"] == "Søknad om tilskudd"
    (edge,) = api.done("mineNotifikasjoner")["edges"]
    assert edge["node"]["metadata"]["softDeleted"] is True
    assert events(id).count("SoftDelete") == events(sak_id).count("SoftDelete") == 1
    assert row(id).soft_deleted_at == oslo("2031-03-04T12:00")


def test_deleting_what_is_not_there_says_so_and_changes_nothing(api: Api, sak_id: str) -> None:
    before = Hendelse.objects.count()
    for call in ("softDeleteSak", "hardDeleteSak"):
        assert api.member(call, id=NO_ID) == "SakFinnesIkke"
    for call in ("softDeleteNotifikasjon", "hardDeleteNotifikasjon"):
        assert api.member(call, id=NO_ID) == "NotifikasjonFinnesIkke"
    assert (Hendelse.objects.count(), Slettet.objects.count()) == (before, 0)


def test_an_item_that_calls_are_traced_by_is_not_left_in_traces(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    name = "hemmelig-ekstern-77"
    api.done("nySak", **sak())
    for call, id in (("hardDeleteNotifikasjon", ""), ("hardDeleteSakByGrupperingsid", "2")):
        api.headers = api.headers | {"X-Request-ID": f"call/{name}{id}!"}
        metadata = {"eksternId": f"{name}{id}", "grupperingsid": "sak-1"}
        given = beskjed(metadata=metadata, eksterneVarsler=[sms()])
        made = api.done("nyBeskjed", nyBeskjed=given)["id"]
        let_leave()
        assert traces({name})
        which = {"merkelapp": LABEL, "grupperingsid": "sak-1"} if id else {"id": made}
        api.done(call, **which)
        assert traces({name}) == set()
    assert len(post.sent) == 2
