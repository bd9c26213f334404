"""What is wrong or doubtful in a registers file, and where. Never holds the values themselves:
they are personal data and secrets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

_MOST_DOUBTS = 20


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
    """What reading a file found so far. `line` is where the record at hand begins.

    Of the doubts, which a whole file may raise, the first are kept and all counted.
    """

    problems: list[Finding] = field(default_factory=list)
    doubts: list[Finding] = field(default_factory=list)
    doubt_count: int = 0
    line: int = 1

    def problem(self, path: str, what: str) -> None:
        self.problems.append(Finding(self.line, path, what))

    def doubt(self, path: str, what: str) -> None:
        self.doubt_count += 1
        if self.doubt_count <= _MOST_DOUBTS:
            self.doubts.append(Finding(self.line, path, what))
