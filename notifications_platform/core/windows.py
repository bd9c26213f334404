"""Send windows and Oslo wall time. Pure functions; every instant is an aware datetime."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
_JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Hours of the day, Europe/Oslo, in which a message may leave.

    Open strictly after `opens` o'clock and before `closes` o'clock, every day of the week
    (orders contract 8).
    """

    opens: int
    closes: int

    @classmethod
    def parse(cls, text: str) -> "Window":
        """Read `9-17`. Raises ValueError for anything that is not two rising hours."""
        opens, dash, closes = text.partition("-")
        if not (dash and opens.isdecimal() and closes.isdecimal()):
            raise ValueError(f"{text!r} is no window: write it as 9-17")
        window = cls(int(opens), int(closes))
        if not 0 <= window.opens < window.closes <= 24:
            raise ValueError(f"{text!r} is no window: hours must rise within 0-24")
        return window

    def __str__(self) -> str:
        return f"{self.opens}-{self.closes}"

    def is_open(self, at: datetime) -> bool:
        opening, closing = self._hours_of(_oslo_day(at))
        return opening < at < closing

    def opening(self, at: datetime) -> datetime:
        """When the window opens, or opened, on the Oslo day of `at`."""
        return self._hours_of(at)[0]

    def closing(self, at: datetime) -> datetime:
        """When the window that is open `at` closes."""
        return self._hours_of(_oslo_day(at))[1]

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself while open, else the first instant of the next opening, in UTC."""
        if self.is_open(at):
            return at
        day = _oslo_day(at)
        while True:
            opening, closing = self._hours_of(day)
            # An hour that the clocks skip in spring has no length: the next day has it.
            if at <= opening < closing:
                return opening + _JUST_AFTER
            day += timedelta(days=1)

    def _hours_of(self, day: date) -> tuple[datetime, datetime]:
        return _oslo(day, self.opens), _oslo(day, self.closes)


def _oslo_day(at: datetime) -> date:
    return at.astimezone(OSLO).date()


def _oslo(day: date, hour: int) -> datetime:
    """The instant at which an Oslo clock shows `hour` on `day`; 24 is the next midnight."""
    whole_days, hour = divmod(hour, 24)
    local = datetime.combine(day + timedelta(days=whole_days), time(hour), OSLO)
    return local.astimezone(UTC)
