"""Counts over time as stacked bars: a picture without scripts, and the same numbers as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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
        sums = map(sum, zip(*(counts for _, counts in self.rows), strict=True))
        told = ", ".join(
            f"{number} {one.name}" for one, number in zip(self.series, sums, strict=True)
        )
        return f"{self.title}: {told} in all."

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
