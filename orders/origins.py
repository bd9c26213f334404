"""For what an order was placed, told by the system of this platform that placed it: the beginning
of the order's story.
"""

from collections.abc import Callable, Iterable
from uuid import UUID

from notifications_platform.back_office.timeline import Moment

# Given an order's id and the subject its system is asked about; a few statements.
Tell = Callable[[UUID, str], Iterable[Moment]]
_tellers: dict[str, Tell] = {}


def register(system: str, tell: Tell) -> None:
    """Called by admin modules at start. A later call for the same system replaces it."""
    _tellers[system] = tell


def of(system: str, order_id: UUID, subject: str) -> Iterable[Moment]:
    """Nothing of an order that an ordinary client placed."""
    tell = _tellers.get(system)
    return tell(order_id, subject) if tell else ()
