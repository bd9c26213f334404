"""How far back the front page's charts look, and in which steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications_platform.core.windows import OSLO


@dataclass(frozen=True, slots=True)
class _Steps:
    number: int
    step: str
    label: Promise
    unit: Promise


class Period(Enum):
    """So many steps (`minute`, `hour` or `day`, of Oslo), the last of which is not over yet."""

    HOUR = _Steps(60, "minute", _("1 hour"), _("Minute"))
    DAY = _Steps(24, "hour", _("24 hours"), _("Hour"))
    FORTNIGHT = _Steps(14, "day", _("14 days"), _("Day"))

    @classmethod
    def named(cls, name: str) -> "Period":
        """As a URL says it; the first one for whatever it does not know."""
        return next((one for one in cls if one.code == name), cls.HOUR)

    @property
    def code(self) -> str:
        return self.name.lower()

    @property
    def label(self) -> str:
        return str(self.value.label)

    @property
    def unit(self) -> str:
        return str(self.value.unit)

    @property
    def step(self) -> str:
        return self.value.step

    def starts(self, now: datetime) -> Sequence[datetime]:
        """When each of its steps begins, in Oslo time."""
        last = now.astimezone(OSLO).replace(second=0, microsecond=0)
        if self.step == "minute":
            return [_before(last, timedelta(minutes=back)) for back in self._back()]
        last = last.replace(minute=0)
        if self.step == "hour":
            return [_before(last, timedelta(hours=back)) for back in self._back()]
        # Days of Oslo are 23 or 25 hours long at times.
        midnight = last.replace(hour=0)
        return [midnight - timedelta(days=back) for back in self._back()]

    def told(self, start: datetime) -> str:
        """One of its steps, as an axis says it."""
        return f"{start:%d.%m.}" if self.step == "day" else f"{start:%H:%M}"

    def _back(self) -> range:
        return range(self.value.number - 1, -1, -1)


def _before(moment: datetime, length: timedelta) -> datetime:
    """By the clock of the world, not of the wall."""
    return (moment.astimezone(UTC) - length).astimezone(OSLO)
