"""Telling the system that placed an order that nothing more will come of it (orders contract 7.6).

Each system of this platform that places orders may register one function at start. It is called
with the ids of orders that have come to their end, in the transaction that ends them, and must
therefore only touch its own rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from uuid import UUID

OnFinished = Callable[[Sequence[UUID], datetime], None]
_listeners: dict[str, OnFinished] = {}


def register(system: str, on_finished: OnFinished) -> None:
    """Called by the system's AppConfig.ready(). A later call for the same one replaces it."""
    _listeners[system] = on_finished


def tell(finished: Iterable[tuple[UUID, str]], *, now: datetime) -> None:
    """Order ids with the system that placed each; empty for ordinary clients."""
    by_system: dict[str, list[UUID]] = defaultdict(list)
    for order_id, system in finished:
        if system in _listeners:
            by_system[system].append(order_id)
    for system, ids in sorted(by_system.items()):
        _listeners[system](sorted(ids), now)
