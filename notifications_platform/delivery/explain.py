"""Why a message was not sent, or not yet, in plain words. Pure, and free of personal data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications_platform.back_office import dates
from notifications_platform.core.windows import Window
from notifications_platform.delivery.failures import STEP_OF_A_CALL, STEPS, WORDS
from notifications_platform.delivery.models import (
    Attempt,
    ChannelSwitch,
    Message,
    Provider,
    Stop,
)
from notifications_platform.delivery.states import Channel, Erasure, Reason, Result, State
from notifications_platform.delivery.words import channel_name


class Tone(StrEnum):
    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`code` names the finding for programs and tests; `until` is when it ends by itself; `step`
    is what staff can do about it, if anything.
    """

    code: str
    text: str
    tone: Tone
    until: datetime | None = None
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What besides its own row decides about a message.

    `providers`: those configured for its channel, in the order they are tried; `stop`: one
    that holds; `channel_switch`: its channel's, where it is stopped; `attempts` in the order of
    their numbers; `copy`: the newest message by which staff sent it again; `now` business time,
    `real` the system's.
    """

    now: datetime
    real: datetime
    providers: Sequence[Provider] = ()
    stop: Stop | None = None
    channel_switch: ChannelSwitch | None = None
    window: Window | None = None
    attempts: Sequence[Attempt] = ()
    copy: Message | None = None

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
    return _("{moment} (Oslo)").format(moment=dates.to_the_second(moment))


def told(*sentences: object) -> str:
    """Whole sentences, one after the other; those that are empty left out."""
    return " ".join(str(one) for one in sentences if one)


def answered(attempt: Attempt | None) -> str:
    """The provider's own words, as a sentence; empty where it said nothing."""
    if attempt is None or not attempt.answer:
        return ""
    return _("The answer was: “{answer}”.").format(answer=attempt.answer)


def _queued(message: Message, around: Circumstances) -> Iterator[Sentence]:
    if around.channel_switch:
        yield _channel_stopped(around.channel_switch)
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
    elif not (around.stop or around.channel_switch):
        yield _in_line(message, around)


def _channel_stopped(switch: ChannelSwitch) -> Sentence:
    said = _("The channel “{channel}” has been stopped by {user} since {at}, because: {reason}")
    return Sentence(
        code="channel_stopped",
        tone=Tone.BAD,
        text=said.format(
            channel=channel_name(switch.channel),
            user=switch.stopped_by,
            at=_moment(switch.stopped_since),
            reason=switch.stopped_because,
        ),
        step=_("Resume the channel to let everything on it go."),
    )


def _stopped(stop: Stop) -> Sentence:
    return Sentence(
        code="client_stopped",
        tone=Tone.BAD,
        text=_("All messages of {client} have been stopped by {user} since {at}: {reason}").format(
            client=stop.client, user=stop.by, at=oslo(stop.since), reason=stop.because
        ),
        step=_("Lift the stop of the client to let them go."),
    )


def _out_of_time(message: Message) -> Sentence:
    said = _("Not sent: its time ran out at {at}, and no attempt starts any more.")
    lapses = _("It counts as failed from {at}.").format(at=_moment(message.lapses_at))
    return Sentence(
        code="out_of_time",
        tone=Tone.BAD,
        until=message.lapses_at,
        text=told(said.format(at=_moment(message.expires_at)), message.lapses_at and lapses),
    )


def _waiting(message: Message, around: Circumstances) -> Sentence:
    until, last = message.not_before, around.last
    if last and last.result == Result.TRANSIENT:
        tried = _("Attempt {number} at {at} did not succeed for now.")
        return Sentence(
            code="retry_planned",
            tone=Tone.WAITING,
            until=until,
            text=told(
                tried.format(number=last.number, at=oslo(last.at)),
                answered(last),
                _("The next one is planned at {at}.").format(at=oslo(until)),
            ),
        )
    window = around.window
    if window and not window.is_open(around.now) and window.next_opening(around.now) == until:
        return _outside_hours(window, until)
    return Sentence(
        code="waiting_for_its_time",
        tone=Tone.WAITING,
        until=until,
        text=_("It waits: it is not to leave before {at}.").format(at=oslo(until)),
    )


def _outside_hours(window: Window, until: datetime) -> Sentence:
    return Sentence(
        code="outside_hours",
        tone=Tone.WAITING,
        until=until,
        text=_("It waits until {at}: it may only leave {hours}.").format(
            at=oslo(until), hours=window.in_words()
        ),
    )


def _provider_obstacles(around: Circumstances) -> Iterator[Sentence]:
    """Nothing, where one of the providers can be used."""
    if not around.providers:
        yield Sentence(
            code="no_provider",
            tone=Tone.BAD,
            text=_("No provider is set up for this channel."),
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
            text=_(
                "It waits: the provider {name} has been switched off by {user}: {reason}"
            ).format(
                name=provider.name,
                user=provider.switched_off_by,
                reason=provider.switched_off_because,
            ),
            step=_("It leaves when the provider is switched on."),
        )
    failures = ngettext(
        "The provider {name} is left alone until {at}, after {number} failure.",
        "The provider {name} is left alone until {at}, after {number} failures in a row.",
        provider.failures,
    ).format(name=provider.name, at=_moment(provider.paused_until), number=provider.failures)
    answer = _("Its last answer was: “{answer}”.").format(answer=provider.last_answer)
    return Sentence(
        code="provider_paused",
        tone=Tone.WAITING,
        until=provider.paused_until,
        text=told(_("It waits."), failures, provider.last_answer and answer),
    )


