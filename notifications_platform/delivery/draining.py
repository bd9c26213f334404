"""Sending what is due on one channel: claim, send over many connections, record, repeat.

No transaction is open while a provider is called. A batch is cut into small pieces that
threads with kept connections carry out; what is done is recorded several times a second, so
that a killed worker leaves little behind that was sent but not written down.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

import structlog
from django.conf import settings

from notifications_platform.core import clock
from notifications_platform.core.jobs import wake
from notifications_platform.delivery import claiming, providers
from notifications_platform.delivery.channels.base import (
    ProviderUnavailable,
    Transient,
    Transport,
    Verdict,
)
from notifications_platform.delivery.channels.configured import transports
from notifications_platform.delivery.claiming import Claim, Claimed
from notifications_platform.delivery.recording import NotTried, Tried, record
from notifications_platform.delivery.states import Channel

log = structlog.get_logger(__name__)

LARGEST_CLAIM = 1000
SMALLEST_CLAIM = 50
PROBE_CLAIM = 10
RECORD_EVERY = 0.25
_RUN_SECONDS = 20.0
# A piece of work for one thread should take about this long, a whole claim about a second.
_PIECE_SECONDS = 0.2
_CLAIM_SECONDS = 1.0


@dataclass(slots=True)
class _Pace:
    """How long one message takes, as last seen; decides how much to bite off."""

    seconds: float = 0.005

    def saw(self, seconds: float) -> None:
        self.seconds += (seconds - self.seconds) * 0.3

    def piece(self, transport: Transport) -> int:
        return max(1, min(transport.batch, int(_PIECE_SECONDS / max(self.seconds, 1e-5))))

    def claim(self) -> int:
        per_second = settings.DELIVERY_CONNECTIONS / max(self.seconds, 1e-5)
        return max(SMALLEST_CLAIM, min(LARGEST_CLAIM, int(per_second * _CLAIM_SECONDS)))


@dataclass(slots=True)
class _Outage:
    """Set by the first piece that finds the provider unusable; the others then hold back."""

    failure: ProviderUnavailable | None = None


@dataclass(slots=True)
class _Drain:
    """One process' drain of one channel. A second wake-up while it runs makes it look again."""

    running: threading.Lock = field(default_factory=threading.Lock)
    again: threading.Event = field(default_factory=threading.Event)
    pace: _Pace = field(default_factory=_Pace)


_drains = {channel: _Drain() for channel in Channel}
_pool = ThreadPoolExecutor(settings.DELIVERY_CONNECTIONS, thread_name_prefix="send")


def drain(channel: Channel) -> int:
    """Send until nothing is due, some 20 s have passed, or no provider can be used.

    Returns how many messages were tried. Safe to run any number of times at once: one run per
    process and channel does the work, and rows are claimed by one worker only.
    """
    own = _drains[channel]
    own.again.set()
    tried = 0
    while own.again.is_set() and own.running.acquire(blocking=False):
        try:
            own.again.clear()
            tried += _run(channel, own.pace)
        finally:
            own.running.release()
    return tried


def _run(channel: Channel, pace: _Pace) -> int:
    until = time.monotonic() + _RUN_SECONDS
    tried = 0
    while time.monotonic() < until:
        choice = providers.usable(transports(channel), real=clock.real())
        if not choice:
            return tried
        limit = PROBE_CLAIM if choice[0].recovering else pace.claim()
        claim = claiming.claim(channel, limit=limit, now=clock.now())
        if claim.took == limit:
            # More than one claim's worth is waiting: another worker may join in.
            wake("delivery.drain", str(channel))
        if not claim.took:
            return tried
        _deliver(channel, claim, choice, pace)
        tried += len(claim.messages)
    wake("delivery.drain", str(channel))
    return tried


