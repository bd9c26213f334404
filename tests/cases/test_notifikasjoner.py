"""Creating and deleting beskjeder, oppgaver and kalenderavtaler by the GraphQL door: what each
call answers and leaves behind (cases contract 6, 7, 11).
"""

from datetime import timedelta

import pytest

from cases.models import Hendelse, Notifikasjon, NotifikasjonMottaker, Slettet
from notifications_platform.core import clock
from tests.cases.producing import (
    ALTINN,
    LABEL,
    LEDER,
    NO_ID,
    ORG,
    OTHER_LABEL,
    RESSURS,
    Api,
    altinntjeneste,
    beskjed,
    create,
    epost,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sak,
    sms,
)
from tests.cases.test_saker import events_of

KINDS = ["Beskjed", "Oppgave", "Kalenderavtale"]
ALTINN_SHOWN = {"serviceCode": "5441", "serviceEdition": "1", "virksomhetsnummer": ORG}
RESSURS_SHOWN = {"virksomhetsnummer": ORG, "ressursId": "nav_tiltak"}
LEDER_SHOWN = {
    "naermesteLederFnr": "01010112345",
    "ansattFnr": "02020212345",
    "virksomhetsnummer": ORG,
}


# ---------------------------------------------------------------- read back


def test_a_beskjed_is_read_back_as_it_was_told(producer: Api) -> None:
    new = beskjed(
        mottaker=LEDER,
        mottakere=[ALTINN, RESSURS, LEDER, ALTINN],
        eksterneVarsler=[sms(), epost(), altinntjeneste()],
        metadata={
            "grupperingsid": "no sak yet",
            "opprettetTidspunkt": "2031-05-06T07:08:09.120+02:00",
        },
    )
    made = producer.done("nyBeskjed", nyBeskjed=new)

    item = producer.item(made["id"])
    assert item["mottaker"] == LEDER_SHOWN
    assert item["mottakere"] == [LEDER_SHOWN, ALTINN_SHOWN, RESSURS_SHOWN]
    assert item["metadata"] == {
        "id": made["id"],
        "eksternId": "ekstern-1",
        "opprettetTidspunkt": "2031-05-06T05:08:09.120000Z",
        "grupperingsid": "no sak yet",
        "softDeleted": False,
        "softDeletedAt": None,
    }
    assert item["beskjed"] == {"merkelapp": LABEL, "tekst": "Les dette", "lenke": "#beskjed"}
    ids = [varsel["id"] for varsel in made["eksterneVarsler"]]
    assert len(set(ids)) == 3
    assert item["eksterneVarsler"] == [{"id": id, "status": "NY"} for id in ids]
    assert events_of(made["id"]) == ["BeskjedOpprettet"]


def test_an_oppgave_lists_its_own_messages_and_not_those_of_its_reminder(producer: Api) -> None:
    new = oppgave(
        eksterneVarsler=[epost()],
        frist="2131-05-06",
        paaminnelse=paaminnelse(foerFrist="P1D"),
    )
    made = producer.done("nyOppgave", nyOppgave=new)

    (of_reminder,) = made["paaminnelse"]["eksterneVarsler"]
    (own,) = made["eksterneVarsler"]
    item = producer.item(made["id"])
    assert item["eksterneVarsler"] == [{"id": own["id"], "status": "NY"}]
    assert of_reminder["id"] != own["id"]
    assert item["oppgave"]["tilstand"] == "NY"
    assert item["metadata"]["grupperingsid"] is None
    received = Notifikasjon.objects.get().mottatt_tidspunkt
    assert item["metadata"]["opprettetTidspunkt"] == received.isoformat().replace("+00:00", "Z")
    assert clock.now() - received < timedelta(minutes=1)


def test_an_oppgave_without_a_reminder_has_none(producer: Api) -> None:
    assert producer.done("nyOppgave", nyOppgave=oppgave())["paaminnelse"] is None