def _in_line(message: Message, around: Circumstances) -> Sentence:
    last = around.last
    due = _("It has been due since {at} and stands in line; a worker takes it within seconds.")
    not_tried = last and last.result == Result.NOT_TRIED
    return Sentence(
        code="in_line",
        tone=Tone.WAITING,
        text=told(
            due.format(at=oslo(max(message.not_before, message.created_at))),
            not_tried and _("The provider failed before its turn came."),
            not_tried and answered(last),
        ),
        step=_("If it stays, look whether a worker is running."),
    )


def _claimed(message: Message, around: Circumstances) -> Iterator[Sentence]:
    worker = message.lease_holder or _("a worker")
    if message.lease_until and message.lease_until <= around.real:
        lost = _("Its worker {worker} has not been heard of since {at}.")
        yield Sentence(
            code="worker_lost",
            tone=Tone.BAD,
            text=told(
                lost.format(worker=worker, at=oslo(message.lease_until)),
                _("The next sweep puts it back in line."),
            ),
        )
        return
    held = _("It is being sent, by {worker}, until {at} at most without a sign of life.")
    yield Sentence(
        code="being_sent",
        tone=Tone.WAITING,
        until=message.lease_until,
        text=held.format(worker=worker, at=_moment(message.lease_until)),
    )


def _failed(message: Message, around: Circumstances) -> Iterator[Sentence]:
    if around.copy:
        yield _sent_again(around.copy)
    reason = Reason(message.reason)
    expired = reason is Reason.EXPIRED
    yield Sentence(
        code=reason.value,
        tone=Tone.BAD,
        text=told(
            _expired(message, around.last) if expired else WORDS[reason],
            answered(around.last),
            _("Final since {at}.").format(at=oslo(message.final_at or message.state_at)),
        ),
        step="" if around.copy else _step(message, reason),
    )


def _sent_again(copy: Message) -> Sentence:
    """What came of the newest message that staff made of it."""
    at = oslo(copy.state_at)
    match copy.state:
        case State.DELIVERED:
            tone, said = (
                Tone.GOOD,
                _("Delivered at last: staff sent it again, and that arrived {at}."),
            )
        case State.SENT:
            tone, said = Tone.GOOD, _("Staff sent it again, and the provider took that at {at}.")
        case State.FAILED if copy.reason != Reason.WITHDRAWN:
            tone, said = Tone.BAD, _("Staff sent it again, but that did not arrive either, {at}.")
        case State.FAILED | State.CANCELLED:
            tone, said = (
                Tone.BAD,
                _("Staff sent it again, but its cause was withdrawn before that left, {at}."),
            )
        case _:
            tone, said = Tone.WAITING, _("Staff sent it again; that one has waited since {at}.")
    return Sentence(code="sent_again", tone=tone, text=said.format(at=at))


def _step(message: Message, reason: Reason) -> str:
    if message.channel == Channel.WEBHOOK:
        return str(STEP_OF_A_CALL)
    if message.erasure in {Erasure.ASKED.value, Erasure.DONE.value}:
        return ""
    if message.withdrawn and reason is not Reason.WITHDRAWN:
        return _("Its cause has been withdrawn since: it is not sent again.")
    return str(STEPS.get(reason, ""))


def _expired(message: Message, last: Attempt | None) -> str:
    at = _moment(message.expires_at)
    if last is None:
        return _("Not sent: it expired at {at} without any attempt.").format(at=at)
    if message.provider_reference:
        return _(
            "Not known to be delivered: {provider} took it, but no delivery report came before it "
            "expired at {at}."
        ).format(provider=message.provider, at=at)
    return ngettext(
        "Not sent: it expired at {at} after {number} attempt, made at {last}.",
        "Not sent: it expired at {at} after {number} attempts, the last at {last}.",
        message.attempts,
    ).format(at=at, number=message.attempts, last=oslo(last.at))


def _cancelled(message: Message) -> Sentence:
    return Sentence(
        code="cancelled",
        tone=Tone.BAD,
        text=_("Not sent: it was cancelled before it left, at {at}.").format(
            at=oslo(message.state_at)
        ),
    )


def _handed_over(message: Message) -> Sentence:
    provider, at = message.provider or _("the provider"), oslo(message.state_at)
    if message.state == State.DELIVERED:
        said = _("Delivered: {provider} reported it at {at}.").format(provider=provider, at=at)
        return Sentence(code="delivered", tone=Tone.GOOD, text=said)
    if message.final_at:
        last = _("Sent: {provider} took it at {at}. It reports no deliveries, so no more is known.")
        return Sentence(code="sent", tone=Tone.GOOD, text=last.format(provider=provider, at=at))
    taken = _("Sent: {provider} took it at {at}; its delivery report has not come yet.")
    limit = _("Without one it fails at {at}.").format(at=_moment(message.lapses_at))
    return Sentence(
        code="awaiting_report",
        tone=Tone.GOOD,
        until=message.lapses_at,
        text=told(taken.format(provider=provider, at=at), message.lapses_at and limit),
    )


def _doubts(around: Circumstances) -> Iterator[Sentence]:
    for attempt in around.attempts:
        if attempt.result == Result.UNKNOWN:
            unknown = _(
                "Nobody knows how attempt {number} at {at} ended: {worker} died before writing it "
                "down. The provider may have taken the message, so the receiver may get it twice."
            )
            yield Sentence(
                code="attempt_unknown",
                tone=Tone.NOTE,
                text=unknown.format(
                    number=attempt.number, at=oslo(attempt.at), worker=attempt.worker
                ),
            )


def _moment(moment: datetime | None) -> str:
    return oslo(moment) if moment else _("an unknown time")
