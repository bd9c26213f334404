"""What the back office's pages of one policy and of one event in it show: whether what was told has
been delivered, the story from event to endpoint, and the way to each notification, its messages and
its definition.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment import story
from enrollment.coordinates import owner_of
from enrollment.definitions import DEFINITION
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationHistory,
    PolicyEnrollmentEvent,
    PolicyState,
)
from enrollment.policies import SUBJECT as POLICY
from enrollment.states import EventType, Status
from notifications_platform.audit.models import Actor, Entry
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import Moment, headline, timeline
from notifications_platform.delivery.explain import Tone, told

MOST_SHOWN = 50
_HISTORY = 500
_ACTS = {
    "enrollment.policy.approve": gettext_lazy("The policy was approved"),
    "enrollment.policy.revert": gettext_lazy("The policy was reverted"),
    "enrollment.policy.delete": gettext_lazy(
        "The policy's first version was reverted: its notifications were deleted"
    ),
}
_COUNTS = {
    "readyCount": gettext_lazy("Released: {number}."),
    "obsoleteCount": gettext_lazy("Made obsolete: {number}."),
    "deletedCount": gettext_lazy("Deleted: {number}."),
}
_OPEN = {Status.WAITING, Status.READY, Status.IN_PROCESS}

Notifications = Sequence[EnrollmentEventNotification]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Of a policy: each list newest first, and so much of it as `MOST_SHOWN`."""

    policy: PolicyState
    events: Sequence[PolicyEnrollmentEvent]
    notifications: Notifications
    acts: Sequence[Entry]


def read(policy: PolicyState) -> Page:
    """Three statements, each in the order of its index: no walk through all ids."""
    of_it = PolicyEnrollmentEvent.objects.filter(policy=policy).defer("descr", "values")
    notifications = EnrollmentEventNotification.objects.filter(
        client=policy.client, policy_gid=policy.policy_gid
    )
    acts = Entry.objects.filter(
        subject_kind=POLICY, subject_id=str(policy.pk), action__in=list(_ACTS)
    )
    return Page(
        policy=policy,
        events=list(of_it.order_by("-policy", "-pk")[:MOST_SHOWN]),
        notifications=list(notifications.order_by("-created_at", "-pk")[:MOST_SHOWN]),
        acts=list(acts.order_by("-subject_id", "-id")[:MOST_SHOWN]),
    )


def findings(page: Page) -> list[Section]:
    lines = [_approval(page), *_of_all(page.notifications)]
    lines.sort(key=lambda line: line.tone != Tone.BAD)
    return [headline(_("Has everything been delivered?"), lines)]


def _approval(page: Page) -> Line:
    if page.policy.approved:
        return Line(text=_("The policy is approved."), tone=Tone.GOOD)
    number = sum(_waits(one) for one in page.notifications)
    text = ngettext(
        "The policy is not approved: {number} notification waits for it.",
        "The policy is not approved: {number} notifications wait for it.",
        number,
    )
    return Line(text=text.format(number=number), tone=Tone.WAITING if number else Tone.NOTE)


def _waits(one: EnrollmentEventNotification) -> bool:
    return one.status == Status.WAITING and not one.obsolete


def _of_all(notifications: Notifications) -> Iterator[Line]:
    """What failed and may be acted upon; else what all of them have come to."""
    counts = Counter(one.status for one in notifications)
    if not counts:
        return
    each = ", ".join(f"{number} {status}" for status, number in counts.items())
    text = ngettext(
        "{number} notification was made: {each}.",
        "{number} notifications were made: {each}.",
        len(notifications),
    ).format(number=len(notifications), each=each)
    dead = [one for one in notifications if one.status == Status.FAILED and not one.obsolete]
    if dead:
        newest = max(dead, key=lambda one: one.pk)
        failed = ngettext(
            "{number} notification failed and waits for somebody.",
            "{number} notifications failed and wait for somebody.",
            len(dead),
        ).format(number=len(dead))
        last = newest.last_error_text
        answer = last and _("The last answer was: “{answer}”.").format(answer=_(last))
        step = _("Open what failed to resend or cancel it.")
        yield Line(text=told(failed, answer), tone=Tone.BAD, step=step)
    is_open = any(one.status in _OPEN and not one.obsolete for one in notifications)
    yield Line(text=text, tone=Tone.WAITING if is_open else Tone.GOOD if not dead else Tone.NOTE)


def sections(page: Page) -> list[Section]:
    return [
        timeline(_("What happened in it"), _moments(page), note=_capped(page.events)),
        _notifications(page.notifications),
        _events(page),
        history(POLICY, page.policy.pk),
    ]


