"""Sending what is due on one channel: claim, dispatch, repeat."""

import threading
import time
from dataclasses import dataclass, field

from notifications_platform.core import clock
from notifications_platform.core.jobs import wake
from notifications_platform.delivery import claiming, providers
from notifications_platform.delivery.channels.configured import transports
from notifications_platform.delivery.dispatching import Pace, dispatch
from notifications_platform.delivery.states import Channel

PROBE_CLAIM = 10
_RUN_SECONDS = 20.0


@dataclass(slots=True)
class _Drain:
    """One process' drain of one channel. A second wake-up while it runs makes it look again."""

    running: threading.Lock = field(default_factory=threading.Lock)
    again: threading.Event = field(default_factory=threading.Event)
    pace: Pace = field(default_factory=Pace)


_drains = {channel: _Drain() for channel in Channel}


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


def _run(channel: Channel, pace: Pace) -> int:
    until = time.monotonic() + _RUN_SECONDS
    tried = 0
    while time.monotonic() < until:
        choice = providers.usable(channel, transports(channel), real=clock.real())
        if not choice:
            return tried
        limit = PROBE_CLAIM if choice[0].recovering else pace.claim()
        claim = claiming.claim(channel, limit=limit, now=clock.now())
        if claim.took == limit:
            # More than one claim's worth is waiting: another worker may join in.
            wake("delivery.drain", str(channel))
        if not claim.took:
            return tried
        dispatch(channel, claim, choice, pace)
        tried += len(claim.messages)
    wake("delivery.drain", str(channel))
    return tried
