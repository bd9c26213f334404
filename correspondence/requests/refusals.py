"""What is wrong with the shape of a request (correspondence contract 2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifications_platform.core.errors import DomainError

Step = str | int
Steps = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Misshapen:
    """One place and what is wrong there; `error_code` where the contract has a number for the
    rule. Holds nothing of what was sent but the contract's own names.
    """

    steps: Steps
    detail: str
    error_code: int | None = None

    @property
    def path(self) -> str:
        """`/correspondence/content/attachments/0/fileName`; empty: the body as a whole."""
        return "".join(f"/{step}" for step in self.steps)

    @property
    def dotted(self) -> str:
        """`correspondence.content.attachments[0].fileName`; `$`: the body as a whole."""
        written = ""
        for step in self.steps:
            written += f"[{step}]" if isinstance(step, int) else f".{step}"
        return written.removeprefix(".") or "$"


class ShapeError(DomainError):
    """All that is wrong with a request's shape; 400."""

    code = "correspondence_shape"

    def __init__(self, errors: Sequence[Misshapen]) -> None:
        super().__init__("The request has not the shape it needs; each place is named.")
        self.errors = tuple(errors)

    @property
    def error_code(self) -> int | None:
        """Of the first place that has one."""
        return next((one.error_code for one in self.errors if one.error_code), None)
