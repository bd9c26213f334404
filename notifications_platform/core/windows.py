"""Send windows and Oslo wall time. Pure functions; every instant is an aware datetime."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

OSLO = ZoneInfo("Europe/Oslo")
_JUST_AFTER = timedelta(microseconds=1)
_HOUR, _DAY = 60, 24 * 60
_SHORT = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_AND_TIMES = re.compile(
    rf"(?:({'|'.join(_SHORT)})-({'|'.join(_SHORT)}) )?([0-9:]{{1,5}})-([0-9:]{{1,5}})"
)
_MINUTE_OF_DAY = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Window:
    """Times of the week, Europe/Oslo, in which a message may leave.

    Open from minute `opens` of the day until just before minute `closes`, on the days from
    `first_day` to `last_day` (Monday is 0); with `opens_after`, not yet at the very instant it
    opens. As text, two hours are bounds that lie outside themselves and two minutes bounds that
    lie inside: `9-17` is every day strictly between the two (orders contract 8),
    `mon-fri 08:30-14:30` goes up to 14:30:59 (cases contract 10).
    """

    opens: int
    closes: int
    first_day: int = 0
    last_day: int = 6
    opens_after: bool = False

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read what `str` writes. Raises ValueError for anything else."""
        found = _DAYS_AND_TIMES.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no window: write it as 9-17")
        first, last, start, end = found.groups()
        opens, opens_after = _bound(text, start)
        closes, outside = _bound(text, end)
        window = cls(
            opens,
            closes if outside else closes + 1,
            _SHORT.index(first) if first else 0,
            _SHORT.index(last) if last else 6,
            opens_after,
        )
        if not 0 <= window.opens < window.closes <= _DAY or window.first_day > window.last_day:
            raise ValueError(f"{text!r} is no window: hours must rise within 0-24")
        return window

    @classmethod
    def hours(cls, text: str) -> "Window":
        """Read `9-17`, as settings have it. Raises ValueError for anything else."""
        if not re.fullmatch(r"[0-9]{1,2}-[0-9]{1,2}", text):
            raise ValueError(f"{text!r} is no window: write it as 9-17")
        return cls.parse(text)

    def __str__(self) -> str:
        start, end = self._bounds()
        days = f"{_SHORT[self.first_day]}-{_SHORT[self.last_day]} "
        return f"{'' if self._every_day else days}{start}-{end}"

    def in_words(self) -> str:
        """For staff, in their language."""
        start, end = self._bounds()
        clock = ":" not in start + end
        if self._every_day:
            phrase = (
                _("between {start} and {end} o'clock in Oslo")
                if clock
                else _("between {start} and {end} in Oslo")
            )
        else:
            phrase = (
                _("between {start} and {end} o'clock, {first} to {last} in Oslo")
                if clock
                else _("between {start} and {end}, {first} to {last} in Oslo")
            )
        first, last = WEEKDAYS[self.first_day], WEEKDAYS[self.last_day]
        return phrase.format(start=start, end=end, first=first, last=last)

    def overlap(self, other: "Window") -> "Window":
        """Open when both are. Raises ValueError when they never are."""
        opens, opens_after = max((self.opens, self.opens_after), (other.opens, other.opens_after))
        closes = min(self.closes, other.closes)
        first_day = max(self.first_day, other.first_day)
        last_day = min(self.last_day, other.last_day)
        if opens >= closes or first_day > last_day:
            raise ValueError(f"{self} and {other} are never open at the same time")
        return Window(opens, closes, first_day, last_day, opens_after)

    def is_open(self, at: datetime) -> bool:
        day = _oslo_day(at)
        if not self._has(day):
            return False
        opening, closing = self._of(day)
        return (opening < at if self.opens_after else opening <= at) and at < closing

    def opening(self, at: datetime) -> datetime:
        """When the window opens, or opened, on the Oslo day of `at`."""
        return self._of(_oslo_day(at))[0]

    def closing(self, at: datetime) -> datetime:
        """When the window that is open `at` closes: the first instant that is outside, or that
        belongs to the next day of a window that is open around midnight.
        """
        return self._of(_oslo_day(at))[1]

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself while open, else the first instant of the next opening, in UTC."""
        if self.is_open(at):
            return at
        day = _oslo_day(at)
        while True:
            opening, closing = self._of(day)
            # An hour that the clocks skip in spring has no length: the next day has it.
            if self._has(day) and at <= opening < closing:
                return opening + _JUST_AFTER if self.opens_after else opening
            day += timedelta(days=1)

    @property
    def _every_day(self) -> bool:
        return self.last_day - self.first_day == 6

    def _bounds(self) -> tuple[str, str]:
        start = str(self.opens // _HOUR) if self.opens_after else _minute(self.opens)
        end = _minute(self.closes - 1) if self.closes % _HOUR else str(self.closes // _HOUR)
        return start, end

    def _has(self, day: date) -> bool:
        return self.first_day <= day.weekday() <= self.last_day

    def _of(self, day: date) -> tuple[datetime, datetime]:
        return _oslo(day, self.opens), _oslo(day, self.closes)


def _bound(text: str, bound: str) -> tuple[int, bool]:
    """A minute of the day, and whether it is written as an hour."""
    if bound.isdecimal():
        return int(bound) * _HOUR, True
    found = _MINUTE_OF_DAY.fullmatch(bound)
    if not found:
        raise ValueError(f"{text!r} is no window: {bound!r} is no time of the day")
    return int(found[1]) * _HOUR + int(found[2]), False


def _minute(of_day: int) -> str:
    return f"{of_day // _HOUR:02}:{of_day % _HOUR:02}"


def _oslo_day(at: datetime) -> date:
    return at.astimezone(OSLO).date()


@lru_cache(maxsize=1024)
def _oslo(day: date, minute: int) -> datetime:
    """The instant at which an Oslo clock shows that minute of `day`; the last is midnight."""
    whole_days, minute = divmod(minute, _DAY)
    wall = time(*divmod(minute, _HOUR))
    local = datetime.combine(day + timedelta(days=whole_days), wall, OSLO)
    return local.astimezone(UTC)
