"""Sending what is due on one channel: claim, dispatch, repeat.

While one claim leaves, the next one is fetched; it begins when the last message of the one
before has found a connection. So neither the database nor the provider waits for the other.
"""

import threading
import time
from dataclasses import dataclass, field

import structlog
from django.db import InterfaceError, OperationalError, connection

from notifications_platform.core import clock
from notifications_platform.core.gates import Gate
from notifications_platform.core.jobs import wake
from notifications_platform.delivery import claiming, providers
from notifications_platform.delivery.channels.configured import transports
from notifications_platform.delivery.dispatching import Dispatch
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.states import Channel

log = structlog.get_logger(__name__)

PROBE_CLAIM = 10
RECORD_EVERY = 0.1
_PATIENCE = 0.3
_RUN_SECONDS = 20.0
# A claim of which a message or two hang at a stalling server does not hold up the next ones.
_MOST_UNDER_WAY = 3
# Should recording have failed for good: what is not begun must not go out unseen.
_GIVEN_UP = "the worker gave up this batch"


@dataclass(slots=True)
class _Drain:
    """One process' drain of one channel: one run at a time."""

    gate: Gate = field(default_factory=Gate)
    pace: Pace = field(default_factory=Pace)


_drains = {channel: _Drain() for channel in Channel}


def drain(channel: Channel) -> int:
    """Send until nothing is due, some 20 s have passed, or no provider can be used.

    Returns how many messages were tried. Safe to run any number of times at once: one run per
    process and channel does the work, and rows are claimed by one worker only.
    """
    own = _drains[channel]
    return own.gate.run(lambda: _Run(channel, own).run())


class _Run:
    def __init__(self, channel: Channel, own: _Drain) -> None:
        self.channel = channel
        self.pace = own.pace
        self.gate = own.gate
        self.tried = 0
        self.until = time.monotonic() + _RUN_SECONDS
        self.progress = threading.Event()
        # Claimed and not begun; and begun, oldest first.
        self.next: Dispatch | None = None
        self.under_way: list[Dispatch] = []
        # Nothing more to claim; or not before what is under way is over; or not before then,
        # unless somebody wakes us.
        self.dry = False
        self.probing = False
        self.patient = False
        self.claimed_at = 0.0

    def run(self) -> int:
        try:
            while self._fetch() or self.under_way:
                self._begin_next()
                self.progress.wait(RECORD_EVERY)
                self.progress.clear()
                self._tend()
        except Exception:
            self._wind_up()
            raise
        finally:
            for dispatch in self.under_way:
                dispatch.hold_back(_GIVEN_UP)
        if not self.dry:
            wake("delivery.drain", str(self.channel))
        return self.tried

    def _fetch(self) -> bool:
        """Have the next claim ready; False if there is none."""
        if self._is_held_up() and self.gate.asked_again():
            self.patient = False
        while self.next is None and not self._must_wait():
            try:
                self.next = self._claimed()
            except (OperationalError, InterfaceError):
                if not self.under_way:
                    raise
                # What is under way still has to be recorded; a sweep wakes us again.
                connection.close()
                self.patient = True
        return self.next is not None

    def _is_held_up(self) -> bool:
        """What is under way takes long; where it does not, the next claim is fuller for waiting."""
        takes_long = time.monotonic() - self.claimed_at > _PATIENCE
        return self.patient and not self.probing and bool(self.under_way) and takes_long

    def _must_wait(self) -> bool:
        return (
            self.dry
            or time.monotonic() >= self.until
            or ((self.patient or self.probing) and bool(self.under_way))
            or len(self.under_way) >= _MOST_UNDER_WAY
        )

    def _claimed(self) -> Dispatch | None:
        choice = providers.usable(self.channel, transports(self.channel), real=clock.real())
        if not choice:
            self.dry = True
            return None
        limit = PROBE_CLAIM if choice[0].recovering else self.pace.claim()
        self.claimed_at = time.monotonic()
        claim = claiming.claim(self.channel, limit=limit, now=clock.now())
        if claim.took == limit:
            # More than one claim's worth is waiting: another worker may join in.
            wake("delivery.drain", str(self.channel))
        self.probing = choice[0].recovering
        self.patient = claim.took < limit
        self.dry = not claim.took and not self.under_way
        if not claim.messages:
            return None
        self.tried += len(claim.messages)
        return Dispatch(self.channel, claim, choice, self.pace, self.progress.set)

    def _begin_next(self) -> None:
        """One at a time hands out its messages."""
        last = self.under_way[-1] if self.under_way else None
        if self.next and (last is None or last.handed_out.is_set()):
            if last and last.held_back:
                self.next.hold_back(last.held_back)
            self.next.start()
            self.under_way.append(self.next)
            self.next = None
            self.progress.set()

    def _tend(self) -> None:
        for dispatch in list(self.under_way):
            dispatch.tend()
            if dispatch.over:
                self.under_way.remove(dispatch)
                dispatch.finish()
                if self.next and dispatch.held_back:
                    self.next.hold_back(dispatch.held_back)
        if self.next:
            # It is leased while it waits to begin.
            self.next.tend()

    def _wind_up(self) -> None:
        """Begin nothing more, give back what has not begun, and write down what is on its way."""
        if self.next:
            self.next.hold_back(_GIVEN_UP)
            self.next.start()
            self.under_way.append(self.next)
            self.next = None
        for dispatch in self.under_way:
            dispatch.hold_back(_GIVEN_UP)
        while self.under_way:
            self.progress.wait(RECORD_EVERY)
            self.progress.clear()
            self._tend_to_the_end()

    def _tend_to_the_end(self) -> None:
        for dispatch in list(self.under_way):
            try:
                dispatch.tend()
            except Exception:
                # Its lease brings the messages back.
                log.exception("delivery.claim_given_up", channel=str(self.channel))
                self.under_way.remove(dispatch)
            else:
                if dispatch.over:
                    self.under_way.remove(dispatch)
