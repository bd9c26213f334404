"""One list from what all finders find, newest first, a page at a time.

A page goes on where the one before ended: for each finder, from behind the last hit of its that
was shown. So no page costs more than another, and nothing is shown twice or left out, even if two
finders disagree by a moment about when something came to be.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.searching.finders import (
    Finder,
    Found,
    Group,
    Hit,
    Text,
)
from notifications_platform.back_office.searching.terms import Term

PAGE = 25
# Of one statement. Each goes by an index: this is for the day on which that is not enough.
PATIENCE = timedelta(seconds=1)
_FIRST = datetime.max.replace(tzinfo=UTC)

# Finder names, each with the key that it goes on from behind; finders that are done are missing.
Places = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A hit, and in which group it was found."""

    hit: Hit
    group: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`older` is empty where nothing is left. `remarks`: what could not be looked at, and why."""

    lines: Sequence[Line]
    remarks: Sequence[Text]
    older: Places


@dataclass(slots=True)
class _Source:
    """A finder's hits that are not shown yet. `done`: it has no more than these."""

    finder: Finder
    waiting: list[Hit]
    place: str
    done: bool

    def take(self) -> Hit:
        hit = self.waiting.pop(0)
        self.place = hit.key
        return hit

    @property
    def next_at(self) -> datetime:
        return self.waiting[0].at or _FIRST

    @property
    def is_finished(self) -> bool:
        return self.done and not self.waiting

    @property
    def may_hide_something(self) -> bool:
        """Its next hit, which is not read yet, may be newer than everybody else's."""
        return not self.done and not self.waiting


def search(
    term: Term,
    finders: Collection[Finder],
    *,
    clients: Clients,
    places: Places | None = None,
    size: int = PAGE,
) -> Answer:
    """The page from `places` on, the newest one without them. Finders that are not asked about
    such terms cost nothing.
    """
    asked = [
        finder
        for finder in finders
        if any(term.of(kind) for kind in finder.kinds)
        and (places is None or finder.name in places)
        and not (finder.shut_to_bound and clients is not None)
    ]
    begin = [(places or {}).get(finder.name, "") for finder in asked]

    def ask(finder: Finder, place: str) -> Found:
        return finder.find(term, clients=clients, before=place, limit=size + 1)

    found = _ask_all(ask, list(zip(asked, begin, strict=True)))
    sources = [
        _Source(finder, list(one.hits), place, done=len(one.hits) <= size)
        for finder, place, one in zip(asked, begin, found, strict=True)
    ]
    return Answer(
        lines=_merged(sources, size),
        remarks=list(dict.fromkeys(remark for one in found for remark in one.remarks)),
        older={one.finder.name: one.place for one in sources if not one.is_finished},
    )


def _merged(sources: Sequence[_Source], size: int) -> list[Line]:
    """The same thing found in two ways is one line, the first way's."""
    lines: list[Line] = []
    shown: set[str] = set()
    while not any(source.may_hide_something for source in sources):
        left = [source for source in sources if source.waiting]
        if not left:
            break
        source = max(left, key=lambda one: one.next_at)
        is_new = source.waiting[0].link not in shown
        if is_new and len(lines) == size:
            break
        hit = source.take()
        if is_new:
            shown.add(hit.link)
            lines.append(Line(hit, source.finder.group))
    return lines


Ask = Callable[[Finder, str], Found]


def _ask_all(ask: Ask, asked: Sequence[tuple[Finder, str]]) -> list[Found]:
    """All of them; if one takes too long, once more, and all but that one."""
    try:
        with _patience():
            return [ask(finder, place) for finder, place in asked]
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    with _patience():
        return [_ask_alone(ask, finder, place) for finder, place in asked]


def _ask_alone(ask: Ask, finder: Finder, place: str) -> Found:
    try:
        with transaction.atomic():
            return ask(finder, place)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
    said = _("{group}: there is too much to go through. Something more exact may be found.")
    return Found(remarks=[said.format(group=finder.group.said)])


@contextmanager
def _patience() -> Iterator[None]:
    """Statements within run no longer than `PATIENCE`."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE // timedelta(milliseconds=1)}")
        yield
        cursor.execute("SET LOCAL statement_timeout = DEFAULT")
