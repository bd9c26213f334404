"""Batches of jobs, of which one defective member must not hold up the others."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError

log = structlog.get_logger(__name__)

K = TypeVar("K")


def handle(
    keys: Sequence[K],
    work: Callable[[Sequence[K]], int],
    *,
    put_off: Callable[[K], object],
) -> int:
    """How many `work` has handled, in a transaction of its own. Where that fails, each is handled
    by itself; who fails alone is logged and put off.

    Raises OperationalError, InterfaceError: a database that is away is nobody's defect.
    """
    try:
        return work(keys) if keys else 0
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        if len(keys) > 1:
            return sum(handle([key], work, put_off=put_off) for key in keys)
        log.exception("correspondence.put_off", key=str(keys[0]))
        put_off(keys[0])
        return 0
