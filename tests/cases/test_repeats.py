"""Create calls that are sent again, and others that want a coordinate already taken (cases
contract 8.1).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from cases.models import EksterntVarsel, Hendelse, Notifikasjon
from notifications_platform.core import clock
from tests.cases.producing import (
    ALTINN,
    LABEL,
    LEDER,
    OTHER_LABEL,
    RESSURS,
    Answer,
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


@pytest.fixture
def first(producer: Api, sak_id: str) -> Callable[..., Answer]:
    """The create call of a kind, with two messages and all kinds of recipients."""

    def call(kind: str, **changes: Any) -> Answer:
        whole = {
            "grupperingsid": "sak-1",
            "mottakere": [ALTINN, RESSURS, LEDER],
            "eksterneVarsler": [sms(), epost()],
            **changes,
        }
        return create(producer, kind, **whole)

    return call


SAME: dict[str, dict[str, Any]] = {
    "as it was": {},
    "recipients in another order": {"mottakere": [LEDER, ALTINN, RESSURS, LEDER]},
    "a deletion": {"hardDelete": {"om": "P1Y"}},
}


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME)
@pytest.mark.parametrize("kind", KINDS)
def test_an_equal_call_answers_as_the_first_did(
    first: Callable[..., Answer], kind: str, changes: dict[str, Any]
) -> None:
    made = first(kind)
    before = Hendelse.objects.count()

    assert len(made["eksterneVarsler"]) == 2
    assert first(kind, **changes) == made
    assert Hendelse.objects.count() == before
    assert EksterntVarsel.objects.count() == 2
    assert Notifikasjon.objects.get().hard_delete_at is None


OTHER: dict[str, dict[str, Any]] = {
    "tekst": {"tekst": "Noe annet"},
    "lenke": {"lenke": ""},
    "virksomhetsnummer": {"virksomhetsnummer": "1"},
    "fewer recipients": {"mottakere": [ALTINN, RESSURS]},
    "no messages": {"eksterneVarsler": []},
    "messages in another order": {"eksterneVarsler": [epost(), sms()]},
    "another text": {"eksterneVarsler": [sms(smsTekst="x"), epost()]},
    "another window": {
        "eksterneVarsler": [sms(sendetidspunkt={"sendevindu": "NKS_AAPNINGSTID"}), epost()]
    },
    "another time": {
        "eksterneVarsler": [sms(), epost(sendetidspunkt={"tidspunkt": "2131-05-06T07:08:10"})]
    },
    "another address": {
        "eksterneVarsler": [sms(mottaker={"kontaktinfo": {"tlf": "40000000"}}), epost()]
    },
}


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER)
@pytest.mark.parametrize("kind", KINDS)
def test_another_content_is_a_duplicate_that_changes_nothing(
    producer: Api, first: Callable[..., Answer], kind: str, changes: dict[str, Any]
) -> None:
    made = first(kind)
    before = producer.item(made["id"])

    other = first(kind, **changes)

    assert other["__typename"] == "DuplikatEksternIdOgMerkelapp"
    assert other["idTilEksisterende"] == made["id"]
    assert producer.item(made["id"]) == before
    assert events_of(made["id"]) == [f"{kind}Opprettet"]
    assert EksterntVarsel.objects.count() == 2


def test_another_grupperingsid_is_another_content(
    producer: Api, first: Callable[..., Answer]
) -> None:
    producer.done("nySak", **sak(grupperingsid="sak-2"))
    for kind in KINDS:
        first(kind, eksternId=kind)
        other = first(kind, eksternId=kind, grupperingsid="sak-2")
        assert other["__typename"] == "DuplikatEksternIdOgMerkelapp"
    assert first("Beskjed", eksternId="Beskjed", grupperingsid=None)["__typename"] == (
        "DuplikatEksternIdOgMerkelapp"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_ekstern_id_names_one_item_of_all_kinds(first: Callable[..., Answer], kind: str) -> None:
    made = first("Beskjed" if kind != "Beskjed" else "Oppgave")

    other = first(kind)
    assert other["__typename"] == "DuplikatEksternIdOgMerkelapp"
    assert other["idTilEksisterende"] == made["id"]
    assert Notifikasjon.objects.count() == 1


def test_an_ekstern_id_belongs_to_its_label(producer: Api) -> None:
    made = [create(producer, "Beskjed", merkelapp=label)["id"] for label in (LABEL, OTHER_LABEL)]
    assert len(set(made)) == 2


@pytest.mark.parametrize("channel", [sms, epost, altinntjeneste])
def test_a_number_written_another_way_is_the_same(
    producer: Api, channel: Callable[..., Answer]
) -> None:
    made = create(producer, "Beskjed", eksterneVarsler=[channel()])
    again = channel()
    if channel is sms:
        again = sms(mottaker={"kontaktinfo": {"tlf": "004799887766", "fnr": "01010112345"}})

    assert create(producer, "Beskjed", eksterneVarsler=[again]) == made


def test_mottaker_and_mottakere_are_one_set(producer: Api) -> None:
    made = producer.done("nyBeskjed", nyBeskjed=beskjed(mottakere=[ALTINN, RESSURS]))
    again = beskjed(mottaker=RESSURS, mottakere=[ALTINN])

    assert producer.done("nyBeskjed", nyBeskjed=again)["id"] == made["id"]
    only = producer.done(
        "nyBeskjed", nyBeskjed=beskjed(mottaker=LEDER, mottakere=[], metadata={"eksternId": "2"})
    )
    also = beskjed(mottaker=None, mottakere=[LEDER, LEDER], metadata={"eksternId": "2"})
    assert producer.done("nyBeskjed", nyBeskjed=also) == only


def test_when_it_was_made_does_not_count(producer: Api) -> None:
    for number, (stated, again) in enumerate(
        [(None, "2031-05-06T07:08:09Z"), ("2031-05-06T07:08:09Z", None)]
    ):
        metadata = {"eksternId": str(number), "opprettetTidspunkt": stated}
        made = producer.done("nyBeskjed", nyBeskjed=beskjed(metadata=metadata))
        shown = producer.item(made["id"])["metadata"]
        metadata["opprettetTidspunkt"] = again
        assert producer.done("nyBeskjed", nyBeskjed=beskjed(metadata=metadata)) == made
        assert producer.item(made["id"])["metadata"] == shown


def test_explicit_defaults_equal_absent_ones(producer: Api, sak_id: str) -> None:
    made = producer.done("nyKalenderavtale", **kalenderavtale())
    explicit = kalenderavtale(
        sluttTidspunkt=None,
        lokasjon=None,
        erDigitalt=False,
        tilstand="VENTER_SVAR_FRA_ARBEIDSGIVER",
        paaminnelse=None,
        hardDelete=None,
    )
    assert producer.done("nyKalenderavtale", **explicit) == made

    new = oppgave(metadata={"eksternId": "o"})
    made = producer.done("nyOppgave", nyOppgave=new)
    explicit = new | {"mottaker": None, "frist": None, "eksterneVarsler": [], "paaminnelse": None}
    explicit["metadata"] = new["metadata"] | {"grupperingsid": None, "hardDelete": None}
    assert producer.done("nyOppgave", nyOppgave=explicit) == made


@pytest.mark.parametrize(
    "changes",
    [
        {"startTidspunkt": "2131-05-06T09:00:01"},
        {"sluttTidspunkt": "2131-05-06T09:00:00"},
        {"lokasjon": {"adresse": "", "postnummer": "", "poststed": ""}},
        {"erDigitalt": True},
        {"tilstand": "AVLYST"},
        {"paaminnelse": paaminnelse(foerStartTidspunkt="P1D")},
    ],
)
def test_what_only_a_kalenderavtale_has_is_compared_too(
    producer: Api, sak_id: str, changes: dict[str, Any]
) -> None:
    made = create(producer, "Kalenderavtale")
    other = create(producer, "Kalenderavtale", **changes)

    assert (other["__typename"], other["idTilEksisterende"]) == (
        "DuplikatEksternIdOgMerkelapp",
        made["id"],
    )


@pytest.mark.parametrize("kind", ["Oppgave", "Kalenderavtale"])
def test_the_time_of_a_reminder_does_not_count_but_its_messages_do(
    producer: Api, sak_id: str, kind: str
) -> None:
    made = create(producer, kind, paaminnelse=paaminnelse(konkret="2131-01-01T12:00:00"))

    for time in ("2131-01-02T12:00:00", "2001-01-01T00:00:00", "2999-01-01T00:00:00"):
        assert create(producer, kind, paaminnelse=paaminnelse(konkret=time)) == made
    unfit = {"etterOpprettelse": "P400Y"}
    assert create(producer, kind, paaminnelse=paaminnelse(**unfit)) == made
    texts = paaminnelse(konkret="2131-01-01T12:00:00", sms_text="Noe annet")
    assert create(producer, kind, paaminnelse=texts)["__typename"] == (
        "DuplikatEksternIdOgMerkelapp"
    )
    late = paaminnelse(konkret="2001-01-01T00:00:00", sms_text="Noe annet")
    assert create(producer, kind, paaminnelse=late)["__typename"] == "DuplikatEksternIdOgMerkelapp"
    assert create(producer, kind)["__typename"] == "DuplikatEksternIdOgMerkelapp"


def test_the_frist_of_an_oppgave_is_compared(producer: Api) -> None:
    made = create(producer, "Oppgave", frist="2131-05-06")

    for frist in ("2131-05-07", None):
        other = create(producer, "Oppgave", frist=frist)
        assert other["idTilEksisterende"] == made["id"]
    assert create(producer, "Oppgave", frist="2131-05-06") == made


def test_a_repeat_succeeds_however_far_the_oppgave_has_moved_on(producer: Api) -> None:
    new = {"frist": "2131-05-06", "paaminnelse": paaminnelse(foerFrist="P1D")}
    made = create(producer, "Oppgave", **new)
    producer.done("oppgaveUtsettFrist", id=made["id"], nyFrist="2131-06-01")
    producer.done("oppgaveUtfoert", id=made["id"], nyLenke="#ferdig")
    before = producer.item(made["id"])

    assert create(producer, "Oppgave", **new) == made
    assert producer.item(made["id"]) == before


def test_a_repeat_succeeds_after_its_reminder_and_deadline_have_passed(
    producer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = {"frist": "2131-05-06", "paaminnelse": paaminnelse(konkret="2131-05-05T12:00:00")}
    made = create(producer, "Oppgave", **new)

    late = datetime(2132, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert create(producer, "Oppgave", **new) == made
    fresh = create(producer, "Oppgave", eksternId="2", **new)
    assert fresh["__typename"] == "UgyldigPaaminnelseTidspunkt"


def test_a_kalenderavtale_is_repeated_after_its_state_and_its_sak_have_moved_on(
    producer: Api, sak_id: str
) -> None:
    made = create(producer, "Kalenderavtale", eksterneVarsler=[sms()])
    producer.done(
        "oppdaterKalenderavtale",
        id=made["id"],
        nyTilstand="AVLYST",
        nyTekst="x",
        eksterneVarsler=[],
    )
    producer.done("softDeleteSak", id=sak_id)

    assert create(producer, "Kalenderavtale", eksterneVarsler=[sms()]) == made
    assert create(producer, "Kalenderavtale", eksternId="ny")["__typename"] == "SakFinnesIkke"
    producer.done("hardDeleteSak", id=sak_id)
    assert create(producer, "Kalenderavtale", eksterneVarsler=[sms()])["__typename"] == (
        "SakFinnesIkke"
    )


@pytest.mark.parametrize("kind", KINDS)
def test_after_soft_deletion_the_ekstern_id_stays_taken(
    producer: Api, sak_id: str, kind: str
) -> None:
    made = create(producer, kind)
    producer.done("softDeleteNotifikasjon", id=made["id"])

    assert create(producer, kind) == made
    other = create(producer, kind, tekst="Noe annet")
    assert (other["__typename"], other["idTilEksisterende"]) == (
        "DuplikatEksternIdOgMerkelapp",
        made["id"],
    )
    assert producer.item(made["id"])["metadata"]["softDeleted"] is True


@pytest.mark.parametrize("kind", KINDS)
def test_after_hard_deletion_the_ekstern_id_is_free(producer: Api, sak_id: str, kind: str) -> None:
    made = create(producer, kind)
    producer.done("hardDeleteNotifikasjon", id=made["id"])

    again = create(producer, kind, tekst="Noe annet")
    assert again["__typename"] == f"Ny{kind}Vellykket"
    assert again["id"] != made["id"]
