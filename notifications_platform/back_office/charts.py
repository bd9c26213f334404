"""Counts over time: a picture without scripts, and the same numbers as a table.

A `Chart` stacks what adds up to a whole; `Strips` put under each other what does not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

WIDTH, HEIGHT = 720, 120
# Of a bar's share of the width, what stays free beside it.
_GAP = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """`tone` is good, waiting, bad or note."""

    name: str
    tone: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, in the picture's own units from its upper left corner."""

    y: float
    height: float
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    width: float
    middle: float
    label: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`rows`: a label, and a count for each of `series`. Without rows only `note` is shown."""

    title: str
    unit: str
    series: Sequence[Series]
    rows: Sequence[tuple[str, Sequence[int]]]
    note: str = ""
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def summary(self) -> str:
        """What the picture tells, for those who do not see it."""
        sums = map(sum, zip(*(counts for _label, counts in self.rows), strict=True))
        told = ", ".join(
            f"{number} {one.name}" for one, number in zip(self.series, sums, strict=True)
        )
        return _("{title}: {told} in all.").format(title=self.title, told=told)

    @property
    def bars(self) -> Iterator[Bar]:
        highest = max((sum(counts) for _, counts in self.rows), default=0) or 1
        share = self.width / max(1, len(self.rows))
        for place, (label, counts) in enumerate(self.rows):
            yield Bar(
                x=round(share * (place + _GAP / 2), 1),
                width=round(share * (1 - _GAP), 1),
                middle=round(share * (place + 0.5), 1),
                label=label,
                parts=list(self._parts(label, counts, self.height / highest)),
            )

    def _parts(self, label: str, counts: Sequence[int], scale: float) -> Iterator[Part]:
        """From the bottom upwards."""
        top = float(self.height)
        for one, number in zip(self.series, counts, strict=True):
            if number:
                # One among a million is still to be seen.
                height = max(2.0, number * scale)
                top -= height
                yield Part(
                    round(top, 1), round(height, 1), one.tone, f"{label}: {number} {one.name}"
                )


STRIP_WIDTH, STRIP_HEIGHT = 480, 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One count per step; `tone` as of a series."""

    name: str
    tone: str
    counts: Sequence[int]
    link: str = ""

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def last_whole(self) -> int:
        """Of the last step that is over."""
        return self.counts[-2] if len(self.counts) > 1 else 0

    @property
    def highest(self) -> int:
        return max(self.counts, default=0)

    @property
    def path(self) -> str:
        """All its bars, as one outline in a picture of STRIP_WIDTH by STRIP_HEIGHT."""
        share = STRIP_WIDTH / max(1, len(self.counts))
        scale = STRIP_HEIGHT / (self.highest or 1)
        width = round(share * (1 - _GAP), 1)
        return "".join(
            f"M{share * (place + _GAP / 2):.1f} {STRIP_HEIGHT}v-{height:.1f}h{width}v{height:.1f}z"
            for place, number in enumerate(self.counts)
            if number
            # One among a million is still to be seen.
            for height in [max(2.0, number * scale)]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Strips:
    """Several counts over the same `steps`, each to a scale of its own, with its numbers beside
    it. `unit` is what a step is called; without `rows`, `empty` is said.
    """

    title: str
    about: str
    unit: str
    steps: Sequence[str]
    rows: Sequence[Strip]
    note: str = ""
    empty: str = ""
    width: int = STRIP_WIDTH
    height: int = STRIP_HEIGHT

    @property
    def table(self) -> Iterator[tuple[str, Sequence[int]]]:
        """Its steps in which there was anything, with a count for each row."""
        each = zip(*(row.counts for row in self.rows), strict=True)
        for step, counts in zip(self.steps, each, strict=True):
            if any(counts):
                yield step, counts
