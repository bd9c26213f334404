"""What became of notifications over the past days, as the list of them shows it."""

from collections import Counter
from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import cast

from django.core.cache import cache
from django.db.models import Count
from django.db.models.functions import TruncDate
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from enrollment.models import NotificationHistory
from enrollment.states import Action
from notifications_platform.back_office.charts import Chart, Series
from notifications_platform.back_office.large_tables import TooSlow, limited_patience
from notifications_platform.back_office.owned import Clients
from notifications_platform.core.windows import OSLO

DAYS = 14
# For all who look at the list within.
_KEPT_SECONDS = 60
_KEY = "enrollment:outcomes"
_SERIES = {
    Action.SENT: (gettext_lazy("sent"), "good"),
    Action.FAILED: (gettext_lazy("failed"), "bad"),
    Action.CANCELLED: (gettext_lazy("cancelled"), "waiting"),
}


def chart(*, now: datetime, clients: Clients = None) -> Chart:
    """Per day in Oslo, today last, of these clients' (None: everybody's). Read by the index of the
    history's dates, and not longer than a list may take: then only a note says so.
    """
    counted = _remembered(now, clients)
    if counted is None:
        return _chart([], _("So much happened that counting it takes too long."))
    rows = [
        (date_format(day, "D j.n."), [counted[day, action] for action in _SERIES])
        for day in _days(now)
    ]
    return _chart(rows, _("Notifications that came to an end, per day in Oslo."))


def _chart(rows: list[tuple[str, list[int]]], note: str) -> Chart:
    return Chart(
        title=_("Outcomes of the past {number} days").format(number=DAYS),
        unit=_("Day"),
        series=[Series(name=str(name), tone=tone) for name, tone in _SERIES.values()],
        rows=rows,
        note=note,
    )


def _days(now: datetime) -> list[date]:
    today = now.astimezone(OSLO).date()
    return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]


Counted = Counter[tuple[date, str]]


def _remembered(now: datetime, clients: Clients) -> Counted | None:
    """Counted at most once a minute; without the cache, each time."""
    key = f"{_KEY}:{_days(now)[0]}{_whose(clients)}"
    kept = _kept(key)
    if kept is None:
        kept = (_count(now, clients),)
        _keep(key, kept)
    return kept[0]


def _whose(clients: Clients) -> str:
    """Names are free text: a key of the cache is not."""
    if clients is None:
        return ""
    return f":{sha256(repr(sorted(clients)).encode()).hexdigest()}"


def _kept(key: str) -> tuple[Counted | None] | None:
    try:
        return cast("tuple[Counted | None] | None", cache.get(key))
    except RedisError:
        return None


def _keep(key: str, counted: tuple[Counted | None]) -> None:
    with suppress(RedisError):
        cache.set(key, counted, timeout=_KEPT_SECONDS)


def _count(now: datetime, clients: Clients) -> Counted | None:
    start = datetime.combine(_days(now)[0], datetime.min.time(), tzinfo=OSLO)
    ends = NotificationHistory.objects.filter(at__gte=start, action__in=list(_SERIES))
    if clients is not None:
        ends = ends.filter(notification__client__in=sorted(clients))
    per_day = ends.order_by().annotate(day=TruncDate("at", tzinfo=OSLO)).values("day", "action")
    try:
        with limited_patience():
            found = per_day.annotate(number=Count("id")).values_list("day", "action", "number")
            return Counter({(day, action): number for day, action, number in found})
    except TooSlow:
        return None
