"""What staff may do to a row: a verb, what it would come to, and what it has been refused for.

A verb's rule is asked twice, and it is the same one both times: before, of rows that nobody has
locked, to show what would happen; and by its service, of the locked row, when it does happen.
A rehearsal writes nothing, locks nothing and wakes nobody.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from unfold.widgets import UnfoldAdminTextareaWidget

from notifications_platform.back_office.owned import Clients
from notifications_platform.core.errors import DomainError, NotFound

LONGEST_REASON = 500
GONE = gettext_noop("It does not exist any more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who of the staff looks at rows and when (business and system time), whose rows they see (see
    `owned`), and what the verb's form was given.
    """

    user: str
    clients: Clients
    now: datetime
    real: datetime
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing(Look):
    """And then acts, and why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A row that is `now`, and `then` becomes something else, unless there is a `refusal`. States
    as their contract spells them.
    """

    now: str
    then: str = ""
    refusal: DomainError | None = None


# One for each row, in their order; as few queries as for one row.
Foresee = Callable[[Sequence[Any], Look], Sequence[Prospect]]
Refusals = Mapping[Any, DomainError]


class ReasonForm(forms.Form):
    """What each verb asks; one that needs to know more has a form of its own on top of this."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        strip=True,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("Kept in the trail. Write no names, numbers or addresses."),
    )

    def __init__(
        self,
        given: Any = None,
        *,
        user: User | AnonymousUser,
        rows: Sequence[Any],
    ) -> None:
        super().__init__(given)
        self.user, self.rows = user, rows

    @property
    def own(self) -> Mapping[str, Any]:
        """What it was given besides the reason; empty before it is valid."""
        cleaned: dict[str, Any] = getattr(self, "cleaned_data", {})
        return {name: value for name, value in cleaned.items() if name != "reason"}


def _alone(_rows: Sequence[Any], _look: Look) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """`act` calls the service for one row, in a transaction of its own; `foresee` asks its rule
    without doing anything, which also tells whether the row's page shows the button. `done` says
    how many it was done to. `permission` is the word that begins the name of the permission it
    takes: operators have `operate`, administrators `delete` besides. A row that it `removes` has
    no page to go back to. `along` says what else changes with those rows that it can be done to.
    `act_on_many` calls a service that takes several rows at once, and tells why it refused which
    (by primary key).
    """

    name: str
    label: Any
    done: Callable[[int], str]
    warning: Any
    act: Callable[[Any, Doing], object]
    foresee: Foresee
    icon: str = "play_arrow"
    in_list: bool = True
    permission: str = "operate"
    removes: bool = False
    along: Callable[[Sequence[Any], Look], str] = _alone
    act_on_many: Callable[[Sequence[Any], Doing], Refusals] | None = None
    form: type[ReasonForm] = ReasonForm
    label_of: Callable[[Any], str] | None = None

    def called(self, row: Any) -> Any:
        """Its label on the page of this row."""
        return self.label_of(row) if self.label_of else self.label

    def can(self, row: Any, look: Look) -> bool:
        return self.foresee([row], look)[0].refusal is None


def one_by_one(
    *,
    state: Callable[[Any], str],
    becomes: str | Callable[[Any], str],
    refusal: Callable[[Any, Look], DomainError | None],
) -> Foresee:
    """For rules that need no more than the row itself."""

    def foresee(rows: Sequence[Any], look: Look) -> Sequence[Prospect]:
        return [
            Prospect(
                now=state(row),
                then=becomes if isinstance(becomes, str) else becomes(row),
                refusal=refusal(row, look),
            )
            for row in rows
        ]

    return foresee


def words_of(refusal: DomainError) -> str:
    """What a refusal says to staff, in English. One that is raised with its code alone, for
    programs, is told by what it is.
    """
    if refusal.detail:
        return refusal.words
    if isinstance(refusal, NotFound):
        return GONE
    return gettext_noop("This cannot be done to it just now.")


def why(refusal: DomainError) -> str:
    """What a refusal says to staff, in the reader's language."""
    return in_words(words_of(refusal), refusal.parameters)


def in_words(words: str, parameters: Mapping[str, object]) -> str:
    """A refusal as it is kept, in the reader's language."""
    try:
        return _(words).format(**parameters) if parameters else _(words)
    except (KeyError, IndexError, ValueError):
        return words
