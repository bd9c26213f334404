"""Moments as people say them."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from notifications_platform.back_office import dates
from notifications_platform.core.windows import OSLO

_DAY = timedelta(days=1)


def when(moment: datetime, *, now: datetime) -> str:
    """`today 14:02`, `yesterday 14:02`, `2031-01-31 14:02`, in Oslo, as the reader writes days."""
    local, today = moment.astimezone(OSLO), now.astimezone(OSLO).date()
    named = {
        today: _("today {time}"),
        today - _DAY: _("yesterday {time}"),
        today + _DAY: _("tomorrow {time}"),
    }
    said = named.get(local.date(), _("{day} {time}"))
    return said.format(day=dates.day(local), time=f"{local:%H:%M}")


def shortened(text: str, most: int = 60) -> str:
    """What somebody else made up, as long as a line bears."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
