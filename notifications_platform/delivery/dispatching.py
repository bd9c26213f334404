"""Sending one claim: handed over on other threads, recorded by the thread that tends it.

No transaction is open while a provider is called. What is done is recorded several times a
second, so that a killed worker leaves little behind that was sent but not written down. While
the database is away nothing more is handed over, and what was is written down once it is back.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial

import structlog
from django.conf import settings
from django.db import connection

from notifications_platform.core import clock
from notifications_platform.core.passing import MAY_PASS
from notifications_platform.delivery import claiming, providers
from notifications_platform.delivery.channels.base import (
    NotTried,
    Parcel,
    PreparingTransport,
    ProviderUnavailable,
    SideBySideTransport,
    Transient,
    Transport,
    Verdict,
)
from notifications_platform.delivery.claiming import Claim, Claimed
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.recording import Tried, record
from notifications_platform.delivery.states import Channel

log = structlog.get_logger(__name__)

_LEASE_LOST = "the worker lost its lease"
_DATABASE_AWAY = "the database is away"
_DATABASE_RETRY = 0.5
# A claim is meant to be handed out in one second. Where receivers share nothing, those of whom
# nobody knew that they are slow must not keep the others waiting.
_TURN_SECONDS = 2.0
_TURN_OVER = "it is the turn of others"

# One per channel: a provider that holds up all of its threads holds up no other channel.
_pools = {
    channel: ThreadPoolExecutor(settings.DELIVERY_CONNECTIONS, thread_name_prefix=f"send-{channel}")
    for channel in Channel
}


class Dispatch:
    """One claim on its way out. `start` it, `tend` it until it is `over`, then `finish` it.

    `handed_out` is set once no message of it waits for a connection any more, `over` once all
    are answered for and recorded; `progress` is called whenever one of the two may have changed.
    """

    def __init__(
        self,
        channel: Channel,
        claim: Claim,
        choice: Sequence[providers.Usable],
        pace: Pace,
        progress: Callable[[], None],
    ) -> None:
        self.channel = channel
        self.claim = claim
        self.transport: Transport = choice[0].transport
        self.recovering = choice[0].recovering
        self.has_another = len(choice) > 1
        self.pace = pace
        self.handed_out = threading.Event()
        # Set by the first piece that finds the provider unusable, or when the database goes
        # away; what has not been begun then holds back.
        self.failure: ProviderUnavailable | None = None
        self.held_back = ""
        self._progress = progress
        self._carriers: list[Future[None]] = []
        self._pieces = deque(pace.pieces(claim.messages, self.transport))
        # What the other threads have tried, for the thread that records.
        self._tried: deque[Tried] = deque()
        self._unrecorded = len(claim.messages)
        self._lease_seconds = settings.DELIVERY_LEASE.total_seconds()
        self._lease_until = claim.until
        self._prolonged = time.monotonic()
        self._started = 0.0

    # --- for the thread that tends it -----------------------------------------------------
    def start(self) -> None:
        if isinstance(self.transport, PreparingTransport) and not self.held_back:
            self._prepare(self.transport)
        self._started = time.monotonic()
        pool = _pools[self.channel]
        if isinstance(self.transport, SideBySideTransport):
            jobs = [partial(self._carry_side_by_side, self.transport)]
        else:
            threads = self.pace.connections(len(self._pieces))
            jobs = [partial(self._carry_pieces)] * threads
        self._carriers = [pool.submit(self._carry, job) for job in jobs]
        for carrier in self._carriers:
            carrier.add_done_callback(lambda _: self._progress())

    def _prepare(self, transport: PreparingTransport) -> None:
        """What fails here is looked up once more at each attempt, and told there."""
        try:
            transport.prepare([message.parcel for message in self.claim.messages])
        except MAY_PASS:
            log.warning("delivery.not_prepared", provider=transport.name, exc_info=True)
            connection.close()
        except Exception:
            log.exception("delivery.not_prepared", provider=transport.name)

    @property
    def over(self) -> bool:
        return all(carrier.done() for carrier in self._carriers) and not self._tried

    def tend(self) -> None:
        """Record what has been tried, and keep the lease of the rest."""
        self._end_turn()
        tried = [self._tried.popleft() for _ in range(len(self._tried))]
        if tried:
            self._learn(tried)
            self._record(self._passed_over(tried))
        self._prolong()

    def _end_turn(self) -> None:
        """What has not found a connection by now goes back, behind those who wait for one."""
        lasted = time.monotonic() - self._started if self._started else 0.0
        if self.handed_out.is_set() or self.transport.batch > 1 or lasted < _TURN_SECONDS:
            return
        # What is learnt from those that are done comes too late for the next claim.
        self.pace.saw(lasted)
        left = NotTried(_TURN_OVER, keeps_place=False)
        with suppress(IndexError):
            while True:
                self._tried += [Tried(message, left) for message in self._pieces.popleft()]
        self._all_handed_out()

    def finish(self) -> None:
        for carrier in self._carriers:
            carrier.result()
        if isinstance(self.transport, PreparingTransport):
            self.transport.rest()
        try:
            self._note_state()
        except MAY_PASS:
            # The next claim finds out again; what others have handed over must be recorded first.
            log.warning("provider.not_noted", provider=self.transport.name, exc_info=True)
            self.hold_back(_DATABASE_AWAY)
            connection.close()

    def _note_state(self) -> None:
        """Whether the provider can be used."""
        if self.failure:
            providers.pause(
                self.channel,
                self.transport.name,
                answer=self.failure.answer,
                asked=self.failure.retry_in,
                passing=self.failure.passing,
                real=clock.real(),
            )
        elif self.recovering and not self.held_back:
            providers.recovered(self.transport.name)

    def hold_back(self, why: str) -> None:
        """What has not been begun is not begun any more."""
        self.held_back = self.held_back or why

    # --- on the channel's threads, without the database -----------------------------------
    def _carry(self, job: Callable[[], None]) -> None:
        # What a transport asks an owner may be in the database: its connection is looked after
        # here, as nobody else does on these threads. None stays open between two claims.
        try:
            job()
        finally:
            connection.close()

    def _carry_side_by_side(self, transport: SideBySideTransport) -> None:
        messages = self.claim.messages
        open_positions = set(range(len(messages)))
        left: Verdict
        try:
            connections = self.pace.connections_for(len(messages))
            for position, verdict, seconds in transport.send_side_by_side(
                self._parcels(), connections
            ):
                open_positions.discard(position)
                # At once: should this process die now, what it has not written down goes again.
                self._tried.append(Tried(messages[position], verdict, seconds))
            left = NotTried(self.held_back)
        except ProviderUnavailable as failure:
            left = NotTried(self._failed(failure))
        except Exception as defect:
            # A defect of ours in one batch must neither end the drain nor lose its messages.
            log.exception("delivery.transport_defect", provider=self.transport.name)
            left = Transient(f"internal error: {type(defect).__name__}")
        for position in sorted(open_positions):
            self._tried.append(Tried(messages[position], left))
        self.handed_out.set()

    def _parcels(self) -> Iterator[Parcel]:
        for message in self.claim.messages:
            if self._must_hold_back():
                return
            yield self._leased(message.parcel)
        self._all_handed_out()

    def _carry_pieces(self) -> None:
        """Piece after piece until none is left."""
        while True:
            try:
                piece = self._pieces.popleft()
            except IndexError:
                break
            if not self._pieces:
                self._all_handed_out()
            self._send(piece)
        self._all_handed_out()

    def _all_handed_out(self) -> None:
        self.handed_out.set()
        self._progress()

    def _send(self, messages: Sequence[Claimed]) -> None:
        if self._must_hold_back():
            self._tried += [Tried(message, NotTried(self.held_back)) for message in messages]
            return
        one_by_one, started = self.transport.one_by_one, time.monotonic()
        together: list[tuple[Claimed, Verdict]] = []
        for message, verdict in zip(messages, self._verdicts(messages), strict=True):
            if one_by_one:
                ended = time.monotonic()
                self._tried.append(Tried(message, verdict, ended - started))
                started = ended
            else:
                together.append((message, verdict))
        each = (time.monotonic() - started) / len(messages)
        self._tried += [Tried(message, verdict, each) for message, verdict in together]

    def _verdicts(self, messages: Sequence[Claimed]) -> Iterator[Verdict]:
        """One per message, in order; those before a failure count."""
        answered = 0
        left: Verdict = Transient("")
        try:
            parcels = [self._leased(message.parcel) for message in messages]
            answers = iter(self.transport.send(parcels))
            while answered < len(messages):
                verdict = next(answers)
                answered += 1
                yield verdict
        except ProviderUnavailable as failure:
            left = Transient(self._failed(failure))
        except Exception as defect:
            # A defect of ours in one batch must neither end the drain nor lose its messages.
            log.exception("delivery.transport_defect", provider=self.transport.name)
            left = Transient(f"internal error: {type(defect).__name__}")
        for _ in range(len(messages) - answered):
            yield left

    def _must_hold_back(self) -> bool:
        if not self.held_back and clock.real() >= self._lease_until:
            # This process stood still for so long that another one may have the rest by now.
            self.hold_back(_LEASE_LOST)
        return bool(self.held_back)

    def _leased(self, parcel: Parcel) -> Parcel:
        """It is not handed over once it may be another worker's."""
        if parcel.not_after and parcel.not_after <= self._lease_until:
            return parcel
        return replace(parcel, not_after=self._lease_until)

    def _failed(self, failure: ProviderUnavailable) -> str:
        self.failure, self.held_back = failure, failure.answer
        return failure.answer

    # --- writing down ---------------------------------------------------------------------
    def _passed_over(self, tried: Sequence[Tried]) -> Sequence[Tried]:
        """What an unusable provider left, another one can take at once, not by the schedule."""
        if not (self.failure and self.has_another):
            return tried
        return [
            one._replace(verdict=NotTried(one.verdict.answer))
            if isinstance(one.verdict, Transient)
            else one
            for one in tried
        ]

    def _record(self, tried: Sequence[Tried]) -> None:
        """Write it down, as long as the lease lasts: the messages have left, and a worker that
        gave up now would send them again.
        """
        until = time.monotonic() + self._lease_seconds
        while True:
            try:
                record(
                    self.claim,
                    tried,
                    channel=self.channel,
                    provider=self.transport.name,
                    reports=self.transport.reports,
                    now=clock.now(),
                )
            except MAY_PASS:
                self.hold_back(_DATABASE_AWAY)
                connection.close()
                if time.monotonic() > until:
                    raise
                time.sleep(_DATABASE_RETRY)
            else:
                break
        self._unrecorded -= len(tried)

    def _prolong(self) -> None:
        if self._unrecorded and time.monotonic() - self._prolonged > self._lease_seconds / 3:
            try:
                held = claiming.prolong(self.claim.token)
            except MAY_PASS:
                self.hold_back(_DATABASE_AWAY)
                connection.close()
            else:
                self._prolonged, self._lease_until = time.monotonic(), held.until
                if held.messages < self._unrecorded:
                    self.hold_back(_LEASE_LOST)

    def _learn(self, tried: Sequence[Tried]) -> None:
        seen = [one.seconds for one in tried if not isinstance(one.verdict, NotTried)]
        if seen:
            self.pace.saw(sum(seen) / len(seen))
