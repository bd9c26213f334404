"""The story of one recipient's letter, from whom it was asked for by to what its recipient did; and
what a letter adds to the stories of its orders and of the webhooks about it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence import parties
from correspondence.models import (
    AttachmentStatusEntry,
    Correspondence,
    Event,
    LetterAttachment,
    LetterNotification,
    StatusEntry,
)
from correspondence.states import (
    PURGED,
    UNPUBLISHED,
    AttachmentStatus,
    CorrespondenceStatus,
    NotificationResult,
)
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.sections import page_of
from notifications_platform.back_office.timeline import Moment, Timeline, timeline
from notifications_platform.delivery.explain import Tone, oslo, told
from notifications_platform.delivery.models import Message
from orders import in_house, story
from orders.in_house import Tally
from orders.states import OrderStatus

MOST_SHOWN = 100
_SIBLINGS_SHOWN = 10
_S = CorrespondenceStatus
_A = AttachmentStatus
# The statuses as the contract names them, and what they mean.
WORDS: Mapping[_S, tuple[Tone, Promise]] = {
    _S.Initialized: (Tone.NOTE, gettext_lazy("Initialized: the letter was asked for")),
    _S.ReadyForPublish: (Tone.NOTE, gettext_lazy("ReadyForPublish: it has all it needs")),
    _S.Published: (Tone.GOOD, gettext_lazy("Published: its recipient can see it")),
    _S.Fetched: (Tone.GOOD, gettext_lazy("Fetched: its recipient looked at it")),
    _S.Read: (Tone.GOOD, gettext_lazy("Read: its recipient opened it")),
    _S.Replied: (Tone.GOOD, gettext_lazy("Replied: its recipient answered")),
    _S.Confirmed: (Tone.GOOD, gettext_lazy("Confirmed: its recipient confirmed it")),
    _S.PurgedByRecipient: (
        Tone.NOTE,
        gettext_lazy("PurgedByRecipient: its recipient deleted it for good"),
    ),
    _S.PurgedByAltinn: (Tone.NOTE, gettext_lazy("PurgedByAltinn: it was deleted for good")),
    _S.Archived: (Tone.GOOD, gettext_lazy("Archived: its recipient put it away")),
    _S.Reserved: (Tone.BAD, gettext_lazy("Reserved: its recipient wants no digital letters")),
    _S.Failed: (Tone.BAD, gettext_lazy("Failed: it will never be published")),
    _S.AttachmentsDownloaded: (
        Tone.GOOD,
        gettext_lazy("AttachmentsDownloaded: its recipient fetched an attachment"),
    ),
    _S.Forwarded: (Tone.NOTE, gettext_lazy("Forwarded: its recipient passed it on")),
}
_ATTACHMENT_TONES = {_A.Failed: Tone.BAD, _A.Published: Tone.GOOD, _A.Expired: Tone.WAITING}
_RESULTS: Mapping[str, Promise] = {
    NotificationResult.Success: gettext_lazy("When it was ordered, a contact point was known."),
    NotificationResult.MissingContact: gettext_lazy(
        "When it was ordered, no contact point was known."
    ),
    NotificationResult.Failure: gettext_lazy("It could not be ordered."),
}
_UNSENT: Mapping[str, Promise] = {
    OrderStatus.CANCELLED: gettext_lazy("Its order was withdrawn before anything was sent."),
    OrderStatus.SEND_CONDITION_NOT_MET: gettext_lazy(
        "It was not sent: when its time came, the letter no longer asked for it."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is read once for the findings above and the sections below the fields. `said`: the
    messages of each order.
    """

    one: Correspondence
    now: datetime
    uses: Sequence[LetterAttachment]
    notifications: Sequence[LetterNotification]
    orders: Mapping[UUID, Tally]
    said: Mapping[UUID, Sequence[Moment]]


def read(one: Correspondence, *, now: datetime, real: datetime) -> Page:
    uses = LetterAttachment.objects.filter(letter=one.letter_id).select_related("attachment")
    notifications = list(one.notifications.order_by("position")[:MOST_SHOWN])
    wanted = [row.order_id for row in notifications if row.order_id]
    return Page(
        one=one,
        now=now,
        uses=list(uses.order_by("position")[:MOST_SHOWN]),
        notifications=notifications,
        orders=in_house.tallies(wanted),
        said=story.of_orders(wanted, now=now, real=real),
    )


