"""What a transport is: a small class that hands messages to one provider.

It knows nothing of rows, leases or owners. The engine calls `send` on several threads at
once, with no transaction open, and records what it answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, runtime_checkable
from uuid import UUID

from notifications_platform.delivery.states import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What many messages have in common. `subject` and `body` may hold `placeholders`, literal
    texts such as `$recipientName$`, which each message's values replace, once, not recursively.
    A placeholder for which a message has no value stays as written.
    """

    id: UUID
    sender: str = ""
    subject: str = ""
    body: str = ""
    content_type: str = "text/plain"
    placeholders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message on its way out. `id` is stable over retries; `expires_in` is what was left
    until its expiry when it was claimed, None where it has none; `not_after` is the real
    instant after which it must not be handed over (window or expiry), None for never.
    """

    id: UUID
    address: str
    content: Content
    values: Mapping[str, str] = field(default_factory=dict)
    expires_in: timedelta | None = None
    not_after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. `reference` is what its reports will name, empty if none come.
    `answer` is short, and free of the receiver's address.
    """

    reference: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Transient:
    """Not now; try again by the message's own schedule, but not before `retry_in` is over."""

    answer: str = ""
    retry_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Permanent:
    """Never; trying again would not help."""

    reason: Reason
    answer: str = ""


@dataclass(frozen=True, slots=True)
class NotTried:
    """Not handed over at all: it was too late, or the provider could not be used before its turn.
    The message is back in line as it was, behind others unless it `keeps_place`; this counts as no
    attempt.
    """

    answer: str = ""
    keeps_place: bool = True


Verdict = Sent | Transient | Permanent | NotTried


class ProviderUnavailable(Exception):
    """The provider as a whole fails. The parcels not yet answered for were not handed over, or
    (a time-out) nobody can know. `retry_in`: what the provider asked for, None if it did not say.
    `passing`: the reason is ours, and soon over.
    """

    def __init__(
        self, answer: str, retry_in: timedelta | None = None, *, passing: bool = False
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.retry_in = retry_in
        self.passing = passing


class Transport(Protocol):
    """`name` keys the provider's row of pauses and its references; `batch` is how many parcels
    one call takes at most; `one_by_one` says that each parcel is answered for as it is handed
    over, and not all by the answer to one call; `reports` says whether delivery reports follow
    a `Sent`.
    """

    name: str
    batch: int
    one_by_one: bool
    reports: bool

    def send(self, parcels: Sequence[Parcel]) -> Iterator[Verdict]:
        """One verdict per parcel, in order. Raises ProviderUnavailable at the first parcel
        from which on the provider could not be used.
        """


@runtime_checkable
class PreparingTransport(Transport, Protocol):
    """One that looks things up, or keeps something open, for all messages of a claim."""

    def prepare(self, parcels: Sequence[Parcel]) -> None:
        """Before the first of them is handed over, on a thread that may use the database."""

    def rest(self) -> None:
        """None of them is left; those of another claim may be."""


class Answered(NamedTuple):
    """What became of the parcel taken as number `position` (from 0), `seconds` after the
    transport turned to it.
    """

    position: int
    verdict: Verdict
    seconds: float


@runtime_checkable
class SideBySideTransport(Transport, Protocol):
    """One that serves many connections from a single thread."""

    def send_side_by_side(self, parcels: Iterator[Parcel], connections: int) -> Iterator[Answered]:
        """Parcels are taken one by one as connections come free, and answered for as they are
        done. Raises ProviderUnavailable once those begun are answered for, when the provider
        could not be used for one of them; those not begun then have no answer.
        """
