"""Hard deletion at a time that the producer gave (cases contract 11)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.lifecycle import erasing
from cases.models import Notifikasjon, Sak, Slettet
from tests.cases.lifecycle.living import NOON, TICK, Moment, events, oslo, row, sweep
from tests.cases.producing import (
    Answer,
    Api,
    beskjed,
    in_parallel,
    kalenderavtale,
    oppgave,
    sak,
)

pytestmark = pytest.mark.django_db

OM = {"om": "P1M"}
STATED = "2031-01-31T12:00:00Z"
# A month counted in UTC; January's last day has none in February.
OF_STATED = datetime.fromisoformat("2031-02-28T12:00:00Z")
OF_RECEIPT = datetime.fromisoformat("2031-04-04T11:00:00Z")


def of_sak(id: str) -> datetime | None:
    return Sak.objects.get(pk=id).hard_delete_at


def of_item(id: str) -> datetime | None:
    return row(id).hard_delete_at


def exists(id: str) -> bool:
    return Sak.objects.filter(pk=id).exists() or Notifikasjon.objects.filter(pk=id).exists()


def new_sak(api: Api, **more: Any) -> str:
    return str(api.done("nySak", **sak(**more))["id"])


def new_oppgave(api: Api, **metadata: Any) -> str:
    return str(api.done("nyOppgave", nyOppgave=oppgave(metadata=metadata))["id"])


# ---------------------------------------------------------------- bases of `om`


@pytest.mark.parametrize(("stated", "due"), [(STATED, OF_STATED), (None, OF_RECEIPT)])
def test_om_of_new_items_is_counted_from_the_stated_time_else_the_receipt(
    api: Api, stated: str | None, due: datetime
) -> None:
    assert of_sak(new_sak(api, tidspunkt=stated, hardDelete=OM)) == due
    metadata = {"opprettetTidspunkt": stated, "hardDelete": OM}
    assert of_item(new_oppgave(api, **metadata)) == due
    other = beskjed(metadata=metadata | {"eksternId": "b"})
    assert of_item(api.done("nyBeskjed", nyBeskjed=other)["id"]) == due


@pytest.mark.usefixtures("sak_id")
def test_om_of_a_new_kalenderavtale_is_counted_from_the_receipt(api: Api) -> None:
    made = api.done("nyKalenderavtale", **kalenderavtale(hardDelete=OM))
    assert of_item(made["id"]) == OF_RECEIPT


@pytest.mark.parametrize(("stated", "due"), [(STATED, OF_STATED), (None, OF_RECEIPT)])
def test_om_of_updates_is_counted_from_the_stated_time_else_the_receipt(
    api: Api, moment: Moment, sak_id: str, stated: str | None, due: datetime
) -> None:
    moment.passes(days=-10)
    done = new_oppgave(api, eksternId="1")
    expired = new_oppgave(api, eksternId="2")
    moment.at = NOON
    update = {"nyTid": OM, "strategi": "FORLENG"}
    api.done("nyStatusSak", id=sak_id, nyStatus="FERDIG", tidspunkt=stated, hardDelete=update)
    api.done("oppgaveUtfoert", id=done, utfoertTidspunkt=stated, hardDelete=update)
    api.done("oppgaveUtgaatt", id=expired, utgaattTidspunkt=stated, hardDelete=update)
    assert (of_sak(sak_id), of_item(done), of_item(expired)) == (due, due, due)


@pytest.mark.usefixtures("sak_id")
def test_om_of_an_updated_kalenderavtale_is_counted_from_the_receipt(
    api: Api, moment: Moment
) -> None:
    moment.passes(days=-10)
    id = api.done("nyKalenderavtale", **kalenderavtale())["id"]
    moment.at = NOON
    update = {"nyTid": OM, "strategi": "FORLENG"}
    api.done("oppdaterKalenderavtale", id=id, hardDelete=update, eksterneVarsler=[])
    assert of_item(id) == OF_RECEIPT
    assert events(id) == ["KalenderavtaleOpprettet", "KalenderavtaleOppdatert"]


def test_om_is_added_in_utc_over_a_change_of_the_clocks(api: Api) -> None:
    # Noon in winter is one o'clock in summer.
    assert of_sak(new_sak(api, hardDelete={"om": "P2M"})) == oslo("2031-05-04T13:00")
    metadata = {"opprettetTidspunkt": "2032-02-29T00:00:00Z", "hardDelete": {"om": "P1YT2H"}}
    leap = of_item(new_oppgave(api, **metadata))
    assert leap == datetime.fromisoformat("2033-02-28T02:00:00Z")


def test_den_is_local_time(api: Api) -> None:
    assert of_sak(new_sak(api, hardDelete={"den": "2031-07-01T12:00:00"})) == oslo(
        "2031-07-01T12:00"
    )


# ---------------------------------------------------------------- FORLENG, OVERSKRIV


MAY, JUNE, JULY = (f"2031-0{month}-01T12:00" for month in (5, 6, 7))
UPDATES = {
    # What there was, what is asked for, what there is then.
    ("FORLENG", None, MAY): MAY,
    ("OVERSKRIV", None, MAY): MAY,
    ("FORLENG", JUNE, MAY): JUNE,
    ("FORLENG", JUNE, JULY): JULY,
    ("OVERSKRIV", JUNE, MAY): MAY,
    ("OVERSKRIV", JUNE, JULY): JULY,
}
CALLS = ("nyStatusSak", "oppgaveUtfoert", "oppgaveUtgaatt", "oppdaterKalenderavtale")


@pytest.mark.parametrize("asked", UPDATES)
@pytest.mark.parametrize("call", CALLS)
def test_an_update_prolongs_or_replaces(
    api: Api, call: str, asked: tuple[str, str | None, str]
) -> None:
    strategi, before, den = asked
    had = {"hardDelete": {"den": before}} if before else {}
    sak_id = new_sak(api, **had)
    made = {"nyStatusSak": sak_id}
    made["oppgaveUtfoert"] = new_oppgave(api, eksternId="o", **had)
    made["oppgaveUtgaatt"] = made["oppgaveUtfoert"]
    made["oppdaterKalenderavtale"] = api.done("nyKalenderavtale", **kalenderavtale(**had))["id"]
    own: dict[str, Answer] = {
        "nyStatusSak": {"nyStatus": "FERDIG"},
        "oppdaterKalenderavtale": {"eksterneVarsler": []},
    }

    update = {"nyTid": {"den": den}, "strategi": strategi}
    api.done(call, id=made[call], hardDelete=update, **own.get(call, {}))

    read = of_sak if call == "nyStatusSak" else of_item
    assert read(made[call]) == oslo(UPDATES[asked])


def test_a_repeat_under_its_key_moves_no_schedule(api: Api, sak_id: str) -> None:
    call = {"id": sak_id, "nyStatus": "FERDIG", "idempotencyKey": "k"}
    api.done("nyStatusSak", **call, hardDelete={"nyTid": OM, "strategi": "OVERSKRIV"})
    later = {"nyTid": {"om": "P9Y"}, "strategi": "OVERSKRIV"}
    api.done("nyStatusSak", **call, hardDelete=later)
    assert of_sak(sak_id) == OF_RECEIPT


def test_an_update_without_a_schedule_leaves_the_one_there_is(api: Api) -> None:
    id = new_oppgave(api, hardDelete=OM)
    api.done("oppgaveUtfoert", id=id)
    assert of_item(id) == OF_RECEIPT


def test_a_time_beyond_the_calendar_is_bad_input_and_changes_nothing(api: Api, sak_id: str) -> None:
    before = of_sak(sak_id), events(sak_id)
    text = """mutation ($id: ID!) { nyStatusSak(id: $id, nyStatus: FERDIG, hardDelete: {
        nyTid: {om: "P9000Y"}, strategi: FORLENG}) { __typename } }"""
    assert api.code(text, {"id": sak_id}) == "BAD_USER_INPUT"
    assert (of_sak(sak_id), events(sak_id)) == before


# ---------------------------------------------------------------- the sweep


def test_what_is_due_goes_at_its_moment_and_not_before(api: Api, moment: Moment) -> None:
    ids = [new_sak(api, hardDelete=OM), new_oppgave(api, hardDelete=OM)]
    moment.at = OF_RECEIPT - TICK
    sweep()
    assert [exists(id) for id in ids] == [True, True]
    moment.at = OF_RECEIPT
    sweep()
    assert [exists(id) for id in ids] == [False, False]
    assert {stone.slettet_at for stone in Slettet.objects.all()} == {OF_RECEIPT}


def test_a_past_time_means_the_next_sweep(api: Api) -> None:
    past = {"den": "2001-01-01T00:00"}
    ids = [new_sak(api, hardDelete=past), new_oppgave(api, hardDelete=past)]
    assert all(exists(id) for id in ids)
    sweep()
    assert not any(exists(id) for id in ids)


def test_a_due_sak_takes_its_notifikasjoner_whatever_their_own_schedule(
    api: Api, moment: Moment
) -> None:
    sak_id = new_sak(api, hardDelete=OM)
    later = new_oppgave(api, grupperingsid="sak-1", hardDelete={"om": "P9Y"})
    moment.at = OF_RECEIPT
    sweep()
    assert not exists(sak_id)
    assert not exists(later)
    assert api.member("nySak", **sak()) == "DuplikatGrupperingsidEtterDelete"


def test_a_due_notifikasjon_goes_alone(api: Api, moment: Moment, sak_id: str) -> None:
    due = new_oppgave(api, eksternId="1", grupperingsid="sak-1", hardDelete=OM)
    stays = new_oppgave(api, eksternId="2", grupperingsid="sak-1")
    moment.at = OF_RECEIPT
    sweep()
    assert [exists(id) for id in (due, stays, sak_id)] == [False, True, True]


def test_hidden_items_are_erased_when_due(api: Api, moment: Moment) -> None:
    ids = [new_sak(api, hardDelete=OM), new_oppgave(api, hardDelete=OM)]
    api.done("softDeleteSak", id=ids[0])
    api.done("softDeleteNotifikasjon", id=ids[1])
    moment.at = OF_RECEIPT
    sweep()
    assert not any(exists(id) for id in ids)


def test_without_a_schedule_items_stay(api: Api, moment: Moment, sak_id: str) -> None:
    id = new_oppgave(api)
    moment.oslo("2531-01-01T00:00")
    sweep()
    assert exists(sak_id)
    assert exists(id)


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_erase_each_item_once(api: Api, moment: Moment) -> None:
    for number in range(12):
        new_sak(api, grupperingsid=str(number), hardDelete=OM)
        new_oppgave(api, eksternId=str(number), grupperingsid=str(number), hardDelete=OM)
    due = OF_RECEIPT + timedelta(days=1)

    in_parallel(*[lambda: erasing.erase_due(now=due)] * 4)
    moment.at = due
    sweep()

    assert not Sak.objects.exists()
    assert not Notifikasjon.objects.exists()
    assert Slettet.objects.count() == 24
