"""Sending one claim: cut into pieces, carried out by threads with kept connections.

No transaction is open while a provider is called. What is done is recorded several times a
second, so that a killed worker leaves little behind that was sent but not written down. While
the database is away nothing more is handed over, and what was is written down once it is back.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from notifications_platform.core import clock
from notifications_platform.delivery import claiming, providers
from notifications_platform.delivery.channels.base import (
    ProviderUnavailable,
    Transient,
    Transport,
    Verdict,
)
from notifications_platform.delivery.claiming import Claim, Claimed
from notifications_platform.delivery.recording import NotTried, Tried, record
from notifications_platform.delivery.states import Channel

log = structlog.get_logger(__name__)

LARGEST_CLAIM = 1000
SMALLEST_CLAIM = 50
RECORD_EVERY = 0.1
_DATABASE_AWAY = "the database is away"
_GIVEN_UP = "the worker gave up this batch"
_DATABASE_RETRY = 0.5
# A piece of work for one thread should take about this long, a whole claim about a second.
_PIECE_SECONDS = 0.2
_CLAIM_SECONDS = 1.0
# A provider that answers faster than messages are made needs few threads; more of them only
# take the interpreter from one another, a fifth of its time at ten.
_FEWEST_THREADS = 4
_BUSY_AT = 4000.0  # messages a second

# One per channel: a provider that holds up all of its threads holds up no other channel.
_pools = {
    channel: ThreadPoolExecutor(settings.DELIVERY_CONNECTIONS, thread_name_prefix=f"send-{channel}")
    for channel in Channel
}


@dataclass(slots=True)
class Pace:
    """How long one message takes, as last seen; decides how much to bite off."""

    seconds: float = 0.005

    def saw(self, seconds: float) -> None:
        self.seconds += (seconds - self.seconds) * 0.3

    def piece(self, transport: Transport) -> int:
        """What one call answers for as a whole costs the same for one as for many."""
        if not transport.one_by_one:
            return transport.batch
        return max(1, min(transport.batch, int(_PIECE_SECONDS / max(self.seconds, 1e-5))))

    def threads(self) -> int:
        """As many as keep the interpreter busy."""
        most: int = settings.DELIVERY_CONNECTIONS
        return max(_FEWEST_THREADS, min(most, int(self.seconds * _BUSY_AT)))

    def claim(self) -> int:
        per_second = settings.DELIVERY_CONNECTIONS / max(self.seconds, 1e-5)
        return max(SMALLEST_CLAIM, min(LARGEST_CLAIM, int(per_second * _CLAIM_SECONDS)))


def dispatch(
    channel: Channel, claim: Claim, choice: Sequence[providers.Usable], pace: Pace
) -> None:
    """Send a claim through the first of the usable providers and record it piece by piece."""
    _Dispatch(channel, claim, choice, pace).run()


class _Dispatch:
    def __init__(
        self, channel: Channel, claim: Claim, choice: Sequence[providers.Usable], pace: Pace
    ) -> None:
        self.channel = channel
        self.claim = claim
        self.transport = choice[0].transport
        self.recovering = choice[0].recovering
        self.has_another = len(choice) > 1
        self.pace = pace
        # Set by the first piece that finds the provider unusable, or when the database goes
        # away; pieces that have not begun then hold back.
        self.failure: ProviderUnavailable | None = None
        self.held_back = ""
        messages, size = claim.messages, pace.piece(self.transport)
        self.pieces = deque(messages[at : at + size] for at in range(0, len(messages), size))
        # What the pool's threads have tried, for the thread that records.
        self.tried: SimpleQueue[Tried] = SimpleQueue()
        self.unrecorded = {message.parcel.id for message in claim.messages}
        self.lease_seconds = settings.DELIVERY_LEASE.total_seconds()
        self.prolonged = time.monotonic()

    def run(self) -> None:
        pool, threads = _pools[self.channel], min(len(self.pieces), self.pace.threads())
        pending = {pool.submit(self._carry_out) for _ in range(threads)}
        try:
            while pending:
                done, pending = wait(pending, min(RECORD_EVERY, self.lease_seconds / 6))
                for ended in done:
                    ended.result()
                self._record_tried()
                self._prolong()
            self._settle_provider()
        finally:
            # Should recording have failed for good: pieces not begun must not go out unseen.
            self.held_back = self.held_back or _GIVEN_UP

    def _carry_out(self) -> None:
        """On a pool thread, without the database: piece after piece until none is left."""
        while self.pieces:
            try:
                piece = self.pieces.popleft()
            except IndexError:  # another thread has just taken the last one
                return
            self._send(piece)

    def _send(self, messages: Sequence[Claimed]) -> None:
        if self.held_back:
            for message in messages:
                self.tried.put(_tried(message, NotTried(self.held_back)))
            return
        one_by_one, started = self.transport.one_by_one, time.monotonic()
        together: list[tuple[Claimed, Verdict]] = []
        for message, verdict in zip(messages, self._verdicts(messages), strict=True):
            if one_by_one:
                ended = time.monotonic()
                # At once: should this process die now, what it has not written down goes again.
                self.tried.put(_tried(message, verdict, ended - started))
                started = ended
            else:
                together.append((message, verdict))
        each = (time.monotonic() - started) / len(messages)
        for message, verdict in together:
            self.tried.put(_tried(message, verdict, each))

    def _verdicts(self, messages: Sequence[Claimed]) -> Iterator[Verdict]:
        """One per message, in order; those before a failure count."""
        answered, answer = 0, ""
        try:
            answers = iter(self.transport.send([message.parcel for message in messages]))
            while answered < len(messages):
                verdict = next(answers)
                answered += 1
                yield verdict
        except ProviderUnavailable as failure:
            self.failure, self.held_back = failure, failure.answer
            answer = failure.answer
        except Exception as defect:
            # A defect of ours in one piece must neither end the drain nor lose its messages.
            log.exception("delivery.transport_defect", provider=self.transport.name)
            answer = f"internal error: {type(defect).__name__}"
        for _ in range(len(messages) - answered):
            yield Transient(answer)

    def _record_tried(self) -> None:
        tried = []
        while not self.tried.empty():
            tried.append(self.tried.get_nowait())
        if tried:
            self._record([self._passed_over(one) for one in tried])
            self._learn(tried)

    def _passed_over(self, one: Tried) -> Tried:
        """What an unusable provider left, another one can take at once, not by the schedule."""
        if self.failure and self.has_another and isinstance(one.verdict, Transient):
            return Tried(
                message=one.message, verdict=NotTried(one.verdict.answer), duration=one.duration
            )
        return one

    def _record(self, tried: Sequence[Tried]) -> None:
        """Write it down, as long as the lease lasts: the messages have left, and a worker that
        gave up now would send them again.
        """
        until = time.monotonic() + self.lease_seconds
        while True:
            try:
                record(
                    self.claim.token,
                    tried,
                    channel=self.channel,
                    provider=self.transport.name,
                    reports=self.transport.reports,
                    now=clock.now(),
                )
            except (OperationalError, InterfaceError):
                self.held_back = self.held_back or _DATABASE_AWAY
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(_DATABASE_RETRY)
            else:
                break
        self.unrecorded -= {one.message.parcel.id for one in tried}

    def _prolong(self) -> None:
        if self.unrecorded and time.monotonic() - self.prolonged > self.lease_seconds / 3:
            try:
                claiming.prolong(self.claim.token, self.unrecorded)
            except (OperationalError, InterfaceError):
                self.held_back = self.held_back or _DATABASE_AWAY
                connection.close()
            else:
                self.prolonged = time.monotonic()

    def _learn(self, tried: Sequence[Tried]) -> None:
        seen = [
            one.duration.total_seconds() for one in tried if not isinstance(one.verdict, NotTried)
        ]
        if seen:
            self.pace.saw(sum(seen) / len(seen))

    def _settle_provider(self) -> None:
        if self.failure:
            providers.pause(
                self.channel,
                self.transport.name,
                answer=self.failure.answer,
                asked=self.failure.retry_in,
                real=clock.real(),
            )
        elif self.recovering and not self.held_back:
            providers.recovered(self.transport.name)


def _tried(message: Claimed, verdict: Verdict | NotTried, seconds: float = 0) -> Tried:
    return Tried(message=message, verdict=verdict, duration=timedelta(seconds=seconds))
