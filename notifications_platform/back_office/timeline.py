"""The story of one thing, as its page tells it: a sentence that answers first, then what happened
from request to receipt.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notifications_platform.back_office.sections import Line, Section

MOST_SHOWN = 200
# Of a story that is too long, how many moments of its beginning are told.
_BEGINNING = 50
_LATE = datetime.max.replace(tzinfo=UTC)
# A tone is never told by its colour alone: its icon, and what a screen reader says of it.
ICONS = {"good": "check_circle", "waiting": "schedule", "bad": "error", "note": "circle"}
WORDS: dict[str, str | Promise] = {
    "good": _("Good"),
    "waiting": _("Waiting"),
    "bad": _("Problem"),
    "note": "",
}
_PLANNED_ICON = "event_upcoming"

Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened, or with `planned` will happen unless something changes it.

    `at` is aware and shown in Oslo time; None where nobody knows when. `what` is the sentence,
    a link where `link` is a page; `who` did it; `detail` is said in smaller letters. `tone` is
    good, waiting, bad or note. `below` are moments that belong to this one, one level down.
    """

    at: datetime | None
    what: Text
    who: Text = ""
    tone: str = "note"
    link: str = ""
    detail: Text = ""
    planned: bool = False
    below: Sequence["Moment"] = ()

    @property
    def icon(self) -> str:
        return _PLANNED_ICON if self.planned else ICONS[self.tone]

    @property
    def word(self) -> Text:
        return WORDS[self.tone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline(Section):
    """Made by `timeline()`. Of `left_out` moments nothing is told; `link` leads to them."""

    part: ClassVar[str] = "back_office/timeline.html"

    moments: Sequence[Moment]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline(Section):
    """Made by `headline()`: the answer in large letters; `lines` say the rest."""

    part: ClassVar[str] = "back_office/headline.html"

    first: Line

    @property
    def icon(self) -> str:
        return ICONS[self.first.tone]

    @property
    def word(self) -> Text:
        return WORDS[self.first.tone]


def timeline(  # noqa: PLR0913 each says one thing about the section
    title: str,
    moments: Iterable[Moment],
    *,
    note: str = "",
    left_out: int = 0,
    link: str = "",
    link_label: str = "",
) -> Timeline:
    """From request to receipt, oldest first; what is planned last, soonest first. Moments of the
    same time stay in the order they were given.

    Of more than MOST_SHOWN the beginning and the end are told, with a mark between. `left_out`:
    how many the caller did not bring; `link` leads to what is not told here.
    """
    told = sorted(moments, key=_place)
    cut = max(0, len(told) - MOST_SHOWN)
    return Timeline(
        title=title,
        note=note,
        moments=[*told[:_BEGINNING], _gap(cut), *told[_BEGINNING + cut :]] if cut else told,
        left_out=left_out + cut,
        link=link,
        link_label=link_label,
    )


def headline(title: str, lines: Sequence[Line]) -> Headline:
    """The strongest sentence first; there is one at least."""
    return Headline(title=title, first=lines[0], lines=lines[1:])


def _place(moment: Moment) -> tuple[bool, datetime]:
    return moment.planned, moment.at or _LATE


def _gap(number: int) -> Moment:
    said = ngettext("… {number} moment is left out …", "… {number} moments are left out …", number)
    return Moment(at=None, what=said.format(number=number))
