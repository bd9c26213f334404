"""What one fault did: figures for people and for comparing runs, and the promises it broke."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.report import keep


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`broken`: one line each, empty when all held."""

    row: str
    figures: Mapping[str, Any]
    broken: Sequence[str] = field(default_factory=tuple)


class Row(Protocol):
    def __call__(self, *, short: bool, seed: int) -> Outcome:
        """`short` is what CI runs: the same promises, fewer repetitions, within half a minute."""


def tell(outcome: Outcome) -> None:
    """Print the outcome and append it to results/faults-<row>.jsonl."""
    print(f"{outcome.row}: {'BROKEN' if outcome.broken else 'held'}", flush=True)
    for name, value in outcome.figures.items():
        print(f"  {name:<24} {value}")
    for promise in outcome.broken:
        print(f"  BROKEN: {promise}", flush=True)
    keep(f"faults-{outcome.row}", {**outcome.figures, "broken": list(outcome.broken)})
