"""Send windows over the whole calendar, days of changing clocks included."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifications_platform.core.windows import OSLO, Window

DAYTIME = Window.parse("9-17")
SPRING_FORWARD = date(2027, 3, 28)
FALL_BACK = date(2027, 10, 31)

instants = st.integers(0, 7 * 366 * 86_400).map(
    lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
hours = (
    st.tuples(st.integers(0, 23), st.integers(1, 24))
    .filter(lambda bounds: bounds[0] < bounds[1])
    .map(lambda bounds: Window.hours(f"{bounds[0]}-{bounds[1]}"))
)
minutes = st.builds(
    lambda bounds, days: Window(bounds[0], bounds[1], days[0], days[1]),
    st.tuples(st.integers(0, 23 * 60), st.integers(1, 24 * 60)).filter(lambda two: two[0] < two[1]),
    st.tuples(st.integers(0, 6), st.integers(0, 6)).map(sorted),
)
windows = st.one_of(hours, minutes)
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
    assert opening - at <= timedelta(days=8)
    if opening > at:
        assert not window.is_open(opening - timedelta(microseconds=1))
        assert not window.is_open(at + (opening - at) / 2)


@given(window=windows, at=st.one_of(instants, near_changes))
def test_an_open_window_closes_later_and_stays_open_until_then(window, at):
    at = window.next_opening(at)
    closing = window.closing(at)

    assert closing > at
    assert window.is_open(closing - timedelta(microseconds=1))
    # Where days adjoin, the next one opens at once.
    assert not window.is_open(closing) or closing == window.opening(closing)


def test_an_hour_that_the_clocks_skip_waits_for_the_day_after():
    skipped = Window.parse("2-3")
    before = oslo(SPRING_FORWARD, 1)

    assert skipped.next_opening(before) == oslo(date(2027, 3, 29), 2) + timedelta(microseconds=1)


# Of hours that a change of clocks skips or repeats, a window has whole stretches of time, not
# what a clock shows: so days of changing clocks are left out here.
@given(window=windows, at=instants)
def test_a_window_is_open_when_an_oslo_clock_shows_one_of_its_minutes(window, at):
    wall = at.astimezone(OSLO)
    midnight = datetime.combine(wall.date(), time(0), OSLO).astimezone(UTC)
    assume(_offset(midnight) == _offset(midnight + timedelta(hours=24)))
    since_midnight = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
    in_time = timedelta(minutes=window.opens) <= since_midnight < timedelta(minutes=window.closes)
    if window.opens_after and since_midnight == timedelta(minutes=window.opens):
        in_time = False
    assert window.is_open(at) == (in_time and window.first_day <= wall.weekday() <= window.last_day)


def _offset(at: datetime) -> timedelta | None:
    return at.astimezone(OSLO).utcoffset()


NKS = Window.parse("mon-fri 08:30-14:30")
DAGTID = Window.parse("mon-sat 09:00-16:00")
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2027, 1, day) for day in (15, 16, 17, 18))


@pytest.mark.parametrize(
    ("window", "at", "is_open"),
    [
        (NKS, oslo(FRIDAY, 8, 29), False),
        (NKS, oslo(FRIDAY, 8, 30), True),
        (NKS, oslo(FRIDAY, 14, 30) + timedelta(seconds=59, microseconds=999_999), True),
        (NKS, oslo(FRIDAY, 14, 31), False),
        (NKS, oslo(SATURDAY, 12), False),
        (DAGTID, oslo(SATURDAY, 9), True),
        (DAGTID, oslo(SATURDAY, 16) + timedelta(seconds=59), True),
        (DAGTID, oslo(SATURDAY, 16, 1), False),
        (DAGTID, oslo(SUNDAY, 12), False),
    ],
)
def test_bounds_written_as_minutes_are_inside(window, at, is_open):
    assert window.is_open(at) is is_open


@pytest.mark.parametrize(
    ("window", "at", "opening"),
    [
        (NKS, oslo(FRIDAY, 3), oslo(FRIDAY, 8, 30)),
        (NKS, oslo(FRIDAY, 14, 31), oslo(MONDAY, 8, 30)),
        (NKS, oslo(date(2027, 3, 26), 20), oslo(date(2027, 3, 29), 8, 30)),
        (NKS, oslo(date(2027, 10, 29), 20), oslo(date(2027, 11, 1), 8, 30)),
        (DAGTID, oslo(FRIDAY, 16, 1), oslo(SATURDAY, 9)),
        (DAGTID, oslo(SATURDAY, 16, 1), oslo(MONDAY, 9)),
    ],
)
def test_the_next_opening_is_the_opening_minute_exactly(window, at, opening):
    assert window.next_opening(at) == opening
    assert window.next_opening(at).utcoffset() == timedelta(0)


@given(one=windows, other=windows, at=st.one_of(instants, near_changes))
def test_an_overlap_is_open_when_both_are(one, other, at):
    try:
        both = one.overlap(other)
    except ValueError:
        assert not (one.is_open(at) and other.is_open(at))
        return
    assert both == other.overlap(one)
    assert both.is_open(at) == (one.is_open(at) and other.is_open(at))
    opening = both.next_opening(at)
    assert one.is_open(opening)
    assert other.is_open(opening)


def test_windows_that_are_never_open_together_have_no_overlap():
    with pytest.raises(ValueError, match="mon-fri 08:30-14:30 and 17-20 are never open"):
        NKS.overlap(Window.parse("17-20"))


@given(one=windows, other=windows)
def test_a_window_reads_back_what_it_writes(one, other):
    assert Window.parse(str(one)) == one
    try:
        both = one.overlap(other)
    except ValueError:
        return
    assert Window.parse(str(both)) == both
    assert len(str(both)) <= 20


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("9-17", "between 9 and 17 o'clock in Oslo"),
        ("mon-fri 08:30-14:30", "between 08:30 and 14:30, Monday to Friday in Oslo"),
        ("mon-sat 9-16:00", "between 9 and 16:00, Monday to Saturday in Oslo"),
    ],
)
def test_a_window_is_told_in_words(text, words):
    assert Window.parse(text).in_words() == words


@pytest.mark.parametrize(
    "text", ["", "9", "9-", "-17", "17-9", "9-9", "9-25", "nine-five", "9--17", "9-17\n", "٩-17"]
)
def test_what_is_no_window_is_refused(text):
    with pytest.raises(ValueError, match="is no window"):
        Window.parse(text)
    with pytest.raises(ValueError, match="is no window"):
        Window.hours(text)


@pytest.mark.parametrize(
    "text",
    ["08:30-14:30", "9-14:30", "mon-fri 9-17", "9:60-17", "24:00-24", "fri-mon 9-17", "::-9"],
)
def test_a_setting_of_hours_takes_whole_hours_only(text):
    with pytest.raises(ValueError, match="is no window"):
        Window.hours(text)