def of_letter(page: Page) -> Timeline:
    """Of a long history the newest part."""
    one = page.one
    entries = StatusEntry.objects.filter(correspondence=one).order_by("-id")
    newest = list(entries[: MOST_SHOWN + 1])
    cut = len(newest) > MOST_SHOWN
    return timeline(
        _("What happened to it"),
        [
            *_statuses(one, newest[:MOST_SHOWN][::-1]),
            *_attachments(page.uses),
            *(_notification(page, row) for row in page.notifications),
            *_due(page),
            *_publication(page),
        ],
        note=_("Of its statuses the newest {number}.").format(number=MOST_SHOWN) if cut else "",
        link=f"{reverse('admin:correspondence_statusentry_changelist')}?correspondence_id={one.id}",
        link_label=_("All its statuses"),
    )


# --- what became of it --------------------------------------------------------------------


def _statuses(one: Correspondence, entries: Sequence[StatusEntry]) -> Iterator[Moment]:
    if not entries or entries[0].status != _S.Initialized.value:
        yield _initialized(one)
    purge = _purge(one)
    for entry in entries:
        status = _S(entry.status)
        if status is _S.Initialized:
            yield _initialized(one)
            continue
        tone, words = WORDS[status]
        by_staff = purge if status in PURGED and not entry.party else None
        yield Moment(
            at=entry.at,
            what=words,
            who=by_staff.actor if by_staff else parties.shown(entry.party),
            tone=tone,
            detail=by_staff.reason if by_staff else _beyond(status, entry.text),
        )


def _initialized(one: Correspondence, *, link: str = "") -> Moment:
    letter = one.letter
    called = letter.correlation_id
    return Moment(
        at=one.created_at,
        what=WORDS[_S.Initialized][1],
        who=letter.client,
        link=link,
        detail=told(
            _("It was to be published at {at}.").format(at=oslo(one.requested_publish_time))
            if one.requested_publish_time > one.created_at
            else "",
            called and _("Correlation id: {id}.").format(id=called),
        ),
    )


def _beyond(status: _S, text: str) -> str:
    """What a status says besides its own name."""
    return "" if text == status.name else text


def _purge(one: Correspondence) -> Entry | None:
    if one.status not in PURGED:
        return None
    about = Entry.objects.filter(
        subject_kind="correspondence", subject_id=str(one.id), action="correspondence.purge"
    )
    return about.order_by("-id").first()


def _attachments(uses: Sequence[LetterAttachment]) -> Iterator[Moment]:
    names = {use.attachment_id: use.attachment.file_name for use in uses}
    entries = AttachmentStatusEntry.objects.filter(attachment__in=names).order_by("-id")
    for entry in reversed(entries[:MOST_SHOWN]) if names else ():
        status = AttachmentStatus(entry.status)
        yield Moment(
            at=entry.at,
            what=_("Attachment {name}: {status}").format(
                name=names[entry.attachment_id], status=status.name
            ),
            tone=_ATTACHMENT_TONES.get(status, Tone.NOTE),
            link=page_of("attachment", entry.attachment_id),
            detail="" if entry.text == status.name else entry.text,
        )


# --- who was told of it -------------------------------------------------------------------


def _notification(page: Page, row: LetterNotification) -> Moment:
    order = page.orders.get(row.order_id) if row.order_id else None
    if order is None or row.order_id is None:
        return Moment(
            at=page.one.created_at,
            what=_NO_REMINDER if row.is_reminder else _NO_NOTIFICATION,
            tone=Tone.BAD,
            detail=_RESULTS.get(row.result, row.result),
        )
    waits = order.status in {OrderStatus.REGISTERED, OrderStatus.PROCESSING}
    is_told, was_told, was_not_told = _TOLD[row.is_reminder, row.is_custom]
    ended = was_told if order.succeeded else was_not_told
    return Moment(
        at=None if waits and page.one.status in UNPUBLISHED else order.requested_send_time,
        what=is_told if waits or (order.made and not order.is_completed) else ended,
        tone=_tone(order),
        link=page_of("order", row.order_id),
        planned=waits,
        detail=told(
            _RESULTS.get(row.result),
            _UNSENT.get(order.status),
            waits and row.is_reminder and _("It is sent if it is still called for then."),
            order.made and _out(order),
        ),
        below=page.said.get(row.order_id, ()),
    )


