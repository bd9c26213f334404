"""Why a message was not sent, or not yet, in plain words. Pure, and free of personal data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notifications_platform.core.windows import OSLO, Window
from notifications_platform.delivery.models import Attempt, Message, Provider, Stop
from notifications_platform.delivery.states import Reason, Result, State


class Tone(StrEnum):
    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`code` names the finding for programs and tests; `until` is when it ends by itself."""

    code: str
    text: str
    tone: Tone
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What besides its own row decides about a message.

    `providers`: those configured for its channel, in the order they are tried; `stop`: one
    that holds; `attempts` in the order of their numbers; `now` business time, `real` the
    system's.
    """

    now: datetime
    real: datetime
    providers: Sequence[Provider] = ()
    stop: Stop | None = None
    window: Window | None = None
    attempts: Sequence[Attempt] = ()

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None


def explain(message: Message, around: Circumstances) -> list[Sentence]:
    """Everything that holds about this message just now, what decides first."""
    match message.state:
        case State.QUEUED:
            sentences = _queued(message, around)
        case State.CLAIMED:
            sentences = _claimed(message, around)
        case State.FAILED:
            sentences = _failed(message, around)
        case State.CANCELLED:
            sentences = iter([_cancelled(message)])
        case _:
            sentences = iter([_handed_over(message)])
    return [*sentences, *_doubts(around)]


def oslo(moment: datetime) -> str:
    """As staff read a moment: Oslo wall time."""
    return f"{moment.astimezone(OSLO):%Y-%m-%d %H:%M:%S} (Oslo)"


def _queued(message: Message, around: Circumstances) -> Iterator[Sentence]:
    if around.stop:
        yield _stopped(around.stop)
    if message.expires_at and message.expires_at <= around.now:
        yield _out_of_time(message)
    elif message.not_before > around.now:
        yield _waiting(message, around)
    elif around.window and not around.window.is_open(around.now):
        yield _outside_hours(around.window, around.window.next_opening(around.now))
    elif obstacles := list(_provider_obstacles(around)):
        yield from obstacles
    elif not around.stop:
        yield _in_line(message, around)


def _stopped(stop: Stop) -> Sentence:
    return Sentence(
        code="client_stopped",
        tone=Tone.BAD,
        text=f"All messages of {stop.client} have been stopped by {stop.by} since "
        f"{oslo(stop.since)}: {stop.because}",
    )


def _out_of_time(message: Message) -> Sentence:
    lapses = f" It counts as failed from {oslo(message.lapses_at)}." if message.lapses_at else ""
    return Sentence(
        code="out_of_time",
        tone=Tone.BAD,
        until=message.lapses_at,
        text=f"Its time ran out at {_moment(message.expires_at)}: no attempt starts any more."
        + lapses,
    )


def _waiting(message: Message, around: Circumstances) -> Sentence:
    until, last = message.not_before, around.last
    if last and last.result == Result.TRANSIENT:
        return Sentence(
            code="retry_planned",
            tone=Tone.WAITING,
            until=until,
            text=f"Attempt {last.number} at {oslo(last.at)} did not succeed for now"
            f"{_answer(last)}. The next one is planned at {oslo(until)}.",
        )
    window = around.window
    if window and not window.is_open(around.now) and window.next_opening(around.now) == until:
        return _outside_hours(window, until)
    return Sentence(
        code="waiting_for_its_time",
        tone=Tone.WAITING,
        until=until,
        text=f"It is not to leave before {oslo(until)}.",
    )


def _outside_hours(window: Window, until: datetime) -> Sentence:
    return Sentence(
        code="outside_hours",
        tone=Tone.WAITING,
        until=until,
        text=f"It may only leave {window.in_words()}, and waits until {oslo(until)}.",
    )


def _provider_obstacles(around: Circumstances) -> Iterator[Sentence]:
    """Nothing, where one of the providers can be used."""
    if not around.providers:
        yield Sentence(
            code="no_provider",
            tone=Tone.BAD,
            text="No provider is set up for this channel.",
        )
    if all(_unusable(provider, around.real) for provider in around.providers):
        yield from (_provider_sentence(provider) for provider in around.providers)


def _unusable(provider: Provider, real: datetime) -> bool:
    paused = provider.paused_until is not None and provider.paused_until > real
    return provider.switched_off or paused


def _provider_sentence(provider: Provider) -> Sentence:
    if provider.switched_off:
        return Sentence(
            code="provider_switched_off",
            tone=Tone.BAD,
            text=f"The provider {provider.name} has been switched off by "
            f"{provider.switched_off_by}: {provider.switched_off_because}",
        )
    answer = f" after the answer “{provider.last_answer}”" if provider.last_answer else ""
    return Sentence(
        code="provider_paused",
        tone=Tone.WAITING,
        until=provider.paused_until,
        text=f"The provider {provider.name} is left alone until "
        f"{_moment(provider.paused_until)}{answer} ({provider.failures} failures in a row).",
    )


def _in_line(message: Message, around: Circumstances) -> Sentence:
    if (last := around.last) and last.result == Result.NOT_TRIED:
        before = f" The provider failed before its turn came{_answer(last)}."
    else:
        before = ""
    since = max(message.not_before, message.created_at)
    return Sentence(
        code="in_line",
        tone=Tone.WAITING,
        text=f"It has been due since {oslo(since)} and stands in line; a worker takes it within "
        f"seconds. If it stays, look whether a worker is running.{before}",
    )


def _claimed(message: Message, around: Circumstances) -> Iterator[Sentence]:
    worker = message.lease_holder or "a worker"
    if message.lease_until and message.lease_until <= around.real:
        yield Sentence(
            code="worker_lost",
            tone=Tone.BAD,
            text=f"Its worker {worker} has not been heard of since {oslo(message.lease_until)}. "
            "The next sweep puts it back in line.",
        )
        return
    yield Sentence(
        code="being_sent",
        tone=Tone.WAITING,
        until=message.lease_until,
        text=f"It is in the hands of {worker}, until {_moment(message.lease_until)} at most "
        "without a sign of life.",
    )


def _failed(message: Message, around: Circumstances) -> Iterator[Sentence]:
    reason = Reason(message.reason)
    text = _FAILURES.get(reason, f"It failed for good: {reason.label}")
    if reason is Reason.EXPIRED:
        text = _expired(message, around.last)
    answer = _answer(around.last) if around.last and reason is not Reason.EXPIRED else ""
    yield Sentence(
        code=reason.value,
        tone=Tone.BAD,
        text=f"{text}{answer}. Final since {oslo(message.final_at or message.state_at)}.",
    )


_FAILURES = {
    Reason.NOT_IDENTIFIED: "Nothing was sent: no address is on file for the recipient",
    Reason.RESERVED: "Nothing was sent: the person is reserved against electronic messages",
    Reason.WITHDRAWN: "Nothing was sent: its cause was withdrawn first",
    Reason.GAVE_UP: "Every attempt of its retry schedule has failed",
    Reason.UNKNOWN: "It failed for good, for a reason the provider did not name",
}


def _expired(message: Message, last: Attempt | None) -> str:
    expiry = f"It expired at {_moment(message.expires_at)}"
    if last is None:
        return f"{expiry} without any attempt"
    if message.provider_reference:
        return f"{expiry}: {message.provider} took it, but no delivery report came in time"
    return f"{expiry} after {message.attempts} attempts, the last at {oslo(last.at)}{_answer(last)}"


def _cancelled(message: Message) -> Sentence:
    return Sentence(
        code="cancelled",
        tone=Tone.BAD,
        text=f"It was cancelled before it left, at {oslo(message.state_at)}.",
    )


def _handed_over(message: Message) -> Sentence:
    provider, at = message.provider or "The provider", oslo(message.state_at)
    if message.state == State.DELIVERED:
        return Sentence(code="delivered", tone=Tone.GOOD, text=f"Delivered, as known since {at}.")
    if message.final_at:
        return Sentence(
            code="sent",
            tone=Tone.GOOD,
            text=f"{provider} took it at {at}. It sends no delivery reports, so no more will "
            "be known.",
        )
    limit = f" Without one it fails at {oslo(message.lapses_at)}." if message.lapses_at else ""
    return Sentence(
        code="awaiting_report",
        tone=Tone.GOOD,
        until=message.lapses_at,
        text=f"{provider} took it at {at}; its delivery report has not come yet.{limit}",
    )


def _doubts(around: Circumstances) -> Iterator[Sentence]:
    for attempt in around.attempts:
        if attempt.result == Result.UNKNOWN:
            yield Sentence(
                code="attempt_unknown",
                tone=Tone.NOTE,
                text=f"Nobody knows how attempt {attempt.number} at {oslo(attempt.at)} ended: "
                f"{attempt.worker} died before writing it down. The provider may have taken the "
                "message, so the receiver may get it twice.",
            )


def _answer(attempt: Attempt) -> str:
    return f", with the answer “{attempt.answer}”" if attempt.answer else ""


def _moment(moment: datetime | None) -> str:
    return oslo(moment) if moment else "an unknown time"
