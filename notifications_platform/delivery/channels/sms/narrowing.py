"""Finding the messages that a gateway cannot digest among those of a call it refused.

A call carries a hundred messages; one for which the gateway refuses it all ("400") must not put
off the other ninety-nine. A refused call is repeated in halves, and those in halves. A call that
failed in any other way may have been taken: it is not repeated before the messages' next try.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from notifications_platform.delivery.channels.base import (
    ProviderUnavailable,
    Transient,
    Verdict,
)

# So many refused calls and none taken: it is the gateway. A batch, its halves, their halves.
_MOST_REFUSED = 7
_SEARCH_SECONDS = 20.0

Call = Callable[[Sequence[int]], Mapping[int, Verdict]]


class CallRefused(ProviderUnavailable):
    """The gateway answered the call in a way that one of its messages may explain."""


class Narrowing:
    """One batch on its way: `call` hands over the messages with these numbers, and leaves out
    those whose time is over.
    """

    def __init__(self, call: Call, *, works: bool) -> None:
        """`works`: the gateway took the call before this one, so that a refusal is to be blamed
        on the message.
        """
        self._call = call
        self._works = works
        self._verdicts: dict[int, Verdict] = {}
        self._refused = 0
        self._until = time.monotonic() + _SEARCH_SECONDS

    @property
    def took(self) -> bool:
        """Whether the gateway took any call so far."""
        return bool(self._verdicts)

    def send(self, numbers: Sequence[int]) -> dict[int, Verdict]:
        """A verdict for each that was not left out. Raises ProviderUnavailable where the gateway
        did not take a call.
        """
        alone: dict[int, Verdict] = {}
        last: ProviderUnavailable | None = None
        groups = deque([numbers])
        while groups:
            group = groups.popleft()
            try:
                self._verdicts |= self._call(group)
            except ProviderUnavailable as failure:
                if not self._goes_on(failure):
                    rest = [number for left in (group, *groups) for number in left]
                    alone |= dict.fromkeys(rest, _put_off(failure))
                    break
                if len(group) == 1:
                    alone[group[0]] = _put_off(failure)
                    last = failure
                else:
                    half = len(group) // 2
                    groups += (group[:half], group[half:])
        if last and not (self.took or self._works):
            raise last
        return self._verdicts | alone

    def _goes_on(self, failure: ProviderUnavailable) -> bool:
        """Whether the search does; False where it ends and something was taken before. Raises
        the failure where nothing was.
        """
        self._refused += 1
        searching = isinstance(failure, CallRefused) and time.monotonic() < self._until
        if not self.took and (not searching or self._refused >= _MOST_REFUSED):
            raise failure
        return searching


def _put_off(failure: ProviderUnavailable) -> Transient:
    return Transient(failure.answer)
