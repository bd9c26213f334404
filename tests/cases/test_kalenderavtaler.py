"""Keeping a kalenderavtale up to date (cases contract 7, 8.2, 9.2)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from cases.states import KalenderavtaleTilstand
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from tests.cases.producing import (
    LABEL,
    NO_ID,
    Answer,
    Api,
    altinntjeneste,
    create,
    epost,
    paaminnelse,
)
from tests.cases.test_saker import events_of

FIELD = "oppdaterKalenderavtale"
REF = {"merkelapp": LABEL, "eksternId": "ekstern-1"}
STEDET = {"adresse": "Storgata 1", "postnummer": "0155", "poststed": "Oslo"}


@pytest.fixture
def avtale_id(producer: Api, sak_id: str) -> str:
    """With two messages of its own and a reminder with one."""
    new = {
        "eksterneVarsler": [epost(), altinntjeneste()],
        "paaminnelse": paaminnelse(foerStartTidspunkt="P1D"),
    }
    return str(create(producer, "Kalenderavtale", **new)["id"])


def update(api: Api, id: str, **changes: Any) -> str:
    return api.member(FIELD, id=id, **{"eksterneVarsler": []} | changes)


def shown(api: Api, id: str) -> Answer:
    avtale: Answer = api.item(id)["kalenderavtale"]
    return avtale


def statuses(api: Api, id: str) -> list[str]:
    return [varsel["status"] for varsel in api.item(id)["eksterneVarsler"]]


def of_reminders() -> list[str]:
    several = EksterntVarsel.objects.filter(paaminnelse__isnull=False)
    return list(several.order_by("nummer").values_list("status", flat=True))


def open_reminders() -> int:
    return Paaminnelse.objects.filter(closed_at__isnull=True, fired_at__isnull=True).count()


def everything() -> list[Any]:
    """All that a refused call must leave as it is."""
    return [
        *Notifikasjon.objects.values(),
        *Paaminnelse.objects.order_by("id").values(),
        *EksterntVarsel.objects.order_by("id").values(),
        *Message.objects.order_by("id").values("id", "state"),
        Hendelse.objects.count(),
    ]


# ---------------------------------------------------------------- fields


@pytest.mark.parametrize("suffix", ["", "ByEksternId"])
def test_what_is_given_changes_and_what_is_not_stays(
    producer: Api, avtale_id: str, suffix: str
) -> None:
    ref = REF if suffix else {"id": avtale_id}
    expected = shown(producer, avtale_id)
    for given, changed in (
        ({"nyTekst": "Nytt møte"}, {"tekst": "Nytt møte"}),
        ({"nyLenke": ""}, {"lenke": ""}),
        ({"nyLokasjon": STEDET}, {"lokasjon": STEDET}),
        ({"nyErDigitalt": True}, {"digitalt": True}),
        ({"nyErDigitalt": False}, {"digitalt": False}),
        ({"nyTilstand": "ARBEIDSGIVER_HAR_GODTATT"}, {"tilstand": "ARBEIDSGIVER_HAR_GODTATT"}),
    ):
        told = producer.done(f"{FIELD}{suffix}", **ref, eksterneVarsler=[], **given)
        assert told["id"] == avtale_id
        expected |= changed
        assert shown(producer, avtale_id) == expected
    assert events_of(avtale_id)[1:] == ["KalenderavtaleOppdatert"] * 6


def test_nulls_leave_everything_and_no_event(producer: Api, avtale_id: str) -> None:
    before = everything()
    names = ["nyTilstand", "nyTekst", "nyLenke", "nyLokasjon", "nyErDigitalt", "hardDelete"]

    told = update(producer, avtale_id, **dict.fromkeys([*names, "paaminnelse", "idempotencyKey"]))

    assert told == "OppdaterKalenderavtaleVellykket"
    assert everything() == before


def test_what_it_is_already_is_no_change(producer: Api, avtale_id: str) -> None:
    update(producer, avtale_id, nyLokasjon=STEDET)
    before = everything()
    now = shown(producer, avtale_id)

    same = {
        "nyTilstand": now["tilstand"],
        "nyTekst": now["tekst"],
        "nyLenke": now["lenke"],
        "nyErDigitalt": now["digitalt"],
        "nyLokasjon": STEDET,
    }
    assert update(producer, avtale_id, **same) == "OppdaterKalenderavtaleVellykket"
    assert everything() == before


def test_every_state_may_follow_every_other(producer: Api, avtale_id: str) -> None:
    for before, after in permutations(KalenderavtaleTilstand.values, 2):
        for tilstand in (before, after):
            assert update(producer, avtale_id, nyTilstand=tilstand) == (
                "OppdaterKalenderavtaleVellykket"
            )
        assert shown(producer, avtale_id)["tilstand"] == after


def test_a_schedule_counts_from_receipt(
    producer: Api, avtale_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    noon = datetime(2031, 5, 6, 10, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: noon)
    for strategi, om, days in (
        ("FORLENG", "P2D", 2),
        ("FORLENG", "P1D", 2),
        ("OVERSKRIV", "P1D", 1),
    ):
        told = {"hardDelete": {"nyTid": {"om": om}, "strategi": strategi}}
        assert update(producer, avtale_id, **told) == "OppdaterKalenderavtaleVellykket"
        assert Notifikasjon.objects.get().hard_delete_at == noon + timedelta(days=days)
    assert events_of(avtale_id) == [
        "KalenderavtaleOpprettet",
        "KalenderavtaleOppdatert",
        "KalenderavtaleOppdatert",
    ]


@pytest.mark.parametrize("kind", ["Beskjed", "Oppgave"])
def test_another_kind_or_nothing_is_not_found(producer: Api, kind: str) -> None:
    made = create(producer, kind)
    before = everything()

    for id in (made["id"], NO_ID, "avtale"):
        assert update(producer, id, nyTekst="x") == "NotifikasjonFinnesIkke"
    by_coordinate = {"eksterneVarsler": [], "nyTekst": "x", **REF}
    assert producer.member(f"{FIELD}ByEksternId", **by_coordinate) == "NotifikasjonFinnesIkke"
    assert everything() == before


# ---------------------------------------------------------------- messages and reminders


def test_new_messages_replace_those_that_have_not_left(producer: Api, avtale_id: str) -> None:
    update(producer, avtale_id, eksterneVarsler=[epost(), epost()])

    assert statuses(producer, avtale_id) == ["KANSELLERT", "KANSELLERT", "NY", "NY"]
    assert of_reminders() == ["NY"]
    assert open_reminders() == 1


def test_a_new_text_leaves_messages_and_reminder_alone(producer: Api, avtale_id: str) -> None:
    update(producer, avtale_id, nyTekst="Nytt møte")

    assert statuses(producer, avtale_id) == ["NY", "NY"]
    assert (of_reminders(), open_reminders()) == (["NY"], 1)


def test_a_reminder_alone_is_a_change_and_replaces_the_open_one(
    producer: Api, avtale_id: str
) -> None:
    reminder = paaminnelse(foerStartTidspunkt="P2D")
    assert update(producer, avtale_id, paaminnelse=reminder) == "OppdaterKalenderavtaleVellykket"

    assert of_reminders() == ["KANSELLERT", "NY"]
    assert open_reminders() == 1
    assert statuses(producer, avtale_id) == ["NY", "NY"]
    assert events_of(avtale_id).count("KalenderavtaleOppdatert") == 1


REFUSED = {
    "after the start": paaminnelse(konkret="2131-05-06T09:00:01"),
    "in the past": paaminnelse(konkret="2001-01-01T00:00:00"),
    "of an oppgave": paaminnelse(foerFrist="P1D"),
    "before it was created": paaminnelse(foerStartTidspunkt="P500Y"),
}


@pytest.mark.parametrize("reminder", REFUSED.values(), ids=REFUSED)
def test_a_bad_reminder_refuses_the_whole_call(
    producer: Api, avtale_id: str, reminder: Answer
) -> None:
    before = everything()

    all_else = {"nyTekst": "x", "eksterneVarsler": [epost()], "idempotencyKey": "k"}
    told = update(producer, avtale_id, paaminnelse=reminder, **all_else)
    assert told == "UgyldigKalenderavtale"
    new = create(producer, "Kalenderavtale", eksternId="ny", paaminnelse=reminder)
    assert new["__typename"] == "UgyldigKalenderavtale"
    assert everything() == before
    assert update(producer, avtale_id, **all_else) == "OppdaterKalenderavtaleVellykket"
    assert shown(producer, avtale_id)["tekst"] == "x"


def test_calling_off_cancels_all_that_has_not_left(producer: Api, avtale_id: str) -> None:
    update(producer, avtale_id, nyTilstand="AVLYST")

    assert statuses(producer, avtale_id) == ["KANSELLERT", "KANSELLERT"]
    assert (of_reminders(), open_reminders()) == (["KANSELLERT"], 0)
    assert events_of(avtale_id).count("EksterntVarselKansellert") == 3


@pytest.mark.parametrize(
    "reminder", [paaminnelse(foerStartTidspunkt="P2D"), REFUSED["in the past"]]
)
def test_a_notice_may_go_out_with_the_calling_off_and_a_reminder_is_ignored(
    producer: Api, avtale_id: str, reminder: Answer
) -> None:
    told = update(
        producer, avtale_id, nyTilstand="AVLYST", eksterneVarsler=[epost()], paaminnelse=reminder
    )

    assert told == "OppdaterKalenderavtaleVellykket"
    assert statuses(producer, avtale_id) == ["KANSELLERT", "KANSELLERT", "NY"]
    assert open_reminders() == 0


def test_leaving_avlyst_revives_nothing_and_allows_a_new_reminder(
    producer: Api, avtale_id: str
) -> None:
    update(producer, avtale_id, nyTilstand="AVLYST")
    update(producer, avtale_id, nyTilstand="ARBEIDSGIVER_HAR_GODTATT")

    assert statuses(producer, avtale_id) == ["KANSELLERT", "KANSELLERT"]
    assert open_reminders() == 0
    update(producer, avtale_id, nyTilstand="AVLYST")
    back = {
        "nyTilstand": "VENTER_SVAR_FRA_ARBEIDSGIVER",
        "paaminnelse": paaminnelse(foerStartTidspunkt="P2D"),
    }
    update(producer, avtale_id, **back)
    assert open_reminders() == 1


# ---------------------------------------------------------------- keys


def test_a_key_counts_once_whatever_the_content(producer: Api, avtale_id: str) -> None:
    first = {"idempotencyKey": "k", "nyTekst": "Første", "eksterneVarsler": [epost()]}
    assert update(producer, avtale_id, **first) == "OppdaterKalenderavtaleVellykket"
    before = everything()

    for other in ({}, {"nyTekst": "Andre"}, {"paaminnelse": REFUSED["in the past"]}):
        told = producer.done(f"{FIELD}ByEksternId", **REF, **first | other)
        assert told["id"] == avtale_id
    assert everything() == before
    update(producer, avtale_id, idempotencyKey="another", nyTekst="Andre")
    assert shown(producer, avtale_id)["tekst"] == "Andre"


def test_a_call_that_changes_nothing_uses_its_key(producer: Api, avtale_id: str) -> None:
    update(producer, avtale_id, idempotencyKey="k")
    update(producer, avtale_id, idempotencyKey="k", nyTekst="x")

    assert shown(producer, avtale_id)["tekst"] == "Dialogmøte"


# ---------------------------------------------------------------- hidden


def test_a_soft_deleted_kalenderavtale_is_changed_and_gets_no_reminder(
    producer: Api, avtale_id: str
) -> None:
    producer.done("softDeleteNotifikasjon", id=avtale_id)
    hidden = producer.item(avtale_id)["metadata"]

    reminder = paaminnelse(foerStartTidspunkt="P2D")
    assert update(producer, avtale_id, nyTekst="x", paaminnelse=reminder) == (
        "OppdaterKalenderavtaleVellykket"
    )
    assert shown(producer, avtale_id)["tekst"] == "x"
    assert producer.item(avtale_id)["metadata"] == hidden
    assert open_reminders() == 0
    assert statuses(producer, avtale_id) == ["NY", "NY"]
