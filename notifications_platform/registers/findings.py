"""What is wrong or doubtful in a registers file, and where. Never holds the values themselves:
they are personal data and secrets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """`line` counts from 1, the line on which the record begins; `path` is a JSON path."""

    line: int
    path: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.path} {self.what}"


class BadFile(Exception):
    """A registers file that cannot be loaded; nothing was changed."""

    def __init__(self, problems: Sequence[Finding]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(slots=True)
class Findings:
    """What reading a file found so far. `line` is where the record at hand begins."""

    problems: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    line: int = 1

    def problem(self, path: str, what: str) -> None:
        self.problems.append(Finding(self.line, path, what))

    def doubt(self, path: str, what: str) -> None:
        self.doubts.append(Finding(self.line, path, what))
