"""What the back office's page of one notification shows: why it was not delivered, its history,
attempts of all cycles, where it came from and what it stands beside; on a page of its own, what it
says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from django.db.models import Q
from django.urls import reverse

from enrollment import acting
from enrollment.coordinates import owner_of, webhook_id
from enrollment.definitions import DEFINITION
from enrollment.models import (
    EnrollmentEventNotification,
    NotificationHistory,
    PolicyEnrollmentEvent,
)
from enrollment.policies import SUBJECT as POLICY
from enrollment.states import OWNER, Action, Status
from notifications_platform.audit import trail
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.delivery.circumstances import explain_all
from notifications_platform.delivery.explain import Tone, oslo
from notifications_platform.delivery.message_page import lines
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.reading import Tried, attempts_of, content_body

KIND = acting.SUBJECT
READ_PAYLOAD = "back_office.read_payload"
MOST_SHOWN = 100
_GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields; each list
    newest first. `engine`: what the engine says about the newest message.
    """

    one: EnrollmentEventNotification
    history: Sequence[NotificationHistory]
    messages: Sequence[Message]
    tried: Sequence[Tried]
    engine: Sequence[Line]


def read(one: EnrollmentEventNotification, *, now: datetime, real: datetime) -> Page:
    owner = owner_of(one.pk)
    messages = list(
        Message.objects.filter(owner_id=owner, owner_kind=OWNER).order_by("-id")[:MOST_SHOWN]
    )
    explained = explain_all(messages[:1], now=now, real=real)
    entries = NotificationHistory.objects.filter(notification=one).order_by("-notification", "-id")
    return Page(
        one=one,
        history=list(entries[:MOST_SHOWN]),
        messages=messages,
        tried=attempts_of(OWNER, owner)[: -MOST_SHOWN - 1 : -1],
        engine=lines(explained[messages[0].id]) if messages else [],
    )


# --- why it was not delivered -------------------------------------------------------------


def standing(page: Page) -> Section:
    """One sentence, and the engine's own where it has the notification."""
    sent = page.one.status == Status.SENT
    title = "Where does it stand?" if sent else "Why was it not delivered?"
    return Section(title=title, lines=list(_standing(page)))


def _standing(page: Page) -> Iterator[Line]:
    one = page.one
    match one.status:
        case Status.SENT:
            yield _line(Tone.GOOD, f"Its endpoint took it at {_at(one.sent_at)}{_answered(one)}.")
        case Status.CANCELLED:
            yield _line(Tone.NOTE, _cancelled(page))
        case Status.FAILED:
            yield _line(Tone.BAD, _failed(one))
        case Status.IN_PROCESS if one.obsolete:
            yield _line(
                Tone.NOTE,
                f"{_obsolete(one)} while it was being delivered: the attempt under way is its "
                "last.",
            )
        case _ if one.obsolete:
            yield _line(Tone.NOTE, f"{_obsolete(one)} before it was delivered, and never will be.")
        case Status.WAITING:
            yield _line(
                Tone.WAITING,
                f"Policy {one.policy_code} is not approved yet; it is sent as soon as it is.",
            )
        case _:
            yield from page.engine or [_line(Tone.WAITING, "It stands in line.")]


def _failed(one: EnrollmentEventNotification) -> str:
    number = one.attempt_count
    tried = f"Attempt {number} failed" if number else "It failed without an attempt"
    error = f": {one.last_error_text.rstrip('.')}" if one.last_error_text else ""
    told = f"{tried} at {_at(one.failed_at)}{error}."
    if one.obsolete:
        return f"{told} {_obsolete(one)}, so it can neither be cancelled nor resent."
    why = (
        "Its endpoint says that it is gone for good"
        if one.last_response_status == _GONE
        else "No retry is left"
    )
    return f"{told} {why}: nothing more happens until somebody resends or cancels it."


def _cancelled(page: Page) -> str:
    one = page.one
    reasons = [entry.reason for entry in page.history if entry.action == Action.CANCELLED]
    reason = f": {reasons[0]}" if any(reasons) else "."
    error = f" It had failed with “{one.last_error_text}”." if one.last_error_text else ""
    return f"It was cancelled by {one.cancelled_by} at {_at(one.cancelled_at)}{reason}{error}"


