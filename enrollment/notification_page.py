"""What the back office's page of one notification shows: why it was not delivered, its story from
the event to the endpoint's answers, where it came from and what it stands beside; on a page of its
own, what it says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment import story
from enrollment.coordinates import id_of, owner_of, webhook_id
from enrollment.definitions import DEFINITION
from enrollment.delivery import schedule_in_force
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationHistory,
    PolicyEnrollmentEvent,
)
from enrollment.policies import SUBJECT as POLICY
from enrollment.standing import standing
from enrollment.states import OWNER, Status
from enrollment.targets import targets
from notifications_platform.audit import trail
from notifications_platform.back_office.sections import Line, Section, history, link_to, page_of
from notifications_platform.back_office.timeline import Moment, headline, timeline
from notifications_platform.delivery.channels.webhook import Target
from notifications_platform.delivery.circumstances import explain_all
from notifications_platform.delivery.explain import Tone, told
from notifications_platform.delivery.message_page import lines
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.reading import content_body

KIND = story.KIND
READ_PAYLOAD = "back_office.read_payload"
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields; each list
    newest first. `engine`: what the engine says about the newest message.
    """

    one: EnrollmentEventNotification
    event: PolicyEnrollmentEvent
    history: Sequence[NotificationHistory]
    messages: Sequence[Message]
    engine: Sequence[Line]


def read(one: EnrollmentEventNotification, *, now: datetime, real: datetime) -> Page:
    of_it = Message.objects.filter(owner_id=owner_of(one.pk), owner_kind=OWNER)
    # In the order of the index of owners.
    messages = list(of_it.order_by("-owner_id", "-id")[:MOST_SHOWN])
    explained = explain_all(messages[:1], now=now, real=real)
    entries = NotificationHistory.objects.filter(notification=one).select_related("bulk_operation")
    return Page(
        one=one,
        event=PolicyEnrollmentEvent.objects.select_related("policy").get(pk=one.event_id),
        history=list(entries.order_by("-notification", "-id")[:MOST_SHOWN]),
        messages=messages,
        engine=lines(explained[messages[0].id]) if messages else [],
    )


def findings(page: Page) -> list[Section]:
    """One sentence, and the engine's own where it has the notification; and its story."""
    sent = page.one.status == Status.SENT
    title = _("Where does it stand?") if sent else _("Why was it not delivered?")
    answer = headline(title, list(standing(page.one, page.history, page.engine)))
    return [answer, _timeline(page)]


# --- its story ----------------------------------------------------------------------------


def sections(page: Page) -> list[Section]:
    return [
        _event(page),
        _same_member(page.one),
        history(KIND, page.one.pk),
    ]


def _timeline(page: Page) -> Section:
    everything = reverse("admin:enrollment_notificationhistory_changelist")
    return timeline(
        _("What happened to it"),
        _moments(page),
        note=_newest(page.history) or _newest(page.messages),
        link=f"{everything}?notification_id={page.one.pk}",
        link_label=_("All of its history"),
    )


def _moments(page: Page) -> Iterator[Moment]:
    one = page.one
    yield story.told_event(page.event)
    by_messages = story.TOLD_BY_MESSAGES if page.messages else frozenset()
    for entry in reversed(page.history):
        if entry.action not in by_messages:
            yield story.of_entry(entry, one)
    yield from story.cycles(page.messages)
    if one.next_attempt_at and one.status == Status.IN_PROCESS and not one.obsolete:
        yield _next_attempt(page, one.next_attempt_at)


def _next_attempt(page: Page, at: datetime) -> Moment:
    text = _("Attempt {number} of this cycle, of {most} at most.")
    number = (page.messages[0].attempts if page.messages else 0) + 1
    most = len(schedule_in_force(page.one.definition)) + 1
    return Moment(
        at=at,
        what=_("The next attempt"),
        tone=Tone.WAITING,
        detail=text.format(number=number, most=max(most, number)),
        planned=True,
    )


def _event(page: Page) -> Section:
    """Without what the event says of the member."""
    event = page.event
    return Section(
        title=_("Where it came from, and where it goes"),
        headers=(
            _("Event"),
            _("Business event"),
            _("Policy"),
            _("Approved now"),
            _("Definition"),
            _("Endpoint now"),
        ),
        rows=[
            (
                link_to(story.EVENT, event.pk),
                event.business_event_definition_code,
                link_to(POLICY, event.policy_id),
                _("yes") if event.policy.approved else _("no"),
                link_to(DEFINITION, page.one.definition_id),
                _endpoint(page.one.definition_id),
            )
        ],
    )


def target_of(definition_id: int) -> Target | None:
    """Where an attempt would go just now."""
    return targets([str(definition_id)]).get(str(definition_id))


def _endpoint(definition_id: int) -> str:
    target = target_of(definition_id)
    return f"{target.method} {target.url}" if target else _("none is known: every attempt fails")


def _same_member(one: EnrollmentEventNotification) -> Section:
    """Those that it took the place of, and those that may take its own."""
    others = EnrollmentEventNotification.objects.filter(
        ~Q(pk=one.pk),
        client=one.client,
        policy_gid=one.policy_gid,
        person_code=one.person_code,
        definition=one.definition_id,
    ).order_by("-created_at", "-pk")
    shown = list(others[:MOST_SHOWN])
    return Section(
        title=_("Others of the same member, policy and definition"),
        note=_newest(shown),
        headers=(
            _("Notification"),
            _("Made"),
            _("Business event"),
            _("Status"),
            _("Obsolete"),
            _("Replaced by"),
        ),
        rows=[
            (
                link_to(KIND, other.pk),
                other.created_at,
                other.business_event_definition_code,
                other.status,
                _("yes") if other.obsolete else _("no"),
                link_to(KIND, other.superseded_by),
            )
            for other in shown
        ],
    )


def _newest(rows: Sequence[object]) -> str:
    if len(rows) < MOST_SHOWN:
        return ""
    return _("The newest {number} are shown.").format(number=MOST_SHOWN)


def led_to(message: Message) -> Iterator[Moment]:
    """For the story of one of the engine's messages: who told of what, and to whom it goes."""
    known = EnrollmentEventNotification.objects.select_related("event", "definition")
    one = known.filter(pk=id_of(message.owner_id)).first()
    if one is None:
        return
    yield story.told_event(one.event)
    text = _("It goes where the definition {code} says.").format(code=one.definition.code)
    waited = _("It waited for the approval of its policy.")
    late = one.emit_notification == "POST_APPROVAL" and message.created_at > one.created_at
    yield Moment(
        at=one.created_at,
        what=_("Notification {number} was made").format(number=one.pk),
        link=page_of(KIND, one.pk),
        detail=told(text, late and waited),
    )


# --- what it says -------------------------------------------------------------------------


def note_reading(id: int, *, user: str, now: datetime) -> None:
    """A member of the staff reads a payload: who, when, whose; never what."""
    trail.record(READ_PAYLOAD, KIND, [id], by=trail.By.staff(user), now=now)


def payload(one: EnrollmentEventNotification) -> list[Section]:
    """The body as it is signed and sent in every attempt, spread over lines."""
    body = content_body(one.content_id)
    if not body:
        return [Section(title=_("Payload"), note=_("It has been erased."))]
    text = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    return [Section(title=_("Payload"), note=f"webhook-id: {webhook_id(one.pk)}", text=text)]
