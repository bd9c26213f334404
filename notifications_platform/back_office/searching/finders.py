"""Who looks where: every app registers a finder for each way in which its rows are found.

A finder answers from one index, newest first, and never with more rows than it is asked for: that
keeps a page of the search as cheap with a hundred million rows as with a hundred.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.searching.terms import Kind, Term

Text = str | Promise


class Group(Enum):
    """What the page's row of filters narrows to."""

    MESSAGES = "messages"
    ORDERS = "orders"
    CASES = "cases"
    LETTERS = "letters"
    ENROLLMENT = "enrollment"
    REGISTERS = "registers"

    @property
    def said(self) -> Text:
        return _GROUPS[self]


_GROUPS: dict[Group, Text] = {
    Group.MESSAGES: _("Messages"),
    Group.ORDERS: _("Orders"),
    Group.CASES: _("Cases"),
    Group.LETTERS: _("Letters"),
    Group.ENROLLMENT: _("Enrollment"),
    Group.REGISTERS: _("Registers"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One line of the answer.

    `at` (aware) is when the thing came to be; None where nobody wrote that down, as in registers,
    which stand first. `key` is its place among what its finder finds: from behind it the finder
    goes on. `words` say what it is and how it stands, without texts; `detail` adds to whom,
    masked, or how it was found where that is not plain; `link` is its page; `tone` good, waiting,
    bad or note.
    """

    at: datetime | None
    key: str
    words: Text
    link: str
    tone: str = "note"
    detail: Text = ""


class Found(NamedTuple):
    """What a finder found, and what staff should know about it."""

    hits: Sequence[Hit] = ()
    remarks: Sequence[Text] = ()


class Find(Protocol):
    def __call__(self, term: Term, *, clients: Clients, before: str, limit: int) -> Found:
        """At most `limit` hits, newest first, from behind the key `before` on, which is a key that
        this finder gave (empty: from the newest on). Of `clients` only.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Finder:
    """`name` tells it from the others; it is asked about terms that may be one of `kinds`, by
    those who have `permission`. `shut_to_bound`: what it finds is no client's in particular, as
    registers are, so that staff who see some clients' rows only see none of it.
    """

    name: str
    group: Group
    kinds: Sequence[Kind]
    permission: str
    find: Find
    shut_to_bound: bool = False


Naming = Callable[[str], tuple[str, str] | None]
_finders: dict[str, Finder] = {}
_names: dict[Kind, Naming] = {}


def register(*finders: Finder) -> None:
    """Called by admin modules at start. A later one of the same name replaces the first."""
    _finders.update({finder.name: finder for finder in finders})


def registered() -> Sequence[Finder]:
    return list(_finders.values())


def name_by(kind: Kind, name: Naming) -> None:
    """Let `name(normal form)` give the kind and id that stand in the trail for what must not
    stand there itself; None where nothing is known of it.
    """
    _names[kind] = name


def named(term: Term) -> tuple[str, str] | None:
    """How the trail calls whom the term is about, without saying it."""
    for kind, name in _names.items():
        if term.of(kind):
            return name(term.of(kind))
    return None
