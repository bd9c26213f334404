"""The story of one message, from what it was asked for to what its receiver's side said."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.looking import VIEW
from notifications_platform.back_office.sections import page_of
from notifications_platform.back_office.timeline import Moment, Timeline, timeline
from notifications_platform.core.windows import Window
from notifications_platform.delivery import origins
from notifications_platform.delivery.channels.configured import transports
from notifications_platform.delivery.explain import Tone, answered, told
from notifications_platform.delivery.failures import WORDS
from notifications_platform.delivery.models import Attempt, Content, Message, Receipt
from notifications_platform.delivery.resending import OWNER, first_of
from notifications_platform.delivery.states import (
    Channel,
    Erasure,
    Lane,
    Reason,
    Result,
    State,
)
from notifications_platform.delivery.words import channel_name

MOST_SHOWN = 100
_SWITCHES_SHOWN = 20
_NAMES = {
    Channel.EMAIL: gettext_lazy("The e-mail was made"),
    Channel.SMS: gettext_lazy("The SMS was made"),
    Channel.WEBHOOK: gettext_lazy("The webhook call was made"),
}
_LANES = {
    Lane.INSTANT: gettext_lazy("It goes before all others."),
    Lane.BULK: gettext_lazy("It is one of many, and goes after urgent and ordinary ones."),
}
RESULTS: Mapping[Result, tuple[Tone, Promise]] = {
    Result.SENT: (Tone.GOOD, gettext_lazy("Attempt {number}: {provider} took it")),
    Result.TRANSIENT: (Tone.WAITING, gettext_lazy("Attempt {number}: {provider} put it off")),
    Result.PERMANENT: (Tone.BAD, gettext_lazy("Attempt {number}: {provider} refused it for good")),
    Result.NOT_TRIED: (
        Tone.WAITING,
        gettext_lazy("Attempt {number}: {provider} failed before its turn came"),
    ),
    Result.UNKNOWN: (
        Tone.BAD,
        gettext_lazy("Attempt {number} by {provider}: nobody knows how it ended"),
    ),
}
_SWITCHES = {
    "delivery.switch_off": gettext_lazy("The provider {name} was switched off"),
    "delivery.switch_on": gettext_lazy("The provider {name} was switched on"),
    "delivery.end_pause": gettext_lazy("The pause of the provider {name} was ended"),
    "delivery.stop_client": gettext_lazy("All messages of {name} were stopped"),
    "delivery.lift_stop": gettext_lazy("The stop of {name} was lifted"),
    "delivery.stop_channel": gettext_lazy("The channel {name} was stopped"),
    "delivery.resume_channel": gettext_lazy("The channel {name} was resumed"),
}
_ACTS: Mapping[str, Promise] = {
    "delivery.resend": gettext_lazy("It was sent again, as a new message"),
    "delivery.correct_and_resend": gettext_lazy(
        "Its address was corrected, and a new message made"
    ),
    "delivery.release": gettext_lazy("Its next attempt was moved forward"),
}
_STOPPING = {"delivery.switch_off", "delivery.stop_client", "delivery.stop_channel"}
_REPORTED: Mapping[str, tuple[Tone, Promise]] = {
    State.DELIVERED: (Tone.GOOD, gettext_lazy("{provider} reported it delivered")),
    State.FAILED: (Tone.BAD, gettext_lazy("{provider} reported that it failed")),
    State.SENT: (Tone.NOTE, gettext_lazy("{provider} reported it on its way")),
}
_OF_NOTE = gettext_lazy("{provider} reported something that changes nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is read once. `attempts`, `reports` in the order of time; `left_out`: how many
    attempts came before these; `now` is business time.
    """

    message: Message
    now: datetime
    window: Window | None
    attempts: Sequence[Attempt]
    reports: Sequence[Receipt]
    left_out: int


def story(message: Message, *, now: datetime) -> Timeline:
    """About ten statements, and what its owner needs to tell of what led to it."""
    facts = _read(message, now)
    return timeline(
        _("What happened"),
        [*_before(message), *_moments(facts)],
        left_out=facts.left_out,
    )


