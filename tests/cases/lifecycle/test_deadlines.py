"""Deadlines of oppgaver: passing, extending, reopening (cases contract 9.1)."""

from typing import Any

import pytest

from tests.cases.lifecycle.living import TICK, Moment, events, oslo, row, sweep
from tests.cases.producing import Api, oppgave

pytestmark = pytest.mark.django_db

FRIST = "2031-03-06"


def new(api: Api, **changes: Any) -> str:
    return str(api.done("nyOppgave", nyOppgave=oppgave(**changes))["id"])


def tilstand(api: Api, id: str) -> str:
    return str(api.item(id)["oppgave"]["tilstand"])


@pytest.mark.parametrize(
    "frist",
    [
        "2031-03-06",
        "2031-03-30",  # 23 hours: the clocks go forward
        "2031-10-26",  # 25 hours: they go back
        "2032-02-29",
        "2031-12-31",
    ],
)
def test_an_oppgave_expires_at_midnight_in_oslo_and_not_before(
    api: Api, moment: Moment, frist: str
) -> None:
    id = new(api, frist=frist)
    end = oslo(f"{frist}T23:59:59.999999")

    moment.at = end
    sweep()
    assert tilstand(api, id) == "NY"

    moment.at = end + TICK
    sweep()
    assert tilstand(api, id) == "UTGAATT"
    assert row(id).utgaatt_tidspunkt == end


@pytest.mark.parametrize(
    ("frist", "midnight"),
    [
        ("2031-03-30", "2031-03-30T22:00:00+00:00"),
        ("2031-10-26", "2031-10-26T23:00:00+00:00"),
        ("2032-02-29", "2032-02-29T23:00:00+00:00"),
    ],
)
def test_midnight_is_where_the_clocks_of_that_evening_have_it(
    api: Api, frist: str, midnight: str
) -> None:
    utgaar_at = row(new(api, frist=frist)).utgaar_at
    assert utgaar_at is not None
    assert utgaar_at.isoformat() == midnight


def test_a_frist_already_past_at_creation_expires_at_the_next_sweep(api: Api) -> None:
    id = new(api, frist="2030-02-28")
    assert tilstand(api, id) == "NY"

    sweep()

    assert tilstand(api, id) == "UTGAATT"
    assert row(id).utgaatt_tidspunkt == oslo("2030-02-28T23:59:59.999999")


def test_the_day_of_the_frist_itself_is_not_past(api: Api) -> None:
    id = new(api, frist="2031-03-04")
    sweep()
    assert tilstand(api, id) == "NY"


def test_a_missed_week_is_caught_up_as_of_each_ones_own_day(api: Api, moment: Moment) -> None:
    ids = [
        new(api, frist=f"2031-03-0{day}", metadata={"eksternId": str(day)}) for day in range(5, 10)
    ]
    moment.oslo("2031-04-01T12:00")
    sweep()
    sweep()

    for day, id in enumerate(ids, 5):
        assert row(id).utgaatt_tidspunkt == oslo(f"2031-03-0{day}T23:59:59.999999")
        assert events(id).count("OppgaveUtgaatt") == 1


def test_without_a_frist_or_with_the_last_day_of_all_nothing_expires(
    api: Api, moment: Moment
) -> None:
    ids = [
        new(api, metadata={"eksternId": "a"}),
        new(api, metadata={"eksternId": "b"}, frist="9999-12-31"),
    ]
    moment.oslo("2999-01-01T00:00")
    sweep()
    assert {tilstand(api, id) for id in ids} == {"NY"}


@pytest.mark.parametrize("ended", ["oppgaveUtfoert", "softDeleteNotifikasjon"])
def test_what_is_done_or_hidden_does_not_expire(api: Api, moment: Moment, ended: str) -> None:
    id = new(api, frist=FRIST)
    api.done(ended, id=id)
    before = tilstand(api, id)
    moment.oslo("2031-04-01T12:00")
    sweep()
    assert tilstand(api, id) == before
    assert row(id).utgaatt_tidspunkt is None


def test_an_expiry_the_producer_has_told_keeps_its_time(api: Api, moment: Moment) -> None:
    id = new(api, frist=FRIST)
    api.done("oppgaveUtgaatt", id=id, utgaattTidspunkt="2031-03-03T10:00:00Z")
    moment.oslo("2031-04-01T12:00")
    sweep()
    assert row(id).utgaatt_tidspunkt == oslo("2031-03-03T11:00")
    assert events(id).count("OppgaveUtgaatt") == 1


