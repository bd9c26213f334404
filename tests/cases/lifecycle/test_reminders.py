"""Reminders that fire, once, and those that no longer do (cases contract 9.1, 9.3, 11)."""

from typing import Any

import pytest

from cases.lifecycle import reminding
from cases.models import EksterntVarsel, Sak
from tests.cases.lifecycle.living import (
    Moment,
    events,
    fired,
    let_leave,
    open_reminders,
    oslo,
    reminders,
    row,
    statuses,
    sweep,
)
from tests.cases.producing import (
    Answer,
    Api,
    in_parallel,
    kalenderavtale,
    oppgave,
    paaminnelse,
    sms,
)
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db

FRIST = "2031-03-31"
START = "2031-03-31T09:00:00"
REMINDER = "2031-03-10T18:00:00"
FIRES = oslo(REMINDER)


def new_oppgave(api: Api, reminder: Answer | None = None, **more: Any) -> Answer:
    reminder = reminder or paaminnelse(konkret=REMINDER)
    return api.done("nyOppgave", nyOppgave=oppgave(frist=FRIST, paaminnelse=reminder, **more))


def new_avtale(api: Api, reminder: Answer | None = None, **more: Any) -> Answer:
    reminder = reminder or paaminnelse(konkret=REMINDER)
    given = {"startTidspunkt": START, "paaminnelse": reminder, **more}
    return api.done("nyKalenderavtale", **kalenderavtale(**given))


def windowed(window: str = "NKS_AAPNINGSTID") -> Answer:
    """Fires in the evening; its SMS may leave the next morning."""
    reminder = paaminnelse(konkret=REMINDER)
    reminder["eksterneVarsler"][0]["sms"]["sendevindu"] = window
    return reminder


def own_ids(made: Answer) -> list[str]:
    return [varsel["id"] for varsel in made["paaminnelse"]["eksterneVarsler"]]


def texts(post: FakeTransport) -> list[str]:
    return [parcel.content.body for parcel in post.sent]


# ---------------------------------------------------------------- firing

KINDS_OF_OPPGAVE = [
    {"konkret": "2031-03-10T18:00:00"},
    {"etterOpprettelse": "P6DT6H"},
    {"foerFrist": "P21DT5H59M59.999999S"},
]
KINDS_OF_AVTALE = [
    {"konkret": "2031-03-10T18:00:00"},
    {"etterOpprettelse": "P6DT6H"},
    {"foerStartTidspunkt": "P20DT15H"},
]


@pytest.mark.parametrize("kind", KINDS_OF_OPPGAVE)
def test_every_kind_of_an_oppgave_fires_at_its_time_and_once(
    api: Api, moment: Moment, post: FakeTransport, kind: Answer
) -> None:
    id = new_oppgave(api, paaminnelse(**kind))["id"]
    moment.oslo("2031-03-10T17:59:59.999999")
    let_leave()
    assert (fired(id), post.sent) == (0, [])

    moment.at = FIRES
    let_leave()
    let_leave()
    moment.passes(days=3)
    let_leave()

    assert fired(id) == 1
    assert texts(post) == ["Husk oppgaven"]
    assert events(id) == ["OppgaveOpprettet", "PaaminnelseOpprettet", "EksterntVarselVellykket"]


@pytest.mark.parametrize("kind", KINDS_OF_AVTALE)
@pytest.mark.usefixtures("sak_id")
def test_every_kind_of_a_kalenderavtale_fires_at_its_time_and_once(
    api: Api, moment: Moment, post: FakeTransport, kind: Answer
) -> None:
    id = new_avtale(api, paaminnelse(**kind))["id"]
    moment.oslo("2031-03-10T17:59:59.999999")
    let_leave()
    assert fired(id) == 0

    moment.at = FIRES
    let_leave()
    moment.passes(days=3)
    let_leave()

    assert (fired(id), texts(post)) == (1, ["Husk oppgaven"])


def test_firing_moves_the_item_and_its_sak_to_the_top(
    api: Api, moment: Moment, sak_id: str
) -> None:
    id = new_oppgave(api, metadata={"grupperingsid": "sak-1"})["id"]
    moment.at = FIRES
    moment.passes(minutes=5)
    sweep()
    assert row(id).paaminnelse_utloest_at == FIRES
    assert Sak.objects.get(pk=sak_id).sist_endret == FIRES


def test_firing_does_not_move_a_sak_back(api: Api, moment: Moment, sak_id: str) -> None:
    new_oppgave(api, metadata={"grupperingsid": "sak-1"})
    later = "2031-06-01T12:00:00Z"
    api.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", tidspunkt=later)
    moment.at = FIRES
    sweep()
    assert Sak.objects.get(pk=sak_id).sist_endret == oslo("2031-06-01T14:00")


