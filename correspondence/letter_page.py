"""What the back office's page of one recipient's letter shows: where it stands, its history,
attachments, notifications and events; and, on a page of its own, what it says.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse

from correspondence import parties
from correspondence.models import (
    Correspondence,
    Event,
    Letter,
    LetterAttachment,
    LetterNotification,
    StatusEntry,
)
from correspondence.states import (
    PURGED,
    UNPUBLISHED,
    AttachmentStatus,
    CorrespondenceStatus,
)
from notifications_platform.audit import trail
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.delivery.explain import Tone, oslo
from orders import in_house
from orders.in_house import Tally

MOST_SHOWN = 100
READ_CONTENT = "back_office.read_letter"
_S = CorrespondenceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields."""

    one: Correspondence
    now: datetime
    uses: Sequence[LetterAttachment]
    notifications: Sequence[LetterNotification]
    orders: Mapping[UUID, Tally]


def read(one: Correspondence, *, now: datetime) -> Page:
    uses = LetterAttachment.objects.filter(letter=one.letter_id).select_related("attachment")
    notifications = list(one.notifications.order_by("position")[:MOST_SHOWN])
    wanted = [row.order_id for row in notifications if row.order_id]
    return Page(
        one=one,
        now=now,
        uses=list(uses.order_by("position")[:MOST_SHOWN]),
        notifications=notifications,
        orders=in_house.tallies(wanted),
    )


# --- where it stands ----------------------------------------------------------------------


def standing(page: Page) -> Section:
    return Section(title="Where does it stand?", lines=list(_standing(page)))


def _standing(page: Page) -> Iterator[Line]:
    one = page.one
    if one.status in PURGED:
        whose = "recipient" if one.status == _S.PurgedByRecipient else "sender, or for it"
        yield _line(Tone.NOTE, f"It was deleted by its {whose}, at {oslo(one.status_changed)}.")
    elif one.status == _S.Reserved:
        yield _line(
            Tone.NOTE,
            "Its recipient has been reserved against digital letters: it is never published, and "
            "nobody is told of it.",
        )
    elif one.status == _S.Failed:
        yield _line(Tone.BAD, f"It will never be published. {one.status_text}.")
    elif one.status in UNPUBLISHED:
        yield _waiting(page)
    else:
        yield from _with_recipient(page)


def _waiting(page: Page) -> Line:
    one = page.one
    outstanding = sum(
        use.attachment.status != AttachmentStatus.Published.value for use in page.uses
    )
    if outstanding:
        return _line(
            Tone.WAITING, f"It waits for {outstanding} of its attachments to be published."
        )
    at = one.publish_at or one.requested_publish_time
    if at > page.now:
        return _line(Tone.WAITING, f"It is published at {oslo(at)}.")
    return _line(
        Tone.WAITING,
        f"It is due for publication since {oslo(at)}; if that lasts, no worker runs or a register "
        "does not answer.",
    )


def _with_recipient(page: Page) -> Iterator[Line]:
    one = page.one
    if one.read:
        yield _line(Tone.GOOD, f"Its recipient read it at {oslo(one.read)}.")
    else:
        yield _line(Tone.WAITING, "It is published; its recipient has not read it.")
    due = one.letter.due_date_time
    if not one.letter.is_confirmation_needed or due is None:
        return
    if one.has_been(_S.Confirmed):
        yield _line(Tone.GOOD, "Its recipient has confirmed it.")
    elif due > page.now:
        yield _line(Tone.WAITING, f"It is to be confirmed by {oslo(due)}.")
    else:
        yield _line(Tone.BAD, f"It was to be confirmed by {oslo(due)}, and was not.")


def _line(tone: Tone, text: str) -> Line:
    return Line(text=text, tone=tone)


# --- sections -----------------------------------------------------------------------------


def sections(page: Page) -> list[Section]:
    return [
        _history(page.one),
        _attachments(page.uses),
        _notifications(page),
        _events(page),
        history("correspondence", page.one.id),
    ]


def _history(one: Correspondence) -> Section:
    """Oldest first. Of a long one the end."""
    newest = list(StatusEntry.objects.filter(correspondence=one).order_by("-id")[:MOST_SHOWN])
    return Section(
        title="What happened to it",
        note=_newest(newest),
        link=f"{reverse('admin:correspondence_statusentry_changelist')}?correspondence_id={one.id}",
        link_label="All of it",
        headers=("At", "Status", "Text", "By"),
        rows=[
            (entry.at, *said(_S(entry.status).name, entry.text), parties.shown(entry.party))
            for entry in reversed(newest)
        ],
    )


