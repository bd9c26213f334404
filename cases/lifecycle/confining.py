"""One row that cannot be handled costs no other row its turn.

A step takes a batch at once. When that fails, its rows are handled one by one, and what fails
alone is left alone for a while; a new process tries it at once.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from notifications_platform.core.passing import database_is_away

log = structlog.get_logger(__name__)

PAUSE = timedelta(minutes=10)

Row = TypeVar("Row")


class Confined:
    """A step, by its name in the log, and which rows it leaves alone until when (business time)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._until: dict[UUID, datetime] = {}

    def left_alone(self, now: datetime) -> Collection[UUID]:
        """Ids that are not to be taken into a batch."""
        for id, until in list(self._until.items()):
            if until <= now:
                self._until.pop(id, None)
        return list(self._until)

    def handle(
        self,
        due: Sequence[Row],
        handle: Callable[[Sequence[Row]], int],
        *,
        id_of: Callable[[Row], UUID],
        now: datetime,
    ) -> int:
        """How many of `due` were handled or are left alone from now on. `handle` does all of what
        it is given, or nothing, and says how many it took.

        Raises what stops every row alike: a database that is away, a lack of memory.
        """
        if not due:
            return 0
        try:
            return handle(due)
        except Exception as error:
            if _stops_all(error):
                raise
            log.exception("cases.sweep_failed", step=self._name, rows=len(due))
        return sum(self._handle_alone(row, handle, id_of(row), now) for row in due)

    def _handle_alone(
        self, row: Row, handle: Callable[[Sequence[Row]], int], id: UUID, now: datetime
    ) -> int:
        try:
            return handle([row])
        except Exception as error:
            if _stops_all(error):
                raise
            self._until[id] = now + PAUSE
            error_type = type(error).__name__
            log.error("cases.sweep_left_alone", step=self._name, id=str(id), error=error_type)  # noqa: TRY400
            return 1


def _stops_all(error: Exception) -> bool:
    return isinstance(error, MemoryError) or database_is_away(error)
