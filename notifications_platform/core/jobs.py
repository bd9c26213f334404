"""Announcing work by name, after commit. Losing an announcement costs latency only:
what is due stands in the database, and the sweeps find it.
"""

import os
import threading
import time
from collections.abc import Callable
from functools import partial

import structlog
from celery import current_app
from django.core.cache import cache
from django.db import transaction

log = structlog.get_logger(__name__)

# A wake-up that was lost on its way holds back others for so long.
_PENDING_SECONDS = 5
_FOLD_SECONDS = 0.1
_BROKER_REST_SECONDS = 5.0
_broker_rests_until = 0.0


def wake_on_commit(task: str, *args: object) -> None:
    """Once this transaction has committed, make sure that `task` runs soon.

    Wake-ups for the same task and arguments are folded into one while that one has not
    started; the task says so by calling `awake` before it looks for work.
    """
    transaction.on_commit(partial(wake, task, *args), robust=True)


def wake(task: str, *args: object) -> None:
    """Make sure that `task` starts after this moment. Never raises, never waits."""
    _announcer.announce(task, args)


def awake(task: str, *args: object) -> None:
    """Said by a task before it looks for work: later wake-ups must start another run."""
    _with_broker(partial(cache.delete, _pending_key(task, args)))


class _Announcer:
    """Speaks to the broker from a thread of its own: a request never waits for it, however slow
    it is, and the wake-ups of a busy moment are one.
    """

    def __init__(self) -> None:
        self._start_over()

    def _start_over(self) -> None:
        self._changed = threading.Condition()
        self._wanted: dict[tuple[str, tuple[object, ...]], None] = {}
        self._thread: threading.Thread | None = None

    def announce(self, task: str, args: tuple[object, ...]) -> None:
        with self._changed:
            self._wanted[task, args] = None
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
                self._thread.start()
            self._changed.notify()

    def forget_parent(self) -> None:
        """In a forked child: lock and thread belong to the parent."""
        self._start_over()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted)
                wanted, self._wanted = self._wanted, {}
            for task, args in wanted:
                _with_broker(partial(_wake, task, args))
            time.sleep(_FOLD_SECONDS)


_announcer = _Announcer()
os.register_at_fork(after_in_child=_announcer.forget_parent)


def _wake(task: str, args: tuple[object, ...]) -> None:
    key = _pending_key(task, args)
    if not cache.add(key, 1, timeout=_PENDING_SECONDS):
        return
    try:
        current_app.send_task(task, args=args, retry=False)
    except Exception:
        cache.delete(key)
        raise


def _with_broker(call: Callable[[], object]) -> None:
    """Leave a broker that just failed alone for a while, so that requests do not wait for it."""
    global _broker_rests_until
    if time.monotonic() < _broker_rests_until:
        return
    try:
        call()
    except Exception as failure:  # noqa: BLE001
        # Redis, kombu, amqp and sockets each have their own exceptions for "not there".
        _broker_rests_until = time.monotonic() + _BROKER_REST_SECONDS
        log.warning("broker.unreachable", error=type(failure).__name__)


def _pending_key(task: str, args: tuple[object, ...]) -> str:
    return ":".join(["wake", task, *map(str, args)])