def _read(message: Message, now: datetime) -> Facts:
    attempts = Attempt.objects.filter(message_id=message.id).order_by("-number")
    newest = list(attempts[:MOST_SHOWN])[::-1]
    hours = Content.objects.filter(pk=message.content_id).values_list("window", flat=True).first()
    return Facts(
        message=message,
        now=now,
        window=Window.parse(hours) if hours else None,
        attempts=newest,
        reports=list(Receipt.objects.filter(message_id=message.id).order_by("id")[:MOST_SHOWN]),
        left_out=newest[0].number - 1 if newest else 0,
    )


def _moments(facts: Facts) -> Iterator[Moment]:
    yield _made(facts.message)
    yield from _hours(facts)
    yield from _switches(facts)
    yield from (attempt_moment(attempt) for attempt in facts.attempts)
    yield from (_report(report) for report in facts.reports)
    yield from _end(facts.message)
    yield from _acts(facts.message)
    yield from _erasure(facts.message)
    yield from _to_come(facts)


# --- what led to it -----------------------------------------------------------------------


def _before(message: Message) -> Iterator[Moment]:
    """What its owner tells; of a copy, the message of which it is one, too."""
    if message.owner_kind != OWNER:
        yield from origins.of(message)
        return
    yield from origins.of(first_of(message))
    copied = Message.objects.filter(pk=message.owner_id).first()
    if copied is None:
        return
    page = page_of("message", copied.id)
    made = _("The message was made of which this one is a copy")
    yield Moment(at=copied.created_at, what=made, link=page)
    yield from (replace(moment, link=page) for moment in _end(copied))


def _made(message: Message) -> Moment:
    called = message.correlation_id
    return Moment(
        at=message.created_at,
        what=_NAMES[Channel(message.channel)],
        detail=told(
            _("On behalf of {client}.").format(client=message.client),
            _LANES.get(Lane(message.lane)),
            called and _("Correlation id: {id}.").format(id=called),
        ),
    )


# --- what kept it waiting -----------------------------------------------------------------


def _hours(facts: Facts) -> Iterator[Moment]:
    """The window that delayed it, where it was closed when the message was made."""
    window, made = facts.window, facts.message.created_at
    if window is None or window.is_open(made):
        return
    opens = window.next_opening(made)
    if not _was_open_until(facts, opens):
        return
    yield Moment(
        at=opens,
        what=_("Its hours begin: it may only leave {hours}").format(hours=window.in_words()),
        tone=Tone.WAITING,
        planned=opens > facts.now,
        detail=_("It was made outside of them, and waits until then.")
        if opens > facts.now
        else _("It was made outside of them, and had waited until then."),
    )


def _was_open_until(facts: Facts, moment: datetime) -> bool:
    """Whether nothing had become of it before."""
    final, tried = facts.message.final_at, facts.attempts[0].at if facts.attempts else None
    return all(at is None or at >= moment for at in (final, tried))


def _switches(facts: Facts) -> Iterator[Moment]:
    """What staff switched while it had not been handed over: its client, channel, providers."""
    message = facts.message
    sent = next((one.at for one in facts.attempts if one.result == Result.SENT), None)
    until = sent or message.final_at or facts.now
    names = {transport.name for transport in transports(message.channel)}
    names |= {attempt.provider for attempt in facts.attempts if attempt.provider}
    about = (
        Q(subject_kind="provider", subject_id__in=names)
        | Q(subject_kind="client", subject_id=message.client)
        | Q(subject_kind="channel", subject_id=message.channel)
    )
    # Sorted here: for the newest few of so few the database might walk back through the trail.
    entries = Entry.objects.filter(
        about, action__in=_SWITCHES, at__gte=message.created_at, at__lte=until
    )
    for entry in sorted(entries, key=attrgetter("id"))[-_SWITCHES_SHOWN:]:
        name = entry.subject_id
        yield Moment(
            at=entry.at,
            what=str(_SWITCHES[entry.action]).format(
                name=channel_name(name) if entry.subject_kind == "channel" else name
            ),
            who=entry.actor,
            detail=entry.reason,
            tone=Tone.WAITING if entry.action in _STOPPING else Tone.NOTE,
        )