@pytest.mark.parametrize("ny_frist", [FRIST, "2031-03-07", "2040-01-01"])
def test_an_equal_or_later_frist_is_fine(api: Api, moment: Moment, ny_frist: str) -> None:
    id = new(api, frist=FRIST)
    api.done("oppgaveUtsettFrist", id=id, nyFrist=ny_frist)
    assert str(row(id).frist) == ny_frist

    moment.at = oslo(f"{ny_frist}T23:59:59.999999")
    sweep()
    assert tilstand(api, id) == "NY"
    moment.at += TICK
    sweep()
    assert tilstand(api, id) == "UTGAATT"


def test_an_earlier_frist_is_a_conflict_and_changes_nothing(api: Api) -> None:
    id = new(api, frist=FRIST)
    before = row(id).__dict__, events(id)

    assert api.member("oppgaveUtsettFrist", id=id, nyFrist="2031-03-05") == "Konflikt"

    after = row(id).__dict__, events(id)
    del before[0]["_state"], after[0]["_state"]
    assert after == before


def test_a_first_frist_may_be_given_later(api: Api, moment: Moment) -> None:
    id = new(api)
    api.done("oppgaveUtsettFrist", id=id, nyFrist=FRIST)
    moment.oslo("2031-03-07T00:00")
    sweep()
    assert tilstand(api, id) == "UTGAATT"


@pytest.mark.parametrize("by", ["sweep", "producer"])
def test_an_extension_opens_an_expired_oppgave_again(api: Api, moment: Moment, by: str) -> None:
    id = new(api, frist=FRIST)
    if by == "producer":
        api.done("oppgaveUtgaatt", id=id)
    moment.oslo("2031-03-08T12:00")
    sweep()
    assert tilstand(api, id) == "UTGAATT"

    api.done("oppgaveUtsettFrist", id=id, nyFrist="2031-03-10")
    assert tilstand(api, id) == "NY"
    assert row(id).utgaatt_tidspunkt is None
    sweep()
    assert tilstand(api, id) == "NY"

    moment.oslo("2031-03-11T00:00")
    sweep()
    assert tilstand(api, id) == "UTGAATT"
    assert row(id).utgaatt_tidspunkt == oslo("2031-03-10T23:59:59.999999")


def test_an_expired_oppgave_extended_to_a_day_that_is_past_expires_again(
    api: Api, moment: Moment
) -> None:
    id = new(api, frist=FRIST)
    moment.oslo("2031-03-20T12:00")
    sweep()
    api.done("oppgaveUtsettFrist", id=id, nyFrist=FRIST)
    assert tilstand(api, id) == "NY"
    sweep()
    assert tilstand(api, id) == "UTGAATT"


def test_what_is_done_cannot_be_extended_or_expire(api: Api) -> None:
    id = new(api, frist=FRIST)
    api.done("oppgaveUtfoert", id=id)
    assert api.member("oppgaveUtsettFrist", id=id, nyFrist="2031-05-01") == "Konflikt"
    assert api.member("oppgaveUtgaatt", id=id) == "OppgavenErAlleredeUtfoert"
    assert tilstand(api, id) == "UTFOERT"


def test_an_expired_oppgave_can_be_done(api: Api) -> None:
    id = new(api)
    api.done("oppgaveUtgaatt", id=id)
    api.done("oppgaveUtfoert", id=id, utfoertTidspunkt="2031-03-01T08:00:00+01:00", nyLenke="#1")
    assert tilstand(api, id) == "UTFOERT"
    done = row(id)
    assert done.utgaatt_tidspunkt is None
    assert done.utfoert_tidspunkt == oslo("2031-03-01T08:00")
    assert done.lenke == "#1"


def test_a_repeat_of_utfoert_renews_time_and_link(api: Api, moment: Moment) -> None:
    id = new(api)
    api.done("oppgaveUtfoert", id=id, nyLenke="#1")
    moment.passes(hours=1)
    api.done("oppgaveUtfoert", id=id, nyLenke="#2")
    assert (row(id).utfoert_tidspunkt, row(id).lenke) == (moment.at, "#2")
    api.done("oppgaveUtfoert", id=id)
    assert row(id).lenke == "#2"


def test_a_hidden_oppgave_that_is_extended_stays_hidden_and_does_not_expire(
    api: Api, moment: Moment
) -> None:
    id = new(api, frist=FRIST)
    api.done("softDeleteNotifikasjon", id=id)
    api.done("oppgaveUtsettFrist", id=id, nyFrist="2031-03-07")
    moment.oslo("2031-04-01T00:00")
    sweep()
    assert tilstand(api, id) == "NY"
    assert api.item(id)["metadata"]["softDeleted"] is True
