"""Send windows over the whole calendar, days of changing clocks included."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications_platform.core.windows import OSLO, Window

DAYTIME = Window(9, 17)
SPRING_FORWARD = date(2027, 3, 28)
FALL_BACK = date(2027, 10, 31)

instants = st.integers(0, 7 * 366 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
windows = (
    st.tuples(st.integers(0, 23), st.integers(1, 24))
    .filter(lambda hours: hours[0] < hours[1])
    .map(lambda hours: Window(*hours))
)
near_changes = st.builds(
    lambda day, seconds: datetime.combine(day, time(0), UTC) + timedelta(seconds=seconds),
    st.sampled_from([SPRING_FORWARD, FALL_BACK]),
    st.integers(-86_400, 2 * 86_400),
)


def oslo(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), OSLO)


@pytest.mark.parametrize(
    "day",
    [date(2027, 1, 15), date(2027, 7, 15), SPRING_FORWARD, FALL_BACK, date(2027, 5, 17)],
    ids=str,
)
def test_the_window_is_open_strictly_between_its_hours_of_the_oslo_day(day):
    tick = timedelta(microseconds=1)
    opens, closes = oslo(day, 9).astimezone(UTC), oslo(day, 17).astimezone(UTC)

    assert not DAYTIME.is_open(opens)
    assert DAYTIME.is_open(opens + tick)
    assert DAYTIME.is_open(closes - tick)
    assert not DAYTIME.is_open(closes)


def test_the_same_instant_counts_the_same_in_every_zone():
    at = oslo(date(2027, 7, 15), 9, 30)

    assert DAYTIME.is_open(at)
    assert DAYTIME.is_open(at.astimezone(UTC))
    assert DAYTIME.next_opening(at) == at.astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        (oslo(date(2027, 1, 15), 8), oslo(date(2027, 1, 15), 9)),
        (oslo(date(2027, 1, 15), 9), oslo(date(2027, 1, 15), 9)),
        (oslo(date(2027, 1, 15), 17), oslo(date(2027, 1, 16), 9)),
        (oslo(date(2027, 12, 31), 23), oslo(date(2028, 1, 1), 9)),
        (oslo(date(2027, 3, 27), 18), oslo(SPRING_FORWARD, 9)),
        (oslo(date(2027, 10, 30), 18), oslo(FALL_BACK, 9)),
    ],
)
def test_a_closed_window_opens_just_after_the_hour(at, opening):
    assert DAYTIME.next_opening(at) == opening + timedelta(microseconds=1)


def test_a_night_lost_to_summer_time_is_an_hour_shorter():
    evening = oslo(date(2027, 3, 27), 17)

    assert DAYTIME.next_opening(evening) - evening.astimezone(UTC) == timedelta(
        hours=15, microseconds=1
    )


@given(window=windows, at=st.one_of(instants, near_changes))
def test_the_next_opening_is_open_and_nothing_is_open_before_it(window, at):
    opening = window.next_opening(at)

    assert opening >= at
    assert window.is_open(opening)
    assert window.next_opening(opening) == opening
    assert opening - at <= timedelta(days=2)
    if opening > at:
        assert not window.is_open(opening - timedelta(microseconds=1))
        assert not window.is_open(at + (opening - at) / 2)


@given(window=windows, at=st.one_of(instants, near_changes))
def test_an_open_window_closes_later_and_stays_open_until_then(window, at):
    at = window.next_opening(at)
    closing = window.closing(at)

    assert closing > at
    assert window.is_open(closing - timedelta(microseconds=1))
    assert not window.is_open(closing)


def test_an_hour_that_the_clocks_skip_waits_for_the_day_after():
    skipped = Window(2, 3)
    before = oslo(SPRING_FORWARD, 1)

    assert skipped.next_opening(before) == oslo(date(2027, 3, 29), 2) + timedelta(microseconds=1)


@given(window=windows)
def test_a_window_reads_back_what_it_writes(window):
    assert Window.parse(str(window)) == window


@pytest.mark.parametrize(
    "text", ["", "9", "9-", "-17", "17-9", "9-9", "9-25", "nine-five", "9--17"]
)
def test_what_is_no_window_is_refused(text):
    with pytest.raises(ValueError, match="is no window"):
        Window.parse(text)