def said(status: str, text: str) -> tuple[str, str]:
    """A status and its text, which is often the same word."""
    return (status, "" if text == status else text)


def _attachments(uses: Sequence[LetterAttachment]) -> Section:
    return Section(
        title="Attachments",
        headers=("Attachment", "File", "Bytes", "Status", "Which means", "Since", "Expires"),
        rows=[
            (
                link_to("attachment", use.attachment_id),
                use.attachment.file_name,
                use.attachment.size,
                *said(AttachmentStatus(use.attachment.status).name, use.attachment.status_text),
                use.attachment.status_changed,
                use.expiration_time or "never",
            )
            for use in uses
        ],
    )


def _notifications(page: Page) -> Section:
    return Section(
        title="Notifications",
        note=_newest(page.notifications),
        headers=("Order", "Kind", "When asked for", "Status now", "Not before", "Sent"),
        rows=[
            (
                link_to("order", row.order_id) if row.order_id else "none was made",
                f"{'reminder' if row.is_reminder else 'main'}{', custom' if row.is_custom else ''}",
                row.result,
                *_order(page.orders.get(row.order_id) if row.order_id else None),
            )
            for row in page.notifications
        ],
    )


def _order(order: Tally | None) -> tuple[object, object, object]:
    if order is None:
        return ("", "", "")
    status = f"{order.status}, withdrawn" if order.is_withdrawn else str(order.status)
    sent = f"{order.succeeded} of {order.made}" if order.made else ""
    return (status, order.requested_send_time, sent)


def _events(page: Page) -> Section:
    """Of the letter and of its orders, newest first."""
    instances = [page.one.id, *(row.order_id for row in page.notifications if row.order_id)]
    events = list(
        Event.objects.filter(resource_instance__in=instances).order_by("-id")[:MOST_SHOWN]
    )
    changelist = reverse("admin:correspondence_event_changelist")
    return Section(
        title="Events",
        note=_newest(events),
        link=f"{changelist}?resource_instance={page.one.id}",
        link_label="All events of this letter",
        headers=("At", "Event", "Type", "About", "To", "Sent on"),
        rows=[
            (
                event.time,
                link_to("correspondence_event", event.id),
                event.type,
                event.about,
                parties.shown(event.subject),
                "yes" if event.queued else "no endpoint",
            )
            for event in events
        ],
    )


def recipients(letter: Letter) -> Section:
    """Everybody whom this letter went to, as far as one page goes."""
    rows = letter.correspondences.order_by("position").only("recipient", "status", "status_changed")
    return Section(
        title="Recipients",
        note=f"The first {MOST_SHOWN} are shown."
        if len(rows[: MOST_SHOWN + 1]) > MOST_SHOWN
        else "",
        headers=("Letter", "To", "Status", "Since"),
        rows=[
            (
                link_to("correspondence", one.id),
                parties.shown(one.recipient),
                _S(one.status).name,
                one.status_changed,
            )
            for one in rows[:MOST_SHOWN]
        ],
    )


def _newest(rows: Sequence[object]) -> str:
    return f"The newest {MOST_SHOWN} are shown." if len(rows) >= MOST_SHOWN else ""


# --- what it says -------------------------------------------------------------------------


def note_reading(id: UUID, *, user: str, now: datetime) -> None:
    """A member of the staff reads a letter: who, when, whose; never what."""
    trail.record(READ_CONTENT, "correspondence", [id], by=trail.By.staff(user), now=now)


def content(id: UUID) -> list[Section]:
    """The recipient in full, and its texts as it has them."""
    one = Correspondence.objects.select_related("letter").get(pk=id)
    to = Section(title="To", headers=("Name", "Party"), rows=[(one.recipient_name, one.recipient)])
    if one.erased_at:
        return [to, Section(title="Content", note="It has been erased.")]
    letter = one.letter
    return [
        to,
        Section(title="Title", text=letter.title if one.own_title is None else one.own_title),
        Section(
            title="Summary", text=letter.summary if one.own_summary is None else one.own_summary
        ),
        Section(title="Body", text=letter.body if one.own_body is None else one.own_body),
    ]
