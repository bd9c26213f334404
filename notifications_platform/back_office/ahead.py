"""What comes next by itself, of all systems, on the front page: soonest first."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from notifications_platform.back_office import dates, home
from notifications_platform.back_office.home import Cell, Panel, Part, Viewing

MOST_COUNTED = 1000
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Coming(NamedTuple):
    """When the next one is due, and how many are within an hour and a day, counted up to
    `MOST_COUNTED`.
    """

    next_at: datetime | None
    within_hour: int
    within_day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`page`: the name of the list that tells more, with its `query`."""

    label: str | Promise
    read: Callable[[datetime], Coming]
    page: str
    permission: str
    query: str = ""


_kinds: dict[str, Kind] = {}


def show(name: str, kind: Kind) -> None:
    """Let this kind stand among what comes next. Called by admin modules at start."""
    _kinds[name] = kind
    home.bring(Part(name="ahead", look=_look, tell=_tell, at_the_end=True))


def known() -> Mapping[str, Kind]:
    return _kinds


def coming(rows: QuerySet[Any], column: str, now: datetime) -> Coming:
    """By one walk along the index of `column`, from now on."""
    ahead = rows.filter(**{f"{column}__gt": now}).order_by(column)
    return of_times(list(ahead.values_list(column, flat=True)[:MOST_COUNTED]), now)


def of_times(times: Sequence[datetime], now: datetime) -> Coming:
    """Of some that are ahead, soonest first."""
    return Coming(
        next_at=times[0] if times else None,
        within_hour=sum(at <= now + _HOUR for at in times),
        within_day=sum(at <= now + _DAY for at in times),
    )


def _look(viewing: Viewing) -> dict[str, Coming]:
    return {name: kind.read(viewing.now) for name, kind in _kinds.items()}


def _tell(found: dict[str, Coming], viewing: Viewing) -> Iterable[Panel]:
    known = [
        (_kinds[name], one)
        for name, one in found.items()
        if name in _kinds and viewing.may(_kinds[name].permission)
    ]
    if not known:
        return
    known.sort(key=lambda pair: pair[1].next_at or viewing.now + timedelta(days=36_500))
    yield Panel(
        title=_("Next deadlines"),
        headers=[_("What"), _("Next at"), _("Within an hour"), _("Within a day")],
        rows=[_row(kind, one, viewing) for kind, one in known],
    )


def _row(kind: Kind, one: Coming, viewing: Viewing) -> list[Cell]:
    link = f"{reverse(kind.page)}{kind.query}" if kind.page else ""
    if one.next_at is None:
        texts = (str(kind.label), _("none"), "0", "0")
        return [
            Cell(text=text, link=link if place == 0 else "") for place, text in enumerate(texts)
        ]
    away = home.waited((one.next_at - viewing.now).total_seconds())
    at = _("{time}, in {length}").format(time=dates.to_the_minute(one.next_at), length=away)
    return [
        Cell(text=str(kind.label), link=link),
        Cell(text=at),
        Cell(text=_counted(one.within_hour)),
        Cell(text=_counted(one.within_day)),
    ]


def _counted(number: int) -> str:
    return f"{MOST_COUNTED}+" if number >= MOST_COUNTED else str(number)
