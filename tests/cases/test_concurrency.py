"""Producers that call at the same time, each on a connection of its own (cases contract 8)."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction

from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Sak, Slettet, StatusOppdatering
from tests.cases.producing import (
    LABEL,
    Api,
    beskjed,
    epost,
    in_parallel,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sak,
    sms,
)

pytestmark = pytest.mark.django_db(transaction=True)

MANY = 20
ROUNDS = range(4)
REF = {"merkelapp": LABEL, "grupperingsid": "sak-1"}


def at_once(api: Api, field: str, *several: dict[str, Any]) -> list[dict[str, Any]]:
    """The same root field for each of these arguments, all at the same time."""
    return in_parallel(*(partial(Api(api.app).call, field, **one) for one in several))


def members(answers: list[dict[str, Any]]) -> Counter[str]:
    return Counter(answer["__typename"] for answer in answers)


def while_open(first: Callable[[], Any], then: Callable[[], Any], *, commit: bool = True) -> Any:
    """What `then` answers, which begins before `first` has committed, and has to wait for it."""
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(then())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    with transaction.atomic():
        first()
        thread.start()
        until_somebody_waits()
        transaction.set_rollback(not commit)
    thread.join(timeout=60)
    return answers[0]


def until_somebody_waits() -> None:
    # pg_stat_activity would show one moment for the whole transaction.
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone():
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits for a lock.")


def whole_oppgave(**changes: Any) -> dict[str, Any]:
    return oppgave(
        eksterneVarsler=[sms(), epost()],
        frist="2131-05-06",
        paaminnelse=paaminnelse(foerFrist="P1D"),
        metadata={"grupperingsid": "sak-1"},
        **changes,
    )


# ---------------------------------------------------------------- equal calls


def test_equal_calls_make_one_oppgave_and_get_equal_answers(producer: Api, sak_id: str) -> None:
    answers = at_once(producer, "nyOppgave", *[{"nyOppgave": whole_oppgave()}] * MANY)

    assert members(answers) == {"NyOppgaveVellykket": MANY}
    assert all(answer == answers[0] for answer in answers)
    assert len(answers[0]["eksterneVarsler"]) == 2
    assert Notifikasjon.objects.count() == 1
    assert EksterntVarsel.objects.count() == 3
    assert Hendelse.objects.filter(type="OppgaveOpprettet").count() == 1


def test_equal_calls_make_one_beskjed_without_a_sak(producer: Api) -> None:
    answers = at_once(producer, "nyBeskjed", *[{"nyBeskjed": beskjed()}] * MANY)

    assert len({answer["id"] for answer in answers}) == 1
    assert Notifikasjon.objects.count() == 1


def test_equal_calls_make_one_sak(producer: Api) -> None:
    answers = at_once(producer, "nySak", *[sak()] * MANY)

    assert members(answers) == {"NySakVellykket": MANY}
    assert len({answer["id"] for answer in answers}) == 1
    assert Sak.objects.count() == StatusOppdatering.objects.count() == Hendelse.objects.count() == 1


def test_equal_calls_make_one_kalenderavtale(producer: Api, sak_id: str) -> None:
    answers = at_once(producer, "nyKalenderavtale", *[kalenderavtale()] * MANY)

    assert members(answers) == {"NyKalenderavtaleVellykket": MANY}
    assert len({answer["id"] for answer in answers}) == 1


@pytest.mark.parametrize("commit", [True, False])
def test_an_equal_call_waits_for_the_first_and_answers_by_what_comes_of_it(
    producer: Api, *, commit: bool
) -> None:
    made: list[str] = []
    new = {"nyOppgave": oppgave()}
    answer = while_open(
        lambda: made.append(producer.done("nyOppgave", **new)["id"]),
        partial(Api(producer.app).call, "nyOppgave", **new),
        commit=commit,
    )

    assert answer["__typename"] == "NyOppgaveVellykket"
    assert (answer["id"] == made[0]) is commit
    assert Notifikasjon.objects.count() == 1


# ---------------------------------------------------------------- different calls


@pytest.mark.parametrize("grupperingsid", [None, "sak-1"])
def test_of_different_calls_one_wins_and_the_others_learn_its_id(
    producer: Api, sak_id: str, grupperingsid: str | None
) -> None:
    several = [
        {"nyOppgave": oppgave(tekst=f"{n}", metadata={"grupperingsid": grupperingsid})}
        for n in range(MANY)
    ]
    answers = at_once(producer, "nyOppgave", *several)

    assert members(answers) == {"NyOppgaveVellykket": 1, "DuplikatEksternIdOgMerkelapp": MANY - 1}
    (winner,) = {answer["id"] for answer in answers if "id" in answer}
    losers = {answer["idTilEksisterende"] for answer in answers if "id" not in answer}
    assert losers == {winner}
    assert Notifikasjon.objects.count() == 1


def test_of_different_saker_one_wins(producer: Api) -> None:
    answers = at_once(producer, "nySak", *(sak(tittel=f"{n}") for n in range(MANY)))

    assert members(answers) == {"NySakVellykket": 1, "DuplikatGrupperingsid": MANY - 1}
    ids = {answer.get("id") or answer["idTilEksisterende"] for answer in answers}
    assert len(ids) == 1
    assert StatusOppdatering.objects.count() == 1


def test_kinds_compete_for_an_ekstern_id(producer: Api, sak_id: str) -> None:
    for n in ROUNDS:
        metadata = {"eksternId": f"e{n}", "grupperingsid": "sak-1"}
        calls = [
            partial(Api(producer.app).call, "nyBeskjed", nyBeskjed=beskjed(metadata=metadata)),
            partial(Api(producer.app).call, "nyOppgave", nyOppgave=oppgave(metadata=metadata)),
            partial(Api(producer.app).call, "nyKalenderavtale", **kalenderavtale(**metadata)),
        ]
        answers = in_parallel(*calls * 4)

        winners = {answer["id"] for answer in answers if "id" in answer}
        assert len(winners) == Notifikasjon.objects.filter(ekstern_id=f"e{n}").count() == 1
        assert members(answers)["DuplikatEksternIdOgMerkelapp"] == 8


# ---------------------------------------------------------------- keys


def test_one_key_makes_one_status(producer: Api, sak_id: str) -> None:
    by_id = {"nyStatus": "FERDIG", "idempotencyKey": "k"}
    calls = [
        partial(Api(producer.app).call, "nyStatusSak", id=sak_id, **by_id),
        partial(Api(producer.app).call, "nyStatusSakByGrupperingsid", **REF, **by_id),
    ]
    answers = in_parallel(*calls * 10)

    assert len({answer["id"] for answer in answers}) == 1
    assert {len(answer["statuser"]) for answer in answers} == {2}
    assert StatusOppdatering.objects.count() == 2


def test_one_key_with_two_contents_takes_one_of_them(producer: Api, sak_id: str) -> None:
    several = [
        {"id": sak_id, "idempotencyKey": "k", "nyStatus": status}
        for status in ["FERDIG", "UNDER_BEHANDLING"] * 5
    ]
    answers = at_once(producer, "nyStatusSak", *several)

    assert members(answers) == {"NyStatusSakVellykket": 5, "Konflikt": 5}
    assert StatusOppdatering.objects.count() == 2


def test_statuses_without_keys_all_count(producer: Api, sak_id: str) -> None:
    answers = at_once(producer, "nyStatusSak", *[{"id": sak_id, "nyStatus": "FERDIG"}] * MANY)

    assert len({answer["id"] for answer in answers}) == MANY
    assert sorted(StatusOppdatering.objects.values_list("nummer", flat=True)) == list(
        range(1, MANY + 2)
    )


def test_one_key_updates_a_kalenderavtale_once(producer: Api, sak_id: str) -> None:
    made = producer.done("nyKalenderavtale", **kalenderavtale())
    update = {"id": made["id"], "idempotencyKey": "k", "eksterneVarsler": [sms()]}
    several = [update | {"nyTekst": f"{n}"} for n in range(MANY)]

    answers = at_once(producer, "oppdaterKalenderavtale", *several)

    assert members(answers) == {"OppdaterKalenderavtaleVellykket": MANY}
    assert EksterntVarsel.objects.count() == 1
    assert Hendelse.objects.filter(type="KalenderavtaleOppdatert").count() == 1


def test_one_key_changes_a_reminder_once(producer: Api) -> None:
    made = producer.done("nyOppgave", nyOppgave=oppgave())
    change = {"id": made["id"], "idempotencyKey": "k"}
    several = [
        change | {"paaminnelse": paaminnelse(konkret=f"2131-01-01T12:{n:02}:00")}
        for n in range(MANY)
    ]

    answers = at_once(producer, "oppgaveEndrePaaminnelse", *several)

    assert members(answers) == {"OppgaveEndrePaaminnelseVellykket": MANY}
    assert EksterntVarsel.objects.count() == 1


def test_messages_of_updates_at_once_have_numbers_of_their_own(producer: Api, sak_id: str) -> None:
    made = producer.done("nyKalenderavtale", **kalenderavtale())
    several = [{"id": made["id"], "eksterneVarsler": [sms(), epost()]}] * 10

    at_once(producer, "oppdaterKalenderavtale", *several)

    shown = producer.item(made["id"])["eksterneVarsler"]
    assert [varsel["status"] for varsel in shown] == ["KANSELLERT"] * 18 + ["NY"] * 2


# ---------------------------------------------------------------- against deletion


@pytest.mark.parametrize("content", ["same", "other"])
def test_whoever_wins_a_deleted_coordinate_stays_taken(producer: Api, content: str) -> None:
    for n in ROUNDS:
        ref = {"merkelapp": LABEL, "grupperingsid": f"g{n}"}
        made = producer.done("nySak", **sak(grupperingsid=f"g{n}"))
        changes = {"tittel": "En annen"} if content == "other" else {}
        again = sak(grupperingsid=f"g{n}", **changes)
        created, deleted = in_parallel(
            partial(Api(producer.app).call, "nySak", **again),
            partial(Api(producer.app).call, "hardDeleteSakByGrupperingsid", **ref),
        )

        assert deleted["__typename"] == "HardDeleteSakVellykket"
        if created["__typename"] == "NySakVellykket":
            assert created["id"] == made["id"]
        else:
            assert created["__typename"] in {
                "DuplikatGrupperingsidEtterDelete",
                "DuplikatGrupperingsid",
            }
        assert producer.member("nySak", **again) == "DuplikatGrupperingsidEtterDelete"
    assert not Sak.objects.exists()
    assert Slettet.objects.count() == len(ROUNDS)


@pytest.mark.parametrize("tittel", ["Søknad om tilskudd", "En annen"])
@pytest.mark.parametrize("commit", [True, False])
def test_a_creation_waits_out_a_deletion(
    producer: Api, sak_id: str, tittel: str, *, commit: bool
) -> None:
    answer = while_open(
        partial(producer.done, "hardDeleteSak", id=sak_id),
        partial(Api(producer.app).call, "nySak", **sak(tittel=tittel)),
        commit=commit,
    )

    kept = "NySakVellykket" if tittel == "Søknad om tilskudd" else "DuplikatGrupperingsid"
    assert answer["__typename"] == ("DuplikatGrupperingsidEtterDelete" if commit else kept)
    assert Sak.objects.count() == (not commit)


def test_a_kalenderavtale_waits_out_the_deletion_of_its_sak(producer: Api, sak_id: str) -> None:
    answer = while_open(
        partial(producer.done, "hardDeleteSak", id=sak_id),
        partial(Api(producer.app).call, "nyKalenderavtale", **kalenderavtale()),
    )

    assert answer["__typename"] == "SakFinnesIkke"
    assert not Notifikasjon.objects.exists()


def test_a_deletion_waits_for_a_kalenderavtale_and_takes_it_along(
    producer: Api, sak_id: str
) -> None:
    answer = while_open(
        partial(producer.done, "nyKalenderavtale", **kalenderavtale()),
        partial(Api(producer.app).call, "hardDeleteSak", id=sak_id),
    )

    assert answer["__typename"] == "HardDeleteSakVellykket"
    assert not Notifikasjon.objects.exists()
    assert Slettet.objects.count() == 2


def test_no_kalenderavtale_outlives_its_sak(producer: Api) -> None:
    for n in ROUNDS:
        made = producer.done("nySak", **sak(grupperingsid=f"g{n}"))
        new = kalenderavtale(grupperingsid=f"g{n}", eksternId=f"e{n}", eksterneVarsler=[sms()])
        created, deleted = in_parallel(
            partial(Api(producer.app).call, "nyKalenderavtale", **new),
            partial(Api(producer.app).call, "hardDeleteSak", id=made["id"]),
        )

        assert deleted["__typename"] == "HardDeleteSakVellykket"
        assert created["__typename"] in {"NyKalenderavtaleVellykket", "SakFinnesIkke"}
        tombstones = Slettet.objects.filter(type="Kalenderavtale", grupperingsid=f"g{n}").count()
        assert tombstones == ("id" in created)
    assert not Notifikasjon.objects.exists()


def test_an_oppgave_of_a_sak_being_deleted_is_erased_with_it_or_stands_alone(
    producer: Api,
) -> None:
    for n in ROUNDS:
        made = producer.done("nySak", **sak(grupperingsid=f"g{n}"))
        metadata = {"grupperingsid": f"g{n}", "eksternId": f"e{n}"}
        created, _ = in_parallel(
            partial(Api(producer.app).call, "nyOppgave", nyOppgave=oppgave(metadata=metadata)),
            partial(Api(producer.app).call, "hardDeleteSak", id=made["id"]),
        )

        assert created["__typename"] == "NyOppgaveVellykket"
        there = producer.member("hentNotifikasjon", id=created["id"]) == "HentetNotifikasjon"
        assert there != Slettet.objects.filter(pk=created["id"]).exists()


def test_deletion_happens_once(producer: Api, sak_id: str) -> None:
    made = producer.done("nyBeskjed", nyBeskjed=beskjed(eksterneVarsler=[sms()]))
    answers = at_once(producer, "hardDeleteNotifikasjon", *[{"id": made["id"]}] * 8)
    assert members(answers) == {"HardDeleteNotifikasjonVellykket": 1, "NotifikasjonFinnesIkke": 7}

    answers = at_once(producer, "hardDeleteSak", *[{"id": sak_id}] * 8)
    assert members(answers) == {"HardDeleteSakVellykket": 1, "SakFinnesIkke": 7}


def test_changes_and_deletion_at_once_leave_a_whole_item_or_none(producer: Api) -> None:
    for n in ROUNDS:
        made = producer.done("nyOppgave", nyOppgave=oppgave(metadata={"eksternId": f"e{n}"}))
        calls = ["oppgaveUtfoert", "oppgaveUtgaatt", "softDeleteNotifikasjon"]
        answers = in_parallel(
            *(partial(Api(producer.app).call, field, id=made["id"]) for field in calls),
            partial(Api(producer.app).call, "hardDeleteNotifikasjon", id=made["id"]),
        )

        assert answers[-1]["__typename"] == "HardDeleteNotifikasjonVellykket"
        allowed = {"NotifikasjonFinnesIkke", "OppgavenErAlleredeUtfoert"}
        for answer in answers[:-1]:
            assert answer["__typename"].endswith("Vellykket") or answer["__typename"] in allowed
    assert not Notifikasjon.objects.exists()
    types = set(Hendelse.objects.values_list("type", flat=True))
    assert types == {"HardDelete"}


def test_an_ekstern_id_set_free_meanwhile_is_used_again(producer: Api) -> None:
    for n in ROUNDS:
        metadata = {"eksternId": f"e{n}"}
        made = producer.done("nyBeskjed", nyBeskjed=beskjed(metadata=metadata))
        created, deleted = in_parallel(
            partial(Api(producer.app).call, "nyBeskjed", nyBeskjed=beskjed(metadata=metadata)),
            partial(Api(producer.app).call, "hardDeleteNotifikasjon", id=made["id"]),
        )

        assert deleted["__typename"] == "HardDeleteNotifikasjonVellykket"
        assert created["__typename"] == "NyBeskjedVellykket"
        count = Notifikasjon.objects.filter(ekstern_id=f"e{n}").count()
        assert count == (created["id"] != made["id"])