def _obsolete(one: EnrollmentEventNotification) -> str:
    if one.superseded_by:
        return f"Notification {one.superseded_by} of the same member took its place"
    return "Its policy was reverted"


def _answered(one: EnrollmentEventNotification) -> str:
    status = f" with HTTP {one.last_response_status}" if one.last_response_status else ""
    return f"{status}, at attempt {one.attempt_count}"


def _at(moment: datetime | None) -> str:
    return oslo(moment) if moment else "an unknown time"


def _line(tone: Tone, text: str) -> Line:
    return Line(text=text, tone=tone)


# --- its story ----------------------------------------------------------------------------


def sections(page: Page) -> list[Section]:
    return [
        _history(page),
        _attempts(page),
        _cycles(page),
        _event(page.one),
        _same_member(page.one),
        history(KIND, page.one.pk),
    ]


def _history(page: Page) -> Section:
    """Oldest first. Of a long one the end."""
    all_of_it = reverse("admin:enrollment_notificationhistory_changelist")
    return Section(
        title="What happened to it",
        note=_newest(page.history),
        link=f"{all_of_it}?notification_id={page.one.pk}",
        link_label="All of it",
        headers=("At", "Did", "From", "To", "By", "HTTP", "Reason", "Bulk operation"),
        rows=[
            (
                entry.at,
                entry.action,
                entry.from_status,
                entry.to_status,
                f"{entry.actor} ({entry.source})",
                entry.http_status,
                entry.reason,
                link_to("bulkoperation", entry.bulk_operation_id),
            )
            for entry in reversed(page.history)
        ],
    )


def _attempts(page: Page) -> Section:
    return Section(
        title="Attempts",
        note=_newest(page.tried) or "A resend begins a new cycle.",
        headers=("Cycle", "No.", "At", "Result", "Answer", "Took"),
        rows=[
            (
                one.cycle,
                one.number,
                one.at,
                one.result,
                one.answer,
                "" if one.duration_ms is None else f"{one.duration_ms} ms",
            )
            for one in page.tried
        ],
    )


def _cycles(page: Page) -> Section:
    return Section(
        title="Delivery cycles",
        note=_newest(page.messages) or "Each is one message of the engine.",
        headers=("Message", "Made", "State", "Reason", "Attempts", "Next not before"),
        rows=[
            (
                link_to("message", one.id),
                one.created_at,
                one.state,
                one.reason,
                one.attempts,
                None if one.final_at else one.not_before,
            )
            for one in page.messages
        ],
    )


def _event(one: EnrollmentEventNotification) -> Section:
    """What it tells of, without what the event says of the member."""
    event = PolicyEnrollmentEvent.objects.select_related("policy").get(pk=one.event_id)
    return Section(
        title="Where it came from",
        headers=("Event", "Told at", "Business event", "Policy", "Approved now", "Definition"),
        rows=[
            (
                link_to("policyenrollmentevent", event.pk),
                event.created_at,
                event.business_event_definition_code,
                link_to(POLICY, event.policy_id),
                "yes" if event.policy.approved else "no",
                link_to(DEFINITION, one.definition_id),
            )
        ],
    )


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
        title="Others of the same member, policy and definition",
        note=_newest(shown),
        headers=("Notification", "Made", "Business event", "Status", "Obsolete", "Replaced by"),
        rows=[
            (
                link_to(KIND, other.pk),
                other.created_at,
                other.business_event_definition_code,
                other.status,
                "yes" if other.obsolete else "no",
                link_to(KIND, other.superseded_by),
            )
            for other in shown
        ],
    )


def _newest(rows: Sequence[object]) -> str:
    return f"The newest {MOST_SHOWN} are shown." if len(rows) >= MOST_SHOWN else ""


# --- what it says -------------------------------------------------------------------------


def note_reading(id: int, *, user: str, now: datetime) -> None:
    """A member of the staff reads a payload: who, when, whose; never what."""
    trail.record(READ_PAYLOAD, KIND, [id], by=trail.By.staff(user), now=now)


def payload(one: EnrollmentEventNotification) -> list[Section]:
    """The body as it is signed and sent in every attempt, spread over lines."""
    body = content_body(one.content_id)
    if not body:
        return [Section(title="Payload", note="It has been erased.")]
    text = orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    return [Section(title="Payload", note=f"webhook-id: {webhook_id(one.pk)}", text=text)]