def test_a_reminder_without_messages_fires_too(api: Api, moment: Moment) -> None:
    id = new_oppgave(api, paaminnelse(sms_text=None, konkret=REMINDER))["id"]
    moment.at = FIRES
    sweep()
    assert fired(id) == 1
    assert not EksterntVarsel.objects.exists()


def test_missed_days_are_caught_up_once(api: Api, moment: Moment, post: FakeTransport) -> None:
    ids = [
        new_oppgave(
            api, paaminnelse(konkret=f"2031-03-1{day}T12:00:00"), metadata={"eksternId": str(day)}
        )["id"]
        for day in range(5)
    ]
    moment.oslo("2031-03-20T12:00")
    let_leave()
    let_leave()
    assert [fired(id) for id in ids] == [1] * 5
    assert len(post.sent) == 5


def test_a_reminder_missed_with_its_deadline_fires_before_the_oppgave_expires(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = new_oppgave(api)
    moment.oslo("2031-04-02T12:00")
    let_leave()
    let_leave()
    assert (fired(made["id"]), texts(post)) == (1, ["Husk oppgaven"])
    assert row(made["id"]).tilstand == "UTGAATT"
    assert statuses(own_ids(made)) == ["SENDT"]


def test_after_a_missed_deadline_no_window_keeps_a_message_for_later(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = new_oppgave(api, windowed())
    moment.oslo("2031-04-02T20:00")
    let_leave()
    moment.oslo("2031-04-03T09:00")
    let_leave()
    assert (fired(made["id"]), post.sent) == (1, [])
    assert statuses(own_ids(made)) == ["KANSELLERT"]


@pytest.mark.parametrize("last", [{"foerFrist": "PT0S"}, {"konkret": f"{FRIST}T23:59:58"}])
def test_a_reminder_in_the_last_seconds_of_the_deadline_fires(
    api: Api, moment: Moment, post: FakeTransport, last: Answer
) -> None:
    made = new_oppgave(api, paaminnelse(**last))
    moment.oslo(f"{FRIST}T23:59:57")
    let_leave()
    moment.oslo("2031-04-01T00:00:02")
    let_leave()
    assert (fired(made["id"]), texts(post)) == (1, ["Husk oppgaven"])
    assert row(made["id"]).tilstand == "UTGAATT"


def test_its_messages_keep_to_their_window(api: Api, moment: Moment, post: FakeTransport) -> None:
    made = new_oppgave(api, windowed())
    moment.at = FIRES
    let_leave()
    assert statuses(own_ids(made)) == ["NY"]

    moment.oslo("2031-03-11T08:29:59")
    let_leave()
    assert not post.sent
    moment.oslo("2031-03-11T08:30")
    let_leave()
    assert statuses(own_ids(made)) == ["SENDT"]


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_fire_each_reminder_once(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    ids = [new_oppgave(api, metadata={"eksternId": str(number)})["id"] for number in range(30)]
    moment.at = FIRES

    handled = in_parallel(*[lambda: reminding.fire(now=FIRES)] * 4)
    sweep()

    assert sum(handled) <= 30
    assert [fired(id) for id in ids] == [1] * 30
    assert all(events(id).count("PaaminnelseOpprettet") == 1 for id in ids)
    let_leave()
    assert len(post.sent) == 30


# ---------------------------------------------------------------- no longer

ENDINGS: dict[str, Answer] = {
    "oppgaveUtfoert": {},
    "oppgaveUtgaatt": {},
    "oppgaveUtsettFrist": {"nyFrist": FRIST},
    "oppgaveEndrePaaminnelse": {"paaminnelse": None},
    "softDeleteNotifikasjon": {},
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_open_reminder_ends_with_its_messages(
    api: Api, moment: Moment, post: FakeTransport, ending: str
) -> None:
    made = new_oppgave(api)
    api.done(ending, id=made["id"], **ENDINGS[ending])
    assert not open_reminders(made["id"])
    assert statuses(own_ids(made)) == ["KANSELLERT"]
    (varsel,) = EksterntVarsel.objects.all()
    assert (varsel.adresse, varsel.tekst) == ("", "")

    moment.at = FIRES
    let_leave()
    assert (fired(made["id"]), post.sent) == (0, [])
    assert events(made["id"]).count("EksterntVarselKansellert") == 1


def test_a_hard_deleted_item_leaves_neither_reminder_nor_messages(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = new_oppgave(api)
    api.done("hardDeleteNotifikasjon", id=made["id"])
    assert not reminders(made["id"])
    assert not EksterntVarsel.objects.exists()
    moment.at = FIRES
    let_leave()
    assert not post.sent


@pytest.mark.parametrize("ending", [*ENDINGS, "frist"])
def test_messages_of_a_fired_reminder_that_wait_are_cancelled_but_for_deletion(
    api: Api, moment: Moment, post: FakeTransport, ending: str
) -> None:
    made = new_oppgave(api, windowed())
    moment.at = FIRES
    let_leave()
    if ending == "frist":
        api.done("oppgaveUtgaatt", id=made["id"])
    else:
        api.done(ending, id=made["id"], **ENDINGS[ending])
    moment.oslo("2031-03-11T12:00")
    let_leave()

    survives = ending == "softDeleteNotifikasjon"
    assert statuses(own_ids(made)) == ["SENDT" if survives else "KANSELLERT"]
    assert len(post.sent) == survives
    assert fired(made["id"]) == 1


def test_messages_of_a_fired_reminder_survive_hard_deletion(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = new_oppgave(api, windowed())
    moment.at = FIRES
    let_leave()
    api.done("hardDeleteNotifikasjon", id=made["id"])
    moment.oslo("2031-03-11T12:00")
    let_leave()
    assert texts(post) == ["Husk oppgaven"]
    assert not EksterntVarsel.objects.exists()


def test_what_was_ordered_at_creation_leaves_after_all(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    waits = sms(sendetidspunkt={"tidspunkt": "2031-03-20T12:00:00"})
    made = new_oppgave(api, eksterneVarsler=[waits])
    api.done("oppgaveUtfoert", id=made["id"])
    api.done("softDeleteNotifikasjon", id=made["id"])
    moment.oslo("2031-03-20T12:00")
    let_leave()
    assert texts(post) == ["Du har fått en oppgave"]
    assert [one["status"] for one in api.item(made["id"])["eksterneVarsler"]] == ["SENDT"]


def test_a_new_reminder_replaces_the_open_one_and_its_messages(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = new_oppgave(api)
    id = made["id"]
    other = paaminnelse(sms_text="Den nye", konkret="2031-03-12T12:00:00")
    api.done("oppgaveEndrePaaminnelse", id=id, paaminnelse=other)
    (now_open,) = open_reminders(id)
    assert now_open.tidspunkt == oslo("2031-03-12T12:00")
    moment.oslo("2031-03-20T12:00")
    let_leave()
    assert (fired(id), texts(post)) == (1, ["Den nye"])
    assert statuses(own_ids(made)) == ["KANSELLERT"]


def test_a_key_changes_the_reminder_once_even_when_the_oppgave_is_done(api: Api) -> None:
    id = new_oppgave(api)["id"]
    other = paaminnelse(konkret="2031-03-12T12:00:00")
    call = {"id": id, "idempotencyKey": "k", "paaminnelse": other}
    api.done("oppgaveEndrePaaminnelse", **call)
    before = reminders(id)
    api.done("oppgaveEndrePaaminnelse", **call)
    api.done("oppgaveEndrePaaminnelse", **call | {"paaminnelse": None})
    assert reminders(id) == before
    api.done("oppgaveUtfoert", id=id)
    api.done("oppgaveEndrePaaminnelse", **call)
    assert api.member("oppgaveEndrePaaminnelse", id=id) == "OppgavenErAlleredeUtfoert"
    assert events(id).count("OppgavePaaminnelseEndret") == 1


def test_reopening_forgets_that_a_reminder_had_fired(api: Api, moment: Moment) -> None:
    id = new_oppgave(api)["id"]
    moment.at = FIRES
    sweep()
    moment.oslo("2031-04-02T12:00")
    sweep()
    again = paaminnelse(foerFrist="P1D")
    api.done("oppgaveUtsettFrist", id=id, nyFrist="2031-04-10", paaminnelse=again)
    assert row(id).paaminnelse_utloest_at is None
    moment.oslo("2031-04-09T23:59:59.999999")
    sweep()
    assert fired(id) == 2
    assert row(id).paaminnelse_utloest_at == moment.at


def test_a_hidden_oppgave_gets_no_reminder_by_updates(api: Api, moment: Moment) -> None:
    id = new_oppgave(api)["id"]
    api.done("softDeleteNotifikasjon", id=id)
    api.done("oppgaveEndrePaaminnelse", id=id, paaminnelse=paaminnelse(konkret=REMINDER))
    moment.at = FIRES
    sweep()
    assert fired(id) == 0


@pytest.mark.usefixtures("sak_id")
def test_a_kalenderavtale_that_is_cancelled_from_the_start_reminds_nobody(
    api: Api, moment: Moment
) -> None:
    made = new_avtale(api, tilstand="AVLYST")
    moment.at = FIRES
    sweep()
    assert fired(made["id"]) == 0
    assert statuses(own_ids(made)) == ["KANSELLERT"]


@pytest.mark.usefixtures("sak_id")
def test_it_reminds_nobody_when_it_takes_place_after_all_either(
    api: Api, moment: Moment, post: FakeTransport
) -> None:
    made = new_avtale(api, tilstand="AVLYST")
    changes = {"nyTilstand": "ARBEIDSGIVER_HAR_GODTATT", "eksterneVarsler": []}
    api.done("oppdaterKalenderavtale", id=made["id"], **changes)
    moment.at = FIRES
    let_leave()
    assert (fired(made["id"]), post.sent) == (0, [])