def _deliver(
    channel: Channel, claim: Claim, choice: Sequence[providers.Usable], pace: _Pace
) -> None:
    """Send one claim through the first usable provider and record it piece by piece."""
    transport, outage = choice[0].transport, _Outage()
    pieces = _cut(claim.messages, pace.piece(transport))
    pending = {_pool.submit(_send, transport, piece, outage) for piece in pieces}
    unrecorded = {message.parcel.id for message in claim.messages}
    prolonged = time.monotonic()
    while pending:
        done, pending = _collect(pending)
        tried = [one for future in done for one in future.result()]
        if outage.failure and len(choice) > 1:
            tried = [_pass_over(one) for one in tried]
        record(
            claim.token,
            tried,
            channel=channel,
            provider=transport.name,
            reports=transport.reports,
            now=clock.now(),
        )
        unrecorded -= {one.message.parcel.id for one in tried}
        if time.monotonic() - prolonged > settings.DELIVERY_LEASE.total_seconds() / 3:
            claiming.prolong(claim.token, unrecorded)
            prolonged = time.monotonic()
        _learn(pace, tried)
    _settle_provider(channel, transport, outage, recovering=choice[0].recovering)


def _collect(
    pending: set[Future[list[Tried]]],
) -> tuple[set[Future[list[Tried]]], set[Future[list[Tried]]]]:
    """Wait until something is done, then a moment longer, so that one record serves many."""
    done, pending = wait(pending, return_when=FIRST_COMPLETED)
    if pending:
        more, pending = wait(pending, timeout=RECORD_EVERY)
        done |= more
    return done, pending


def _send(transport: Transport, messages: Sequence[Claimed], outage: _Outage) -> list[Tried]:
    """On a pool thread, without the database: hand one piece to the provider."""
    if outage.failure:
        return [_not_tried(message, outage.failure) for message in messages]
    started = time.monotonic()
    verdicts: list[Verdict | NotTried] = []
    try:
        for verdict in islice(_handed_over(transport, messages), len(messages)):
            verdicts.append(verdict)
    except ProviderUnavailable as failure:
        outage.failure = failure
        verdicts += [Transient(failure.answer)] * (len(messages) - len(verdicts))
    except Exception as defect:
        # A defect of ours in one piece must neither end the drain nor lose its messages.
        log.exception("delivery.transport_defect", provider=transport.name)
        answer = f"internal error: {type(defect).__name__}"
        verdicts += [Transient(answer)] * (len(messages) - len(verdicts))
    each = timedelta(seconds=(time.monotonic() - started) / len(messages))
    return [
        Tried(message=message, verdict=verdict, duration=each)
        for message, verdict in zip(messages, verdicts, strict=True)
    ]


def _handed_over(transport: Transport, messages: Sequence[Claimed]) -> Iterator[Verdict]:
    yield from transport.send([message.parcel for message in messages])


def _pass_over(one: Tried) -> Tried:
    """Another provider can take what this one left, at once instead of by the schedule."""
    if isinstance(one.verdict, Transient):
        return Tried(
            message=one.message, verdict=NotTried(one.verdict.answer), duration=one.duration
        )
    return one


def _not_tried(message: Claimed, failure: ProviderUnavailable) -> Tried:
    return Tried(message=message, verdict=NotTried(failure.answer), duration=timedelta(0))


def _cut(messages: Sequence[Claimed], size: int) -> list[Sequence[Claimed]]:
    return [messages[start : start + size] for start in range(0, len(messages), size)]


def _learn(pace: _Pace, tried: Sequence[Tried]) -> None:
    seen = [one.duration.total_seconds() for one in tried if not isinstance(one.verdict, NotTried)]
    if seen:
        pace.saw(sum(seen) / len(seen))


def _settle_provider(
    channel: Channel, transport: Transport, outage: _Outage, *, recovering: bool
) -> None:
    if outage.failure:
        providers.pause(
            channel,
            transport.name,
            answer=outage.failure.answer,
            asked=outage.failure.retry_in,
            real=clock.real(),
        )
    elif recovering:
        providers.recovered(transport.name)