def test_a_kalenderavtale_is_read_back_in_local_time(producer: Api, sak_id: str) -> None:
    made = producer.done(
        "nyKalenderavtale",
        **kalenderavtale(
            mottakere=[RESSURS, ALTINN],
            startTidspunkt="2131-07-06T09:00",
            sluttTidspunkt="2131-07-06T09:00:00.5",
            lokasjon={"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"},
            erDigitalt=True,
        ),
    )

    item = producer.item(made["id"])
    assert "mottaker" not in item
    assert item["mottakere"] == [RESSURS_SHOWN, ALTINN_SHOWN]
    assert item["kalenderavtale"] == {
        "merkelapp": LABEL,
        "tekst": "Dialogmøte",
        "lenke": "https://example.no/avtale",
        "startTidspunkt": "2131-07-06T09:00:00",
        "sluttTidspunkt": "2131-07-06T09:00:00.500000",
        "lokasjon": {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"},
        "digitalt": True,
        "tilstand": "VENTER_SVAR_FRA_ARBEIDSGIVER",
    }


@pytest.mark.parametrize("kind", ["Beskjed", "Oppgave"])
def test_no_sak_is_needed(producer: Api, kind: str) -> None:
    made = create(producer, kind, grupperingsid="sak-1")
    producer.done("nySak", **sak())

    assert Notifikasjon.objects.get(pk=made["id"]).grupperingsid == "sak-1"


@pytest.mark.parametrize("where", [{"grupperingsid": "sak-2"}, {"merkelapp": OTHER_LABEL}])
def test_a_kalenderavtale_needs_a_sak_of_its_coordinate(
    producer: Api, sak_id: str, where: dict[str, str]
) -> None:
    assert create(producer, "Kalenderavtale", **where)["__typename"] == "SakFinnesIkke"
    assert not Notifikasjon.objects.exists()


# ---------------------------------------------------------------- UgyldigKalenderavtale


def test_an_appointment_may_end_when_it_starts_and_not_before(producer: Api, sak_id: str) -> None:
    early = create(producer, "Kalenderavtale", sluttTidspunkt="2131-05-06T08:59:59.999999")
    assert early["__typename"] == "UgyldigKalenderavtale"
    assert not Notifikasjon.objects.exists()

    equal = create(producer, "Kalenderavtale", sluttTidspunkt="2131-05-06T09:00:00")
    assert equal["__typename"] == "NyKalenderavtaleVellykket"


# ---------------------------------------------------------------- deletion

DELETES = ["softDeleteNotifikasjon", "hardDeleteNotifikasjon"]
REF = {"merkelapp": LABEL, "eksternId": "ekstern-1"}


@pytest.mark.parametrize("suffix", ["", "ByEksternId", "ByEksternId_V2"])
@pytest.mark.parametrize("kind", KINDS)
def test_soft_deletion_hides_once_and_can_be_repeated(
    producer: Api, sak_id: str, kind: str, suffix: str
) -> None:
    made = create(producer, kind)
    ref = REF if suffix else {"id": made["id"]}
    assert producer.done(f"softDeleteNotifikasjon{suffix}", **ref)["id"] == made["id"]
    first = producer.item(made["id"])["metadata"]
    assert producer.done(f"softDeleteNotifikasjon{suffix}", **ref)["id"] == made["id"]

    assert producer.item(made["id"])["metadata"] == first
    assert first["softDeleted"] is True
    assert first["softDeletedAt"] is not None
    assert events_of(made["id"]) == [f"{kind}Opprettet", "SoftDelete"]


@pytest.mark.parametrize("suffix", ["", "ByEksternId", "ByEksternId_V2"])
@pytest.mark.parametrize("kind", KINDS)
def test_hard_deletion_leaves_a_tombstone_and_the_siblings(
    producer: Api, sak_id: str, kind: str, suffix: str
) -> None:
    made = create(producer, kind, grupperingsid="sak-1")
    sibling = create(producer, "Beskjed", eksternId="2", grupperingsid="sak-1")
    ref = REF if suffix else {"id": made["id"]}

    assert producer.done(f"hardDeleteNotifikasjon{suffix}", **ref)["id"] == made["id"]

    again = producer.member(f"hardDeleteNotifikasjon{suffix}", **ref)
    assert again == "NotifikasjonFinnesIkke"
    assert producer.member("hentNotifikasjon", id=made["id"]) == "NotifikasjonFinnesIkke"
    assert producer.item(sibling["id"])["metadata"]["eksternId"] == "2"
    assert producer.sak(sak_id)["id"] == sak_id
    tombstone = Slettet.objects.get()
    assert (str(tombstone.id), tombstone.type) == (made["id"], kind)
    assert NotifikasjonMottaker.objects.count() == 1
    assert events_of(made["id"]) == ["HardDelete"]


@pytest.mark.parametrize("field", DELETES)
def test_what_is_not_there_cannot_be_deleted(producer: Api, field: str) -> None:
    assert producer.member(field, id=NO_ID) == "NotifikasjonFinnesIkke"
    assert producer.member(f"{field}ByEksternId", **REF) == "NotifikasjonFinnesIkke"
    assert not Hendelse.objects.exists()
