"""A transport of the tests: keeps what it is given, answers what it is told to."""

import threading
from collections.abc import Callable, Iterator, Sequence

from notifications_platform.delivery.channels.base import (
    Parcel,
    ProviderUnavailable,
    Sent,
    Verdict,
)

Answer = Callable[[Parcel], Verdict]


class FakeTransport:
    """`answer` decides per parcel; `before` runs on the sending thread before each call."""

    batch = 100
    one_by_one = True

    def __init__(
        self,
        name: str = "fake",
        *,
        reports: bool = False,
        answer: Answer | None = None,
        before: Callable[[], None] | None = None,
        unavailable: ProviderUnavailable | None = None,
    ) -> None:
        self.name = name
        self.reports = reports
        self.answer = answer or (lambda parcel: Sent(f"ref-{parcel.id}"))
        self.before = before
        self.unavailable = unavailable
        self.sent: list[Parcel] = []
        self.calls = 0
        self._lock = threading.Lock()

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        if self.before:
            self.before()
        with self._lock:
            self.calls += 1
        for parcel in parcels:
            if self.unavailable:
                raise self.unavailable
            verdict = self.answer(parcel)
            with self._lock:
                self.sent.append(parcel)
            yield verdict


# Lets the engine use these transports, and these only; gives the first.
Use = Callable[..., FakeTransport]
