"""ISO 8601 in and out (cases contract 4): one reader for literals, variables and REST."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.durations import Duration
from cases.schema.scalars import (
    read_date,
    read_datetime,
    read_duration,
    read_local_datetime,
    show_date,
    show_datetime,
    show_local_datetime,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# From the year 2 to 9998: whatever the offset, there is such a day.
CALENDAR = st.integers(-62_000_000_000_000_000, 253_000_000_000_000_000).map(
    lambda microseconds: EPOCH + timedelta(microseconds=microseconds)
)
OFFSETS = st.integers(-18 * 60, 18 * 60)


def spelled(offset: int) -> str:
    return f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}"


@given(CALENDAR, OFFSETS)
def test_a_moment_is_the_same_in_every_offset(moment: datetime, offset: int) -> None:
    there = moment.astimezone(timezone(timedelta(minutes=offset))).replace(tzinfo=None)
    assert read_datetime(there.isoformat() + spelled(offset)) == moment


@given(CALENDAR)
def test_what_is_shown_reads_as_the_same_moment(moment: datetime) -> None:
    assert read_datetime(show_datetime(moment)) == moment
    # Of the hour that comes twice the first is read.
    assert abs(read_local_datetime(show_local_datetime(moment)) - moment) in (
        timedelta(0),
        timedelta(hours=1),
    )


@given(st.dates())
def test_every_day_is_read_as_it_is_shown(day: date) -> None:
    assert read_date(show_date(day)) == day


@given(st.text(max_size=30) | st.from_regex(r"[-+0-9TZP:.YMWDHS]{0,25}"))
def test_nothing_but_a_refusal_comes_of_any_text(text: str) -> None:
    for read in (read_datetime, read_local_datetime, read_date, read_duration):
        with suppress(ValueError):
            read(text)


@given(st.from_regex(r"[0-9]{5,30}", fullmatch=True))
def test_a_refusal_does_not_repeat_what_was_sent(text: str) -> None:
    for read in (read_datetime, read_local_datetime, read_date, read_duration):
        with pytest.raises(ValueError, match="Write the") as refusal:
            read(text)
        assert text not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2031-05-06T07:08:09+02:00", "2031-05-06T05:08:09Z"),
        ("2031-05-06T07:08Z", "2031-05-06T07:08:00Z"),
        ("2031-05-06T07:08:09.5Z", "2031-05-06T07:08:09.500000Z"),
        ("2031-05-06T07:08:09.123456789Z", "2031-05-06T07:08:09.123456Z"),
        ("2031-05-06T07:08:09.0000001Z", "2031-05-06T07:08:09Z"),
        ("2031-05-06T07:08:09-00:00", "2031-05-06T07:08:09Z"),
        ("2031-05-06T07:08:09+18:00", "2031-05-05T13:08:09Z"),
        ("2031-05-06T07:08:09-18:00", "2031-05-07T01:08:09Z"),
        ("2020-02-29T00:00Z", "2020-02-29T00:00:00Z"),
    ],
)
def test_a_moment_is_shown_in_utc(text: str, shown: str) -> None:
    assert show_datetime(read_datetime(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2031-05-06T07:08:09",  # no offset
        "2031-05-06",
        "2031-05-06 07:08:09Z",
        "2031-05-06T07:08:09z",
        "2031-05-06t07:08:09Z",
        "2031-05-06T07:08:09.Z",
        "2031-05-06T07:08:09.1234567890Z",
        "2031-05-06T07:08:09,5Z",
        "2031-05-06T07Z",
        "2031-05-06T24:00Z",
        "2031-05-06T23:60Z",
        "2031-05-06T23:59:60Z",
        "2031-05-06T07:08:09+18:01",
        "2031-05-06T07:08:09+19:00",
        "2031-05-06T07:08:09+01:60",
        "2031-05-06T07:08:09+1:00",
        "2031-05-06T07:08:09+0100",
        "2031-05-06T07:08:09+01",
        "2031-05-06T07:08:09Z[Europe/Oslo]",
        "2019-02-29T07:08Z",
        "2031-13-06T07:08Z",
        "0000-01-01T00:00Z",
        "0001-01-01T00:00+01:00",
        "9999-12-31T23:59-01:00",
        "12031-05-06T07:08Z",
        "+2031-05-06T07:08Z",
        "2031-05-06T07:08:09Z\n",
        " 2031-05-06T07:08:09Z",
        "\uff12\uff1031-05-06T07:08:09Z",
        "\u0662\u0660\u0663\u0661-05-06T07:08:09Z",
        "",
    ],
)
def test_a_moment_that_is_badly_written_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_datetime(text)


@pytest.mark.parametrize(
    ("text", "moment", "shown"),
    [
        ("2031-01-06T07:08:09", "2031-01-06T06:08:09Z", "2031-01-06T07:08:09"),
        ("2031-07-06T07:08", "2031-07-06T05:08:00Z", "2031-07-06T07:08:00"),
        ("2031-07-06T07:08:09.25", "2031-07-06T05:08:09.250000Z", "2031-07-06T07:08:09.250000"),
        # Spring: 02:30 does not come, and moves forward by the hour that is missing.
        ("2026-03-29T02:30", "2026-03-29T01:30:00Z", "2026-03-29T03:30:00"),
        ("2026-03-29T01:59", "2026-03-29T00:59:00Z", "2026-03-29T01:59:00"),
        ("2026-03-29T03:00", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00"),
        # Autumn: 02:30 comes twice, and the first is meant.
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00"),
        ("2026-10-25T03:00", "2026-10-25T02:00:00Z", "2026-10-25T03:00:00"),
    ],
)
def test_a_local_time_is_what_a_clock_in_oslo_shows(text: str, moment: str, shown: str) -> None:
    assert show_datetime(read_local_datetime(text)) == moment
    assert show_local_datetime(read_local_datetime(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        *("2031-05-06T07:08Z", "2031-05-06T07:08+02:00", "2031-05-06", "2031-02-30T07:08", "07:08"),
        *("0001-01-01T00:00", "2031-05-06T25:00", "2031-05-06T07:08\n"),
    ],
)
def test_a_local_time_with_an_offset_or_badly_written_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_local_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        *("2019-02-30", "2019-02-29", "2019-2-1", "20190201", "2019-02-01T00:00", "2019-W01-1"),
        *("2019-02-01\n", "-2019-02-01", "0000-01-01", "\uff12019-02-01", "2019-00-10", ""),
    ],
)
def test_a_date_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_date(text)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P", Duration()),
        ("PT", Duration()),
        ("P2DT", Duration(days=2)),
        ("P0D", Duration()),
        ("P1Y", Duration(months=12)),
        ("P2YT1M", Duration(months=24, clock=timedelta(minutes=1))),
        ("P1M", Duration(months=1)),
        ("PT1M", Duration(clock=timedelta(minutes=1))),
        ("PT17520H", Duration(clock=timedelta(hours=17520))),
        ("PT336H", Duration(clock=timedelta(hours=336))),
        ("P1W2D", Duration(days=9)),
        (
            "P1Y2M3W4DT5H6M7.089S",
            Duration(
                months=14,
                days=25,
                clock=timedelta(hours=5, minutes=6, seconds=7, milliseconds=89),
            ),
        ),
        ("PT0.1234567891S", Duration(clock=timedelta(microseconds=123456))),
        ("P9999Y", Duration(months=9999 * 12)),
    ],
)
def test_a_duration_has_a_calendar_part_and_a_clock_part(text: str, duration: Duration) -> None:
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "T1H",
            "1D",
            "p1d",
            "P1D2M",
            "P-1D",
            "-P1D",
            "+P1D",
            "PT-1H",
            "P1.5D",
            "PT1,5S",
            "PT1.S",
        ),
        *("P1H", "PT1D", "P1DT1D", "P10000Y", "P99999999999D", "P9999999999D", "PT9999999999H"),
        *("P1D\n", " P1D", "P\uff11D", "P1D1D", "PT.5S"),
    ],
)
def test_a_duration_that_is_none_or_beyond_all_calendars_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_duration(text)