# By whether it is a reminder, and for somebody else than the recipient.
_TOLD: Mapping[tuple[bool, bool], tuple[Promise, Promise, Promise]] = {
    (False, False): (
        gettext_lazy("Its recipient is told of it"),
        gettext_lazy("Its recipient was told of it"),
        gettext_lazy("Its recipient was not told of it"),
    ),
    (False, True): (
        gettext_lazy("Somebody else is told of it"),
        gettext_lazy("Somebody else was told of it"),
        gettext_lazy("Somebody else was not told of it"),
    ),
    (True, False): (
        gettext_lazy("Its recipient is reminded"),
        gettext_lazy("Its recipient was reminded"),
        gettext_lazy("Its recipient was not reminded"),
    ),
    (True, True): (
        gettext_lazy("Somebody else is reminded"),
        gettext_lazy("Somebody else was reminded"),
        gettext_lazy("Somebody else was not reminded"),
    ),
}
_NO_NOTIFICATION = gettext_lazy("No notification was ordered")
_NO_REMINDER = gettext_lazy("No reminder was ordered")


def _out(order: Tally) -> str:
    return _("{out} of {made} messages went out.").format(out=order.succeeded, made=order.made)


def _tone(order: Tally) -> Tone:
    if order.status in {OrderStatus.REGISTERED, OrderStatus.PROCESSING}:
        return Tone.WAITING
    if not order.made:
        return Tone.NOTE
    if order.succeeded == order.made:
        return Tone.GOOD
    return Tone.BAD if order.is_completed else Tone.WAITING


# --- what is to come ----------------------------------------------------------------------


def _publication(page: Page) -> Iterator[Moment]:
    at = page.one.publish_at or page.one.requested_publish_time
    if page.one.status in {_S.Initialized, _S.ReadyForPublish}:
        waits = page.one.publish_at is None
        yield Moment(
            at=None if waits else at,
            what=_("It is published"),
            tone=Tone.WAITING,
            planned=True,
            detail=_("As soon as its attachments are there.") if waits else "",
        )


def _due(page: Page) -> Iterator[Moment]:
    one, due = page.one, page.one.letter.due_date_time
    if due is None or one.status in PURGED:
        return
    confirm = one.letter.is_confirmation_needed
    done = one.has_been(_S.Confirmed) if confirm else one.has_been(_S.Read)
    if due > page.now:
        what = (
            _("Until then it is to be confirmed") if confirm else _("Until then it is to be read")
        )
        yield Moment(at=due, what=what, planned=True)
    elif not done and one.has_been(_S.Published):
        what = _("It should have been confirmed") if confirm else _("It should have been read")
        yield Moment(at=due, what=what, tone=Tone.BAD)


# --- for the stories of others ------------------------------------------------------------


def of_order(order_id: UUID, _subject: str) -> Iterator[Moment]:
    """For the story of an order: the letter, and the other orders of it."""
    rows = LetterNotification.objects.filter(order_id=order_id)
    found = rows.values_list("correspondence_id", flat=True).first()
    if found is None:
        return
    one = _plain(found)
    page = page_of("correspondence", one.id)
    yield _initialized(one, link=page)
    if one.published:
        yield Moment(at=one.published, what=WORDS[_S.Published][1], tone=Tone.GOOD, link=page)
    if one.read:
        yield Moment(at=one.read, what=WORDS[_S.Read][1], tone=Tone.GOOD, link=page)
    siblings = one.notifications.exclude(order_id=order_id).exclude(order_id=None)
    for row in siblings.order_by("position")[:_SIBLINGS_SHOWN]:
        yield Moment(
            at=one.created_at,
            what=_("A reminder of the letter was ordered")
            if row.is_reminder
            else _("It was ordered for others, too"),
            link=page_of("order", row.order_id),
        )


def of_event(message: Message) -> Iterator[Moment]:
    """For the story of a webhook: what it tells of."""
    event = Event.objects.filter(pk=message.owner_id).first()
    if event is None:
        return
    kind = "order" if event.about == "notification" else event.about
    yield Moment(
        at=event.time,
        what=_("The event {type} happened").format(type=event.type),
        link=page_of("correspondence_event", event.id),
        below=[
            Moment(
                at=None,
                what=_("What it is about"),
                link=page_of(kind, event.resource_instance),
            )
        ],
    )


def _plain(id: UUID) -> Correspondence:
    """Without what the letter says."""
    rows = Correspondence.objects.select_related("letter").defer(*CONTENT)
    return rows.get(pk=id)


_TEXTS = ("title", "summary", "body")
CONTENT: Collection[str] = (
    *(f"own_{text}" for text in _TEXTS),
    *(f"letter__{text}" for text in _TEXTS),
    "letter__notification",
)
