"""Durations that mix calendar and clock parts, and arithmetic with them (cases contract 4)."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notifications_platform.core.windows import OSLO


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """`months` counts years too, `days` weeks; `clock` is the part behind the `T`."""

    months: int = 0
    days: int = 0
    clock: timedelta = timedelta(0)


def later(moment: datetime, by: Duration) -> datetime:
    """`moment` + `by`, in the wall clock of `moment` itself: calendar part, then clock part.

    A day that its month does not have becomes the month's last. Raises OverflowError beyond
    the years 1 to 9999.
    """
    return _months_on(moment, by.months) + timedelta(days=by.days) + by.clock


def earlier(moment: datetime, by: Duration) -> datetime:
    """`moment` - `by`, likewise."""
    return _months_on(moment, -by.months) - timedelta(days=by.days) - by.clock


def oslo_wall(moment: datetime) -> datetime:
    """What a clock on a wall in Oslo shows at this instant; naive."""
    return moment.astimezone(OSLO).replace(tzinfo=None, fold=0)


def instant(wall: datetime) -> datetime:
    """When a clock in Oslo shows `wall`, in UTC. What the spring gap skips is moved forward by
    the gap; of an hour that comes twice the first is meant.
    """
    return wall.replace(tzinfo=OSLO, fold=0).astimezone(UTC)


def _months_on(moment: datetime, months: int) -> datetime:
    if not months:
        return moment
    year, month0 = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("beyond the calendar")
    day = min(moment.day, monthrange(year, month0 + 1)[1])
    return moment.replace(year=year, month=month0 + 1, day=day)
