"""The front page: how the platform is doing, brought by those who know.

Each part is asked of the database at most every few seconds, for all who look, and is told to each
of them in their language, as far as they may see it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from notifications_platform.back_office.charts import Strips
from notifications_platform.back_office.keeping import kept
from notifications_platform.back_office.large_tables import TooSlow, limited_patience
from notifications_platform.back_office.owned import Clients, clients_of
from notifications_platform.back_office.periods import Period
from notifications_platform.core import clock

REFRESH_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """`tone` is good, waiting, bad or note; `link` a page that tells more."""

    label: str
    value: str
    note: str = ""
    tone: str = "note"
    link: str = ""
    permission: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Of a panel's row; `tone` as of a sign, and never the only thing that tells."""

    text: str
    link: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A table; each row begins with what it is about. `empty` is said where there is none."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    empty: str = ""
    link: str = ""
    link_label: str = ""


Shown = Sign | Panel | Strips


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewing:
    """Who looks, when (business and system time), and at which period."""

    user: User | AnonymousUser
    now: datetime
    real: datetime
    clients: Clients
    period: Period

    def may(self, permission: str) -> bool:
        return not permission or self.user.has_perm(permission)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`look` asks the database; what it gives (picklable, in no language) is kept, by `name`, for
    everybody who may see the part. It goes by the viewing's times, and by its period, its clients
    or the language only where the part says so. `tell` makes of it what one viewer may see.

    Whoever is bound to clients is shown parts that go `by_clients`, or whose `tell` leaves out
    what is others' (`narrowed`).
    """

    name: str
    look: Callable[[Viewing], Any]
    tell: Callable[[Any, Viewing], Iterable[Shown]]
    permission: str = ""
    by_period: bool = False
    by_clients: bool = False
    by_language: bool = False
    narrowed: bool = False
    at_the_end: bool = False

    def is_for(self, viewing: Viewing) -> bool:
        own = viewing.clients is None or self.by_clients or self.narrowed
        return own and viewing.may(self.permission)

    def key(self, viewing: Viewing) -> str:
        key = [self.name]
        if self.by_period:
            key.append(viewing.period.code)
        if self.by_language:
            key.append(str(get_language()))
        if self.by_clients and viewing.clients is not None:
            # Names may hold anything, and be many.
            key.append(sha256(repr(sorted(viewing.clients)).encode()).hexdigest())
        return ":".join(key)


Reader = Callable[[datetime, datetime], Iterable[Sign]]
_readers: list[Reader] = []
_parts: list[Part] = []


def show(read: Reader) -> None:
    """Let `read(now, real)` put signs on the front page. Called by admin modules at start."""
    if read not in _readers:
        _readers.append(read)
        bring(_of_signs(read))


def bring(part: Part) -> None:
    """Let a part stand on the front page, after those brought before. Called by admin modules at
    start.
    """
    if all(one.name != part.name for one in _parts):
        _parts.append(part)


def _of_signs(read: Reader) -> Part:
    """Signs are words: what is kept is kept in each language."""

    def look(viewing: Viewing) -> list[Sign]:
        return list(read(viewing.now, viewing.real))

    def tell(signs: list[Sign], viewing: Viewing) -> Iterable[Shown]:
        return [sign for sign in signs if viewing.may(sign.permission)]

    name = f"{read.__module__}.{read.__qualname__}"
    return Part(name=name, look=look, tell=tell, by_language=True)


@dataclass(slots=True, kw_only=True)
class Board:
    """What one viewer is shown. `at`: when the oldest of its figures was asked for."""

    at: datetime
    period: Period
    signs: list[Sign] = field(default_factory=list)
    strips: list[Strips] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)
    missing: bool = False
    periods: Sequence[Period] = tuple(Period)
    every: int = REFRESH_SECONDS

    def add(self, shown: Shown) -> None:
        match shown:
            case Sign():
                self.signs.append(shown)
            case Strips():
                self.strips.append(shown)
            case Panel():
                self.panels.append(shown)


def board(request: HttpRequest) -> Board:
    """What this member of the staff may see, in the order of registration."""
    viewing = Viewing(
        user=request.user,
        now=clock.now(),
        real=clock.real(),
        clients=clients_of(request.user),
        period=Period.named(request.GET.get("period", "")),
    )
    made = Board(at=viewing.now, period=viewing.period)
    for part in sorted(_parts, key=lambda part: part.at_the_end):
        if part.is_for(viewing):
            _add(made, part, viewing)
    return made


def _add(made: Board, part: Part, viewing: Viewing) -> None:
    def ask() -> Any:
        with limited_patience():
            return part.look(viewing)

    try:
        facts = kept(part.key(viewing), ask)
    except TooSlow:
        # The others are worth having without it.
        made.missing = True
        return
    made.at = min(made.at, facts.at)
    for shown in part.tell(facts.value, viewing):
        made.add(shown)


def context(request: HttpRequest, context: dict[str, object]) -> dict[str, object]:
    """The theme's callback for the front page."""
    made = board(request)
    return {**context, "board": made, "signs": made.signs}


def figures(request: HttpRequest) -> HttpResponse:
    """What changes on the front page, for its script: banners and board."""
    response = TemplateResponse(request, "back_office/figures.html", {"board": board(request)})
    response["Cache-Control"] = "no-store"
    return response


def waited(seconds: float) -> str:
    """How long that is, roughly, as staff say it."""
    number = max(0, int(seconds))
    for size, words in (
        (86_400, _("{number} d")),
        (3_600, _("{number} h")),
        (60, _("{number} min")),
    ):
        # From twice a unit on: "90 s" tells more than "1 min".
        if number >= 2 * size:
            return words.format(number=number // size)
    return _("{number} s").format(number=number)
