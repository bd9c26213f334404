"""Many SMTP sessions carried on by one thread, each as soon as its server has answered."""

import selectors
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from socket import socket, socketpair

from notifications_platform.delivery.channels.base import (
    Answered,
    ProviderUnavailable,
    Transient,
)
from notifications_platform.delivery.channels.email.connection import Connection
from notifications_platform.delivery.channels.email.letters import Letters
from notifications_platform.delivery.channels.email.session import Session, Wait

# How often deadlines are looked at, in seconds.
_TICK = 0.1
# A process that did not look for so long stood still, and its network perhaps as well: what was
# said in the meantime has as long to come in.
_STANDSTILL = 1.0


@dataclass(slots=True)
class _Running:
    session: Session
    course: Generator[Wait, None, None]
    permitted: bool
    waits_for: Wait | None = None
    watched: socket | None = None


class Wire:
    """`failure` is what made a session give up; the letters at hand then are in `failed_at`."""

    def __init__(
        self, letters: Letters, permits: threading.Semaphore, sessions: list[Session]
    ) -> None:
        self.failure: ProviderUnavailable | None = None
        self.failed_at: list[int] = []
        self._letters = letters
        self._permits = permits
        self._first = sessions[0]
        self._waiting = sessions[::-1]
        self._running: list[_Running] = []
        self._looked = time.monotonic()
        self._patient_until = 0.0
        self._selector = selectors.DefaultSelector()
        # Connections are opened by other threads, which say here that one is ready.
        self._bell, self._button = socketpair()

    def answers(self) -> Iterator[Answered]:
        """As they come, until every session has ended. Raises nothing of the provider's."""
        answered = self._letters.answered
        with ExitStack() as stack:
            stack.callback(self._close)
            self._bell.setblocking(False)
            self._selector.register(self._bell, selectors.EVENT_READ)
            self._start(permitted=self._permits.acquire(blocking=False))
            while True:
                while answered:
                    yield answered.popleft()
                if not self._running:
                    if not self._letters.left_over:
                        break
                    self._waiting.append(self._first)
                    self._start(permitted=self._permits.acquire(blocking=False))
                if self._waiting and any(one.session.connection for one in self._running):
                    self._start_others()
                self._carry_on()

    def _start(self, *, permitted: bool) -> None:
        session = self._waiting.pop()
        running = _Running(session, session.course(), permitted)
        self._running.append(running)
        self._step(running)

    def _start_others(self) -> None:
        """Once the first one has a connection: a server that is down is not asked for dozens.
        Without a permit there is just the first: another call has the connections as yet.
        """
        while self._waiting and self._permits.acquire(blocking=False):
            self._start(permitted=True)

    def _carry_on(self) -> None:
        ready = self._selector.select(_TICK)
        # Whoever was answered by now is carried on first: that we come to it late is our doing.
        seen = time.monotonic()
        for key, _ in ready:
            if key.data is None:
                self._bell.recv(4096)
                for running in list(self._running):
                    if running.session.opening and running.session.opening.done():
                        self._step(running)
            else:
                self._step(key.data)
        if seen - self._looked > _TICK:
            self._end_overdue(seen)

    def _end_overdue(self, now: float) -> None:
        if now - self._looked > _STANDSTILL:
            self._patient_until = now + _STANDSTILL
        self._looked = now
        if now < self._patient_until:
            return
        for running in list(self._running):
            if running.session.deadline < now:
                self._step(running, TimeoutError("the time allowed is over"))

    def _step(self, running: _Running, overdue: TimeoutError | None = None) -> None:
        try:
            waits_for = running.course.throw(overdue) if overdue else next(running.course)
        except StopIteration:
            self._ended(running)
        except ProviderUnavailable as failure:
            self.failure = self.failure or failure
            if running.session.failed_at:
                self.failed_at.append(running.session.failed_at.position)
            self._letters.stopped = True
            self._waiting.clear()
            self._ended(running)
        else:
            if waits_for is not running.waits_for or self._has_something_else(running):
                self._watch(running, waits_for)

    def _has_something_else(self, running: _Running) -> bool:
        """Another socket than the one watched, or another connection that is being opened."""
        connection = running.session.connection
        return connection is None or connection.socket is not running.watched

    def _watch(self, running: _Running, waits_for: Wait) -> None:
        self._forget(running)
        running.waits_for = waits_for
        session = running.session
        if waits_for is Wait.OPENING:
            if session.opening:
                session.opening.add_done_callback(self._ring)
        elif session.connection:
            running.watched = session.connection.socket
            event = selectors.EVENT_READ if waits_for is Wait.READ else selectors.EVENT_WRITE
            self._selector.register(running.watched, event, running)

    def _forget(self, running: _Running) -> None:
        if running.watched:
            self._selector.unregister(running.watched)
            running.watched = None

    def _ended(self, running: _Running) -> None:
        self._forget(running)
        self._running.remove(running)
        if running.permitted:
            self._permits.release()

    def _ring(self, _opened: Future[Connection]) -> None:
        try:
            self._button.send(b"!")
        except OSError:  # nobody listens any more
            return

    def _close(self) -> None:
        for running in list(self._running):
            running.course.close()
            self._ended(running)
        self._selector.close()
        self._bell.close()
        self._button.close()


def not_now(failure: ProviderUnavailable) -> Transient:
    """What the letter at hand gets when the provider fails as a whole: should it be the cause,
    it must not come first again. How long the provider wants to be left alone is not for it.
    """
    return Transient(failure.answer)