def _moments(page: Page) -> Iterator[Moment]:
    """Each event with what it made one level down."""
    made: dict[int, list[Moment]] = defaultdict(list)
    for one in reversed(page.notifications):
        made[one.event_id].append(story.of_notification(one))
    for event in page.events:
        yield story.told_event(event, made.pop(event.pk, ()))
    for alone in made.values():
        yield from alone
    for entry in page.acts:
        yield _act(entry)


def _act(entry: Entry) -> Moment:
    counts = entry.detail or {}
    by_staff = _("{name} of the staff").format(name=entry.actor)
    return Moment(
        at=entry.at,
        what=_ACTS[entry.action],
        who=by_staff if entry.actor_kind == Actor.STAFF else entry.actor,
        detail=told(
            *(str(_COUNTS[name]).format(number=counts[name]) for name in _COUNTS if name in counts)
        ),
    )


def _notifications(notifications: Notifications) -> Section:
    return Section(
        title=_("Notifications"),
        note=_capped(notifications),
        headers=(
            _("Notification"),
            _("Made"),
            _("Definition"),
            _("Member"),
            _("Status"),
            _("Obsolete"),
            _("Attempts"),
        ),
        rows=[
            (
                link_to(story.KIND, one.pk),
                one.created_at,
                link_to(DEFINITION, one.definition_id, one.notification_definition_code),
                one.person_code,
                one.status,
                _("yes") if one.obsolete else _("no"),
                _attempts(one),
            )
            for one in notifications
        ],
    )


def _attempts(one: EnrollmentEventNotification) -> str:
    """How many, leading to the engine's messages that have them."""
    messages = reverse("admin:delivery_message_changelist")
    number = ngettext("{number} attempt", "{number} attempts", one.attempt_count)
    return format_html(
        '<a href="{}?owner_id={}">{}</a>',
        messages,
        owner_of(one.pk),
        number.format(number=one.attempt_count),
    )


def _events(page: Page) -> Section:
    listed = reverse("admin:enrollment_policyenrollmentevent_changelist")
    return Section(
        title=_("Events"),
        note=_capped(page.events),
        link=f"{listed}?policy_id={page.policy.pk}",
        link_label=_("All events of this policy"),
        headers=(_("Event"), _("Told at"), _("Type"), _("Business event"), _("Member")),
        rows=[
            (
                link_to(story.EVENT, event.pk),
                event.created_at,
                event.get_type_display(),
                event.business_event_definition_code,
                event.person_code,
            )
            for event in page.events
        ],
    )


def _capped(rows: Collection[Any]) -> str:
    if len(rows) < MOST_SHOWN:
        return ""
    return _("The newest {number} are shown.").format(number=MOST_SHOWN)


# --- one event ----------------------------------------------------------------------------


def made_by(event: PolicyEnrollmentEvent) -> Notifications:
    of_it = EnrollmentEventNotification.objects.filter(event=event)
    return list(of_it.order_by("event", "pk")[:MOST_SHOWN])


def findings_of_event(event: PolicyEnrollmentEvent, made: Notifications) -> list[Section]:
    return [headline(_("What came of it?"), list(_came_of(event, made)))]


def _came_of(event: PolicyEnrollmentEvent, made: Notifications) -> Iterator[Line]:
    if made:
        yield from _of_all(made)
    elif event.type == EventType.MESSAGE:
        text = _("It names no business event: it is kept, and makes no notifications.")
        yield Line(text=text, tone=Tone.NOTE)
    else:
        text = _(
            "It made no notification that is still there: no active definition asked for {code} "
            "when it was told, or the policy's first version was reverted since."
        )
        code = event.business_event_definition_code
        yield Line(text=text.format(code=code), tone=Tone.NOTE)


def sections_of_event(event: PolicyEnrollmentEvent, made: Notifications) -> list[Section]:
    told_of = _histories(made)
    moments = [story.told_event(event)]
    moments += [story.of_notification(one, told_of[one.pk]) for one in made]
    return [timeline(_("What happened"), moments), _notifications(made)]


def _histories(made: Notifications) -> Mapping[int, Sequence[NotificationHistory]]:
    """The first lines of each, oldest first."""
    entries = NotificationHistory.objects.filter(notification__in=[one.pk for one in made])
    found: dict[int, list[NotificationHistory]] = defaultdict(list)
    for entry in entries.order_by("notification", "id")[:_HISTORY]:
        found[entry.notification_id].append(entry)
    return found
