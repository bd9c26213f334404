"""When a reminder fires, and when it may not be (cases contract 9.3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases import inputs
from cases.durations import Duration, instant, later, oslo_wall
from cases.models import EksterntVarsel, Hendelse, Notifikasjon, Paaminnelse
from cases.reminders import BadReminder, Occasion, end_of, fires_at, midnight_after
from cases.states import Kanal, Sendevindu
from cases.varsler.windows import first_allowed
from tests.cases.lifecycle.living import TICK, Moment, events, open_reminders, oslo, row
from tests.cases.producing import Answer, Api, kalenderavtale, oppgave, paaminnelse

OPPRETTET = "2031-03-04T08:00:00+01:00"
FRIST = "2031-03-31"
START = "2031-03-31T09:00:00"


def new_oppgave(api: Api, reminder: Answer, frist: str | None = FRIST, **more: Any) -> Answer:
    metadata = {"opprettetTidspunkt": OPPRETTET, **more}
    given = oppgave(frist=frist, paaminnelse=reminder, metadata=metadata)
    return api.call("nyOppgave", nyOppgave=given)


def new_avtale(api: Api, reminder: Answer, **more: Any) -> Answer:
    given = {"startTidspunkt": START, "paaminnelse": reminder, **more}
    return api.call("nyKalenderavtale", **kalenderavtale(**given))


def at(made: Answer) -> datetime:
    (reminder,) = open_reminders(made["id"])
    return reminder.tidspunkt


def nothing_is_stored() -> bool:
    tables = (Notifikasjon, Paaminnelse, EksterntVarsel)
    return not any(table.objects.exists() for table in tables) and not (
        Hendelse.objects.exclude(type="SakOpprettet").exists()
    )


# ---------------------------------------------------------------- through the door


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tidspunkt", "wall"),
    [
        ({"konkret": "2031-03-10T12:30:00"}, "2031-03-10T12:30"),
        ({"konkret": "2031-03-30T02:30:00"}, "2031-03-30T03:30"),
        ({"etterOpprettelse": "P1D"}, "2031-03-05T08:00"),
        # Over the spring change the wall clock keeps its time.
        ({"etterOpprettelse": "P26D"}, "2031-03-30T08:00"),
        ({"etterOpprettelse": "PT624H"}, "2031-03-30T08:00"),
        ({"foerFrist": "P0D"}, "2031-03-31T23:59:59.999999"),
        ({"foerFrist": "P2D"}, "2031-03-29T23:59:59.999999"),
        ({"foerFrist": "PT48H"}, "2031-03-29T23:59:59.999999"),
        ({"foerFrist": "P14DT12H"}, "2031-03-17T11:59:59.999999"),
    ],
)
def test_an_oppgave_is_reminded_of_at(api: Api, tidspunkt: Answer, wall: str) -> None:
    assert at(new_oppgave(api, paaminnelse(**tidspunkt))) == oslo(wall)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tidspunkt", "wall"),
    [
        ({"konkret": "2031-03-10T12:30:00"}, "2031-03-10T12:30"),
        ({"foerStartTidspunkt": "PT0S"}, "2031-03-31T09:00"),
        ({"foerStartTidspunkt": "P2D"}, "2031-03-29T09:00"),
        ({"foerStartTidspunkt": "PT48H"}, "2031-03-29T09:00"),
        # Counted from the receipt.
        ({"etterOpprettelse": "PT1H"}, "2031-03-04T13:00"),
    ],
)
@pytest.mark.usefixtures("sak_id")
def test_a_kalenderavtale_is_reminded_of_at(api: Api, tidspunkt: Answer, wall: str) -> None:
    assert at(new_avtale(api, paaminnelse(**tidspunkt))) == oslo(wall)


REFUSED_OPPGAVE: dict[str, tuple[Answer, str | None]] = {
    "before its creation": ({"konkret": "2031-03-04T07:59:59"}, FRIST),
    "after the frist's day": ({"konkret": "2031-04-01T00:00:00"}, FRIST),
    "after the frist's day, counted": ({"etterOpprettelse": "P28D"}, FRIST),
    "without a frist": ({"foerFrist": "P1D"}, None),
    "of an appointment": ({"foerStartTidspunkt": "P1D"}, FRIST),
    "in the past": ({"konkret": "2031-03-04T11:58:59"}, FRIST),
    "in the past, counted": ({"foerFrist": "P27DT13H"}, FRIST),
    "beyond the calendar": ({"etterOpprettelse": "P9000Y"}, None),
    "before the calendar": ({"foerFrist": "P9000Y"}, FRIST),
}


@pytest.mark.django_db
@pytest.mark.parametrize("why", REFUSED_OPPGAVE)
def test_a_reminder_of_an_oppgave_is_refused(api: Api, why: str) -> None:
    tidspunkt, frist = REFUSED_OPPGAVE[why]
    answer = new_oppgave(api, paaminnelse(**tidspunkt), frist)
    assert answer["__typename"] == "UgyldigPaaminnelseTidspunkt"
    assert nothing_is_stored()


REFUSED_AVTALE: dict[str, Answer] = {
    "of a frist": {"foerFrist": "P1D"},
    "after its start": {"konkret": "2031-03-31T09:00:01"},
    "in the past": {"konkret": "2031-03-04T11:58:59"},
    "before its creation": {"foerStartTidspunkt": "P60D"},
}


@pytest.mark.django_db
@pytest.mark.parametrize("why", REFUSED_AVTALE)
@pytest.mark.usefixtures("sak_id")
def test_a_reminder_of_a_kalenderavtale_is_refused(api: Api, why: str) -> None:
    answer = new_avtale(api, paaminnelse(**REFUSED_AVTALE[why]))
    assert answer["__typename"] == "UgyldigKalenderavtale"
    assert nothing_is_stored()


@pytest.mark.django_db
def test_there_is_one_minute_of_grace(api: Api, moment: Moment) -> None:
    reminder = paaminnelse(konkret="2031-03-04T12:00:00")
    moment.oslo("2031-03-04T12:01:00")
    assert new_oppgave(api, reminder)["__typename"] == "NyOppgaveVellykket"
    moment.at += TICK
    late = new_oppgave(api, reminder, eksternId="late")
    assert late["__typename"] == "UgyldigPaaminnelseTidspunkt"


@pytest.mark.django_db
def test_a_repeat_that_comes_after_the_reminder_succeeds(api: Api, moment: Moment) -> None:
    reminder = paaminnelse(konkret="2031-03-04T14:00:00")
    first = new_oppgave(api, reminder)
    moment.oslo("2031-03-20T12:00")
    again = new_oppgave(api, reminder)
    assert again == first
    assert events(first["id"]) == ["OppgaveOpprettet"]


def windowed(window: str, **tidspunkt: str) -> Answer:
    reminder = paaminnelse(**tidspunkt)
    reminder["eksterneVarsler"][0]["sms"]["sendevindu"] = window
    return reminder


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("window", "wall", "fits"),
    [
        ("NKS_AAPNINGSTID", "2031-03-31T14:30:59", True),
        ("NKS_AAPNINGSTID", "2031-03-31T14:31:00", False),
        ("NKS_AAPNINGSTID", "2031-03-30T23:00:00", True),
        ("DAGTID_IKKE_SOENDAG", "2031-03-31T16:00:59", True),
        ("DAGTID_IKKE_SOENDAG", "2031-03-31T16:01:00", False),
        ("LOEPENDE", "2031-03-31T23:59:59", True),
    ],
)
def test_its_messages_must_be_able_to_leave_before_the_end(
    api: Api, window: str, wall: str, fits: bool
) -> None:
    answer = new_oppgave(api, windowed(window, konkret=wall))
    assert (answer["__typename"] == "NyOppgaveVellykket") == fits
    assert fits or nothing_is_stored()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("window", "start", "fits"),
    [
        ("NKS_AAPNINGSTID", "2031-03-31T08:30:00", True),
        ("NKS_AAPNINGSTID", "2031-03-31T08:29:59", False),
        # A Monday: the window that would do on Saturday does not open on Sunday.
        ("DAGTID_IKKE_SOENDAG", "2031-03-31T08:59:00", False),
        ("LOEPENDE", "2031-03-31T08:00:00", True),
    ],
)
@pytest.mark.usefixtures("sak_id")
def test_messages_of_an_appointment_must_be_able_to_leave_before_its_start(
    api: Api, window: str, start: str, fits: bool
) -> None:
    reminder = windowed(window, konkret="2031-03-30T12:00:00")
    answer = new_avtale(api, reminder, startTidspunkt=start)
    assert answer["__typename"] == (
        "NyKalenderavtaleVellykket" if fits else "UgyldigKalenderavtale"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("sak_id")
def test_updates_refuse_by_the_same_rules_and_leave_the_old_reminder(api: Api) -> None:
    good, bad = paaminnelse(konkret="2031-03-10T12:00:00"), paaminnelse(konkret="2031-04-10T12:00")
    task = new_oppgave(api, good)["id"]
    meeting = new_avtale(api, good, eksternId="m")["id"]
    before = [open_reminders(id)[0].id for id in (task, meeting)], events(task), events(meeting)

    extended = api.member(
        "oppgaveUtsettFrist",
        id=task,
        nyFrist="2031-04-01",
        paaminnelse=paaminnelse(foerFrist="P1Y"),
    )
    changed = api.member("oppgaveEndrePaaminnelse", id=task, paaminnelse=bad)
    updated = api.member(
        "oppdaterKalenderavtale", id=meeting, nyTekst="Nytt", eksterneVarsler=[], paaminnelse=bad
    )

    assert [extended, changed] == ["UgyldigPaaminnelseTidspunkt"] * 2
    assert updated == "UgyldigKalenderavtale"
    after = [open_reminders(id)[0].id for id in (task, meeting)], events(task), events(meeting)
    assert after == before
    assert row(task).frist == date(2031, 3, 31)
    assert row(meeting).tekst == "Dialogmøte"


@pytest.mark.django_db
def test_an_extension_measures_its_reminder_by_the_new_frist(api: Api) -> None:
    id = new_oppgave(api, paaminnelse(foerFrist="P1D"))["id"]
    api.done(
        "oppgaveUtsettFrist", id=id, nyFrist="2031-05-01", paaminnelse=paaminnelse(foerFrist="P1D")
    )
    (reminder,) = open_reminders(id)
    assert reminder.tidspunkt == oslo("2031-04-30T23:59:59.999999")


@pytest.mark.django_db
def test_an_expired_oppgave_takes_no_reminder_but_loses_one(api: Api) -> None:
    id = new_oppgave(api, paaminnelse(foerFrist="P1D"))["id"]
    api.done("oppgaveUtgaatt", id=id)
    before = events(id)
    reminder = paaminnelse(konkret="2031-03-10T12:00:00")
    refused = api.member("oppgaveEndrePaaminnelse", id=id, paaminnelse=reminder)
    assert (refused, events(id)) == ("UgyldigPaaminnelseTidspunkt", before)
    assert api.done("oppgaveEndrePaaminnelse", id=id, paaminnelse=None)["id"] == id


# ---------------------------------------------------------------- arithmetic

_FROM, _TO = datetime(2024, 1, 1), datetime(2036, 12, 31)  # noqa: DTZ001 as hypothesis wants them
MOMENTS = st.datetimes(_FROM, _TO, timezones=st.just(UTC))
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))
DURATIONS = st.builds(
    Duration,
    months=st.integers(0, 30),
    days=st.integers(0, 400),
    clock=st.timedeltas(timedelta(0), timedelta(days=40)),
)
CLOCKS = st.builds(Duration, clock=st.timedeltas(timedelta(0), timedelta(days=400)))


def fires(occasion: Occasion, *, now: datetime | None = None, **kind: Any) -> datetime:
    reminder = inputs.Paaminnelse(tidspunkt=inputs.PaaminnelseTidspunkt(**kind))
    return fires_at(reminder, occasion, now=now or occasion.opprettet)


# The second 02:30 of the night in autumn.
@example(datetime(2031, 10, 26, 1, 30, tzinfo=UTC), Duration())
@example(datetime(2031, 10, 26, 1, 30, tzinfo=UTC), Duration(clock=timedelta(minutes=10)))
@example(datetime(2032, 2, 29, 12, tzinfo=UTC), Duration(months=12))
@given(MOMENTS, DURATIONS)
def test_after_creation_is_never_before_it_and_keeps_to_the_wall_clock(
    opprettet: datetime, by: Duration
) -> None:
    at = fires(Occasion(opprettet=opprettet), etter_opprettelse=by)
    assert at >= opprettet
    # What the clocks skip in spring is moved forward by what they skip.
    assert oslo_wall(at) - later(oslo_wall(opprettet), by) in (timedelta(0), timedelta(hours=1))


@example(date(2031, 3, 30), Duration(clock=timedelta(hours=22)))
@example(date(2031, 10, 26), Duration(days=1))
@given(DAYS, DURATIONS)
def test_before_a_frist_is_never_after_its_day(frist: date, by: Duration) -> None:
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    at = fires(Occasion(opprettet=long_ago, frist=frist), foer_frist=by)
    assert at <= end_of(frist) < midnight_after(frist)
    assert at + by.clock <= end_of(frist) + timedelta(hours=1)


@given(DAYS)
def test_a_day_ends_where_the_next_begins(day: date) -> None:
    assert midnight_after(day) - end_of(day) == TICK
    assert oslo_wall(midnight_after(day)).date() == day + timedelta(days=1)


@given(MOMENTS, CLOCKS, MOMENTS, st.sampled_from(Sendevindu), st.sampled_from(Kanal))
def test_what_is_accepted_keeps_every_rule_and_what_is_not_breaks_one(
    start: datetime, by: Duration, now: datetime, window: Sendevindu, kanal: Kanal
) -> None:
    opprettet = now - timedelta(days=200)
    varsel = inputs.EksterntVarsel(kanal=kanal, tekst="", sendevindu=window)
    tidspunkt = inputs.PaaminnelseTidspunkt(foer_start_tidspunkt=by)
    reminder = inputs.Paaminnelse(tidspunkt=tidspunkt, eksterne_varsler=(varsel,))
    expected = instant(oslo_wall(start) - by.clock)
    allowed = (
        expected >= opprettet
        and expected >= now - timedelta(minutes=1)
        and expected <= start
        and first_allowed(window, kanal, expected) <= start
    )
    occasion = Occasion(opprettet=opprettet, start=start)
    if allowed:
        assert fires_at(reminder, occasion, now=now) == expected
    else:
        with pytest.raises(BadReminder):
            fires_at(reminder, occasion, now=now)


def test_a_reminder_of_its_very_creation_in_the_doubled_hour_is_no_past_one() -> None:
    second_pass = datetime(2031, 10, 26, 1, 30, tzinfo=UTC)
    for minutes in (0, 10, 29):
        by = Duration(clock=timedelta(minutes=minutes))
        at = fires(Occasion(opprettet=second_pass), etter_opprettelse=by)
        assert at == second_pass + by.clock


def test_a_window_that_opens_only_beyond_the_calendar_is_refused() -> None:
    windowed = inputs.EksterntVarsel(
        kanal=Kanal.SMS, tekst="Husk", adresse="+4740000100", sendevindu=Sendevindu.NKS_AAPNINGSTID
    )
    late = inputs.Paaminnelse(
        tidspunkt=inputs.PaaminnelseTidspunkt(konkret=oslo("9999-12-31T20:00")),
        eksterne_varsler=(windowed,),
    )
    occasion = Occasion(opprettet=oslo("2031-03-04T12:00"), frist=date(9999, 12, 31))
    with pytest.raises(BadReminder):
        fires_at(late, occasion, now=oslo("2031-03-04T12:00"))
