"""State machines as tables: which status may follow which."""

from collections.abc import Mapping
from typing import Generic, TypeVar

from notifications_platform.core.errors import DomainError

S = TypeVar("S", bound=str | int)


class IllegalTransition(DomainError):
    code = "illegal_transition"


class StateMachine(Generic[S]):
    """`table[status]` = the statuses that may follow it; none follow a final one."""

    def __init__(self, table: Mapping[S, frozenset[S] | set[S]]) -> None:
        self.table = {status: frozenset(following) for status, following in table.items()}

    @property
    def final(self) -> frozenset[S]:
        """Nothing follows them but themselves: what is done may be done again."""
        return frozenset(status for status, after in self.table.items() if after <= {status})

    @property
    def open(self) -> frozenset[S]:
        return frozenset(self.table) - self.final

    def before(self, status: S) -> frozenset[S]:
        """The statuses from which `status` may be reached: what a guarded UPDATE asks for."""
        return frozenset(old for old, following in self.table.items() if status in following)
