"""What happened to notifications, moment by moment: from the event to the endpoint's answer."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment import acting
from enrollment.bulk import SUBJECT as BULK
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationHistory,
    PolicyEnrollmentEvent,
)
from enrollment.standing import obsolete
from enrollment.states import Action, EventType, Source, Status
from notifications_platform.back_office.sections import page_of
from notifications_platform.back_office.timeline import Moment
from notifications_platform.delivery.explain import Tone, answered, told
from notifications_platform.delivery.models import Attempt, Message
from notifications_platform.delivery.states import Result, State

KIND = acting.SUBJECT
EVENT = "policyenrollmentevent"
_ACTIONS = {
    Action.CREATED: gettext_lazy("The notification was made"),
    Action.APPROVED: gettext_lazy("Its policy was approved"),
    Action.CLAIMED: gettext_lazy("A worker took it"),
    Action.RETRIED: gettext_lazy("It was put off until the next attempt"),
    Action.SENT: gettext_lazy("Its endpoint took it"),
    Action.FAILED: gettext_lazy("It failed"),
    Action.CANCELLED: gettext_lazy("It was cancelled"),
    Action.RESENT: gettext_lazy("It was resent: a new cycle of attempts began"),
    Action.OBSOLETED: gettext_lazy("It became obsolete"),
}
_TONES = {Action.SENT: Tone.GOOD, Action.FAILED: Tone.BAD, Action.RETRIED: Tone.WAITING}
# What the engine's messages tell with more words.
TOLD_BY_MESSAGES = frozenset({Action.CLAIMED, Action.RETRIED})
_STATUSES = {Status.SENT: Tone.GOOD, Status.FAILED: Tone.BAD, Status.CANCELLED: Tone.NOTE}
_STATES = {State.DELIVERED: Tone.GOOD, State.SENT: Tone.GOOD, State.FAILED: Tone.BAD}
_RESULTS = {
    Result.SENT: (Tone.GOOD, gettext_lazy("Attempt {number}: the endpoint took it")),
    Result.TRANSIENT: (
        Tone.WAITING,
        gettext_lazy("Attempt {number}: the endpoint did not take it"),
    ),
    Result.PERMANENT: (Tone.BAD, gettext_lazy("Attempt {number}: refused for good")),
    Result.NOT_TRIED: (Tone.WAITING, gettext_lazy("Attempt {number}: not made after all")),
    Result.UNKNOWN: (Tone.BAD, gettext_lazy("Attempt {number}: nobody knows how it ended")),
}


def told_event(event: PolicyEnrollmentEvent, below: Sequence[Moment] = ()) -> Moment:
    """Who told of it. What it says of the member stays on its own page."""
    called = _("Its reference: {reference}.").format(reference=event.event_reference)
    traced = _("Correlation id: {id}.").format(id=event.correlation_id)
    if event.type == EventType.MESSAGE:
        what = _("A message was told, which makes no notifications")
    else:
        text = _("The event {code} was told")
        what = text.format(code=event.business_event_definition_code)
    return Moment(
        at=event.created_at,
        what=what,
        who=event.client,
        link=page_of(EVENT, event.pk),
        detail=told(
            _("Member {code}.").format(code=event.person_code),
            event.event_reference and called,
            event.correlation_id and traced,
        ),
        below=below,
    )


def of_notification(
    one: EnrollmentEventNotification, history: Sequence[NotificationHistory] = ()
) -> Moment:
    """As others tell of it; `history`, oldest first, one level down."""
    error = _("The last answer was: “{answer}”.").format(answer=_(one.last_error_text))
    return Moment(
        at=one.created_at,
        what=_("Notification {number} to {definition}: {status}").format(
            number=one.pk, definition=one.notification_definition_code, status=one.status
        ),
        tone=Tone.NOTE if one.obsolete else _STATUSES.get(Status(one.status), Tone.WAITING),
        link=page_of(KIND, one.pk),
        detail=told(
            _("Member {code}.").format(code=one.person_code),
            _("Attempts: {number}.").format(number=one.attempt_count),
            one.status == Status.FAILED and one.last_error_text and error,
            one.obsolete and obsolete(one),
        ),
        below=[of_entry(entry, one) for entry in history],
    )


def of_entry(entry: NotificationHistory, one: EnrollmentEventNotification) -> Moment:
    action = Action(entry.action)
    reason = _("Reason: {reason}").format(reason=entry.reason)
    status = _("HTTP {status}.").format(status=entry.http_status)
    return Moment(
        at=entry.at,
        what=_ACTIONS[action],
        who=_who(entry),
        tone=_TONES.get(action, Tone.NOTE),
        link=_link(action, entry, one),
        detail=told(
            _outcome(action, entry, one), entry.http_status and status, entry.reason and reason
        ),
    )


def _outcome(action: Action, entry: NotificationHistory, one: EnrollmentEventNotification) -> str:
    match action:
        case Action.CREATED if entry.to_status == Status.WAITING:
            return _("It waits for the approval of its policy.")
        case Action.OBSOLETED:
            return obsolete(one)
        case Action.FAILED if one.obsolete and not entry.http_status:
            return _("It had become obsolete, or no answer came.")
    if entry.bulk_operation_id:
        return _("As one of many.")
    return ""


def _link(action: Action, entry: NotificationHistory, one: EnrollmentEventNotification) -> str:
    if entry.bulk_operation_id:
        return page_of(BULK, entry.bulk_operation_id)
    if action is Action.OBSOLETED and one.superseded_by:
        return page_of(KIND, one.superseded_by)
    return ""


def _who(entry: NotificationHistory) -> str:
    """Nobody in particular where the platform did it by itself."""
    match entry.source:
        case Source.ADMIN:
            return _("{name} of the staff").format(name=entry.actor)
        case Source.WORKER | Source.SYSTEM:
            return ""
    return entry.actor


def cycles(messages: Sequence[Message]) -> Iterator[Moment]:
    """Each message of the engine is a cycle of attempts, which stand one level down. `messages`
    newest first.
    """
    attempts = _attempts([one.id for one in messages])
    for message in messages:
        yield Moment(
            at=message.created_at,
            what=_("Handed to the engine: {state}").format(state=message.state),
            tone=_STATES.get(State(message.state), Tone.NOTE),
            link=page_of("message", message.id),
            below=[_of_attempt(one) for one in attempts[message.id]],
        )


def _attempts(message_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
    """A cycle has 21 at most."""
    found: dict[UUID, list[Attempt]] = defaultdict(list)
    for attempt in Attempt.objects.filter(message_id__in=message_ids).order_by("number"):
        found[attempt.message_id].append(attempt)
    return found


def _of_attempt(attempt: Attempt) -> Moment:
    tone, words = _RESULTS[Result(attempt.result)]
    took = _("It took {number} ms.").format(number=attempt.duration_ms)
    return Moment(
        at=attempt.at,
        what=str(words).format(number=attempt.number),
        tone=tone,
        detail=told(answered(attempt), attempt.duration_ms is not None and took),
    )
