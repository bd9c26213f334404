"""Refusals that are not answers: input that breaks a rule of section 5 of the cases contract."""

from collections.abc import Iterable
from dataclasses import dataclass

from notifications_platform.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class Problem:
    """`path` names the input as the caller wrote it: `nyOppgave.mottakere[0]`.

    `detail` says what is wrong and how to mend it, and never holds the value itself.
    """

    path: str
    code: str
    detail: str


class UgyldigInput(DomainError):
    """Nothing was stored. One problem or several."""

    code = "ugyldig_input"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(f"{one.path}: {one.detail}" for one in self.problems))
