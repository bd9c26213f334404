"""How much to bite off at a time: learnt from how long the provider takes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from operator import attrgetter

from django.conf import settings

from notifications_platform.delivery.channels.base import Transport
from notifications_platform.delivery.claiming import Claimed

LARGEST_CLAIM = 1000
SMALLEST_CLAIM = 50
# A piece of work for one connection should take about this long, a whole claim about a second.
_PIECE_SECONDS = 0.2
_CLAIM_SECONDS = 1.0
# By how much each try shrinks a call that answers for all it carries: 100, 25, 6, 1.
_SHRINKING = 4
# A provider that answers faster than messages are made needs few connections; more threads
# only take the interpreter from one another.
_FEWEST = 16
_BUSY_AT = 4000.0  # messages a second


@dataclass(slots=True)
class Pace:
    """`seconds`: how long one message takes, as last seen."""

    seconds: float = 0.005

    def saw(self, seconds: float) -> None:
        self.seconds += (seconds - self.seconds) * 0.3

    def pieces(
        self, messages: Sequence[Claimed], transport: Transport
    ) -> Iterator[Sequence[Claimed]]:
        """What goes out together. What one call answers for as a whole costs the same for one as
        for many, unless one of them spoils the call: those that failed before go last, in
        smaller calls at each try and alone in the end. What goes alone goes in turn by address.
        """
        if transport.batch == 1:
            yield from ([message] for message in _in_turn(messages))
            return
        if transport.one_by_one:
            size = int(_PIECE_SECONDS / max(self.seconds, 1e-5))
            yield from _cut(messages, max(1, min(transport.batch, size)))
            return
        by_number = attrgetter("number")
        for number, alike in groupby(sorted(messages, key=by_number), by_number):
            yield from _cut(list(alike), max(1, transport.batch // _SHRINKING ** (number - 1)))

    def connections(self, pieces: int) -> int:
        """As many as keep the interpreter busy, and not more than there are pieces."""
        most: int = settings.DELIVERY_CONNECTIONS
        return min(pieces, max(_FEWEST, min(most, int(self.seconds * _BUSY_AT))))

    def connections_for(self, messages: int) -> int:
        """The same, where each of them takes message after message."""
        return self.connections(max(1, ceil(messages * self.seconds / _PIECE_SECONDS)))

    def claim(self) -> int:
        per_second = settings.DELIVERY_CONNECTIONS / max(self.seconds, 1e-5)
        return max(SMALLEST_CLAIM, min(LARGEST_CLAIM, int(per_second * _CLAIM_SECONDS)))


def _in_turn(messages: Sequence[Claimed]) -> Sequence[Claimed]:
    """The first to each address, then the second: a thousand to one that does not answer leave
    before nobody else's first.
    """
    seen: Counter[str] = Counter()
    rounds = []
    for message in messages:
        rounds.append(seen[message.parcel.address])
        seen[message.parcel.address] += 1
    return [messages[at] for at in sorted(range(len(messages)), key=rounds.__getitem__)]


def _cut(messages: Sequence[Claimed], size: int) -> Iterator[Sequence[Claimed]]:
    return (messages[at : at + size] for at in range(0, len(messages), size))
