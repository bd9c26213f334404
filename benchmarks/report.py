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
from typing import Any

from notifications_platform.core import clock

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Finding:
    """Figures and limits of alternating rounds, in pairs. `least` is the ratio to keep."""

    name: str
    unit: str
    figures: Sequence[float]
    limits: Sequence[float] = ()
    limit_name: str = ""
    least: float | None = None
    reach: float | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ratios(self) -> list[float]:
        return [figure / limit for figure, limit in zip(self.figures, self.limits, strict=False)]

    def told(self) -> str:
        words = [f"{self.name:<28} {statistics.median(self.figures):>9,.0f} {self.unit}"]
        if self.limits:
            ratios = self.ratios
            words.append(
                f"limit {statistics.median(self.limits):>9,.0f}  "
                f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"
            )
        if self.least is not None:
            words.append(f"least {self.least}, reach {self.reach}")
        words += [f"{name} {_short(value)}" for name, value in self.extra.items()]
        return "  ".join(words)

    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = {
            "name": self.name,
            "unit": self.unit,
            "figure": round(statistics.median(self.figures), 1),
            "figures": [round(figure, 1) for figure in self.figures],
        }
        if self.limits:
            kept |= {
                "limit": round(statistics.median(self.limits), 1),
                "limits": [round(limit, 1) for limit in self.limits],
                "limit_name": self.limit_name,
                "ratio": round(statistics.median(self.ratios), 3),
                "ratios": [round(ratio, 3) for ratio in self.ratios],
                "least": self.least,
                "reach": self.reach,
            }
        return kept | self.extra


def tell(finding: Finding) -> None:
    """Print the finding and append it to results/<name>.jsonl."""
    print(finding.told(), flush=True)
    keep(finding.name, finding.kept())


def keep(name: str, found: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    line = {"at": _now().isoformat(timespec="seconds"), **_circumstances(), **found}
    with (RESULTS / f"{name.replace(' ', '-')}.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


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


def _short(value: object) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value)
