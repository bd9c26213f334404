"""The four ISO 8601 scalars as texts (cases contract 4): the one reader of each, whoever sends
it and however, and what is shown.

Readers match the whole text, take ASCII digits only, and raise ValueError with a sentence for
the caller that does not hold the text itself.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from cases.durations import Duration, instant, oslo_wall

_DAY = r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
_TIME = (
    r"T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?"
)
_OFFSET = r"(?P<offset>Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):(?P<minutes>[0-9]{2}))?"
_DATE = re.compile(_DAY)
_DATE_TIME = re.compile(_DAY + _TIME + _OFFSET)
# Ten digits reach far beyond the calendar and keep the sums small.
_N = "[0-9]{1,10}"
_DURATION = re.compile(
    rf"P(?:(?P<years>{_N})Y)?(?:(?P<months>{_N})M)?(?:(?P<weeks>{_N})W)?(?:(?P<days>{_N})D)?"
    rf"(?:T(?:(?P<hours>{_N})H)?(?:(?P<minutes>{_N})M)?"
    rf"(?:(?P<seconds>{_N})(?:\.(?P<fraction>[0-9]+))?S)?)?"
)
_FARTHEST_OFFSET = timedelta(hours=18)
_LONGEST_YEARS = 9999
_LONGEST = timedelta(days=366 * _LONGEST_YEARS)


def read_datetime(text: str) -> datetime:
    """`YYYY-MM-DDThh:mm[:ss[.f…]]` with `Z` or `±hh:mm`; in UTC, cut to microseconds."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("Write the time as 2031-05-06T07:08:09Z or with an offset as +02:00.")
    if match["offset"] is None:
        raise ValueError("The time needs an offset: Z, or one as +02:00.")
    wall = _wall(match)
    try:
        return wall.replace(tzinfo=timezone(_offset(match))).astimezone(UTC)
    except OverflowError:
        raise ValueError("The time lies beyond the years 1 to 9999.") from None


def read_local_datetime(text: str) -> datetime:
    """`YYYY-MM-DDThh:mm[:ss[.f…]]` as a clock in Oslo shows it; in UTC, cut to microseconds.

    What the spring gap skips is moved forward by the gap; of an hour that comes twice the first
    is meant.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError("Write the local time as 2031-05-06T07:08:09.")
    if match["offset"] is not None:
        raise ValueError("A local time in Oslo has no offset.")
    wall = _wall(match)
    try:
        return instant(wall)
    except OverflowError:
        raise ValueError("The time lies beyond the years 1 to 9999.") from None


def read_date(text: str) -> date:
    """`YYYY-MM-DD`, a day that exists."""
    if _DATE.fullmatch(text) is None:
        raise ValueError("Write the date as 2031-05-06.")
    return _day(text)


def read_duration(text: str) -> Duration:
    """`P[nY][nM][nW][nD][T[nH][nM][n[.f]S]]`; a `T` with nothing behind it is let pass."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("Write the duration as P1Y2M3DT4H5M6S, with the parts it needs.")
    given = {name: int(match[name] or 0) for name in ("years", "months", "weeks", "days")}
    months = given["years"] * 12 + given["months"]
    days = given["weeks"] * 7 + given["days"]
    clock = timedelta(
        hours=int(match["hours"] or 0),
        minutes=int(match["minutes"] or 0),
        seconds=int(match["seconds"] or 0),
        microseconds=_microseconds(match["fraction"]),
    )
    if months > _LONGEST_YEARS * 12 or days > _LONGEST.days or clock > _LONGEST:
        raise ValueError(f"The duration is longer than {_LONGEST_YEARS} years.")
    return Duration(months=months, days=days, clock=clock)


def show_datetime(moment: datetime) -> str:
    """In UTC with `Z`; seconds always, six digits of fraction when they are not all zero."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def show_local_datetime(moment: datetime) -> str:
    """As a clock in Oslo shows it; seconds always, a fraction only when it is not zero."""
    return oslo_wall(moment).isoformat()


def show_date(day: date) -> str:
    return day.isoformat()


def _wall(match: re.Match[str]) -> datetime:
    day = _day(match["day"])
    try:
        return datetime(  # noqa: DTZ001 (the offset comes next)
            day.year,
            day.month,
            day.day,
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"] or 0),
            _microseconds(match["fraction"]),
        )
    except ValueError:
        raise ValueError("There is no such time of day.") from None


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:]))
    except ValueError:
        raise ValueError("There is no such day in the calendar.") from None


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "")[:6].ljust(6, "0"))


def _offset(match: re.Match[str]) -> timedelta:
    if match["sign"] is None:
        return timedelta(0)
    minutes = int(match["minutes"])
    offset = timedelta(hours=int(match["hours"]), minutes=minutes)
    if minutes > 59 or offset > _FARTHEST_OFFSET:
        raise ValueError("An offset is at most 18:00.")
    return -offset if match["sign"] == "-" else offset
