"""What a benchmark found: a line for people, and a line of JSON for comparing runs."""

import json
import os
import platform as machine
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from notifications_platform.core import clock

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Finding:
    """Figures of some rounds, with limits measured in turns with them where there are any.

    The goal is `least`, a ratio to the limit, or `most`, a figure that is not to be exceeded;
    `reach` is what to reach for beyond it. `broken` tells which promises did not hold: what was
    lost, refused or grew without bounds. A figure that is too low is no broken promise.
    """

    name: str
    unit: str
    figures: Sequence[float]
    limits: Sequence[float] = ()
    limit_name: str = ""
    least: float | None = None
    most: float | None = None
    reach: float | None = None
    broken: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def figure(self) -> float:
        return statistics.median(self.figures)

    @property
    def ratios(self) -> list[float]:
        return [figure / limit for figure, limit in zip(self.figures, self.limits, strict=False)]

    @property
    def verdicts(self) -> list[str]:
        """What of the goals was reached, in words."""
        found = []
        if self.least is not None:
            found.append(f"at least {self.least:g}: {_reached(self._is_good(self.least))}")
        if self.most is not None:
            found.append(f"at most {self.most:,g}: {_reached(self._is_good(self.most))}")
        if self.reach is not None:
            found.append(f"reach for {self.reach:g}: {_reached(self._is_good(self.reach))}")
        return found

    def _is_good(self, goal: float) -> bool:
        if self.most is not None:
            return self.figure <= goal
        return statistics.median(self.ratios) >= goal

    def told(self) -> str:
        words = [f"{self.name:<32} {_figure(self.figure):>9} {self.unit}"]
        if self.limits:
            ratios = self.ratios
            words.append(
                f"{self.limit_name} {_figure(statistics.median(self.limits))}  "
                f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
            )
        words += self.verdicts
        words += [f"{name} {_short(value)}" for name, value in self.extra.items()]
        return "\n".join(["  ".join(words), *(f"  BROKEN: {promise}" for promise in self.broken)])

    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "figure": round(self.figure, 2),
            "figures": [round(figure, 2) for figure in self.figures],
        }
        if self.limits:
            kept |= {
                "limit": round(statistics.median(self.limits), 2),
                "limits": [round(limit, 2) for limit in self.limits],
                "limit_name": self.limit_name,
                "ratio": round(statistics.median(self.ratios), 3),
                "ratios": [round(ratio, 3) for ratio in self.ratios],
            }
        goals = {"least": self.least, "most": self.most, "reach": self.reach}
        kept |= {name: goal for name, goal in goals.items() if goal is not None}
        return kept | {"broken": list(self.broken)} | self.extra


class Row(Protocol):
    """A row of `make bench`: `short` is what CI runs, a few seconds of measuring."""

    def __call__(self, *, short: bool) -> list[Finding]: ...


def tell(finding: Finding) -> None:
    """Print the finding and append it to results/<name>.jsonl."""
    print(finding.told(), flush=True)
    keep(finding.name, finding.kept())


def keep(name: str, found: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    line = {"at": _now().isoformat(timespec="seconds"), **_circumstances(), **found}
    with (RESULTS / f"{_file_name(name)}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _file_name(name: str) -> str:
    return name.replace(",", "").replace(" ", "-")


def _now() -> datetime:
    return clock.real().astimezone(UTC)


def _circumstances() -> dict[str, Any]:
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607 its place differs by system
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return {
        "commit": commit,
        "cores": os.cpu_count(),
        "python": machine.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _reached(good: bool) -> str:
    return "reached" if good else "not reached"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _short(value: object) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value)