# --- what became of it --------------------------------------------------------------------


def attempt_moment(attempt: Attempt) -> Moment:
    tone, words = RESULTS[Result(attempt.result)]
    provider = attempt.provider or _("the provider")
    took = attempt.duration_ms
    return Moment(
        at=attempt.at,
        what=str(words).format(number=attempt.number, provider=provider),
        tone=tone,
        detail=told(
            answered(attempt),
            took is not None and _("It took {number} ms.").format(number=took),
            attempt.worker and _("Worker: {worker}.").format(worker=attempt.worker),
        ),
    )


def _report(report: Receipt) -> Moment:
    tone, words = _REPORTED.get(report.state, (Tone.NOTE, _OF_NOTE))
    why = Reason(report.reason) if report.reason else None
    ignored = report.settled_at and not report.changed_message
    return Moment(
        at=report.received_at,
        what=str(words).format(provider=report.provider),
        tone=tone,
        link=page_of("receipt", report.id),
        detail=told(
            why and WORDS[why],
            ignored and _("It changed nothing: the message had come to its end, or its time."),
        ),
    )


def _end(message: Message) -> Iterator[Moment]:
    if message.state == State.CANCELLED:
        yield Moment(at=message.state_at, what=_("It was cancelled before it left"), tone=Tone.BAD)
    elif message.state == State.FAILED:
        yield Moment(
            at=message.final_at or message.state_at,
            what=WORDS[Reason(message.reason)],
            tone=Tone.BAD,
        )


def _acts(message: Message) -> Iterator[Moment]:
    """What staff did to it."""
    entries = Entry.objects.filter(subject_kind="message", subject_id=str(message.id))
    for entry in entries.exclude(action=VIEW).order_by("id")[:MOST_SHOWN]:
        copy = (entry.detail or {}).get("new_message")
        yield Moment(
            at=entry.at,
            what=_ACTS.get(entry.action, entry.action),
            who=entry.actor,
            link=page_of("message", copy) if copy else "",
            detail=entry.reason,
        )


def _erasure(message: Message) -> Iterator[Moment]:
    if message.erasure == Erasure.ASKED:
        yield Moment(
            at=None, planned=True, what=_("Text and address are erased as soon as it is final")
        )
    elif message.erasure == Erasure.DONE:
        entry = _entry_of_erasure(message)
        yield Moment(
            at=entry.at if entry else None,
            what=_("Its owner had text and address erased"),
            who=entry.actor if entry else "",
        )


def _entry_of_erasure(message: Message) -> Entry | None:
    about = Entry.objects.filter(
        subject_kind=message.owner_kind, subject_id=str(message.owner_id), action="delivery.erase"
    )
    return about.order_by("-id").first()


# --- what is to come ----------------------------------------------------------------------


def _to_come(facts: Facts) -> Iterator[Moment]:
    message, now = facts.message, facts.now
    if message.state not in {State.QUEUED, State.CLAIMED, State.SENT} or message.final_at:
        return
    waits = message.state == State.QUEUED and message.not_before > now
    if waits and not _is_opening(facts):
        again = any(attempt.result == Result.TRANSIENT for attempt in facts.attempts)
        yield Moment(
            at=message.not_before,
            what=_("The next attempt") if again else _("It may leave"),
            tone=Tone.WAITING,
            planned=True,
        )
    ends = [
        (message.expires_at, _("It expires: no attempt starts any more")),
        (message.lapses_at, _("It fails, if no delivery report has come")),
    ]
    yield from _ends(ends[message.state == State.SENT :], now)


def _is_opening(facts: Facts) -> bool:
    """Whether what it waits for is told as its hours."""
    window, message = facts.window, facts.message
    return window is not None and message.not_before == window.next_opening(message.created_at)


def _ends(ends: Collection[tuple[datetime | None, str]], now: datetime) -> Iterator[Moment]:
    for at, what in ends:
        if at and at > now:
            yield Moment(at=at, what=what, planned=True)
