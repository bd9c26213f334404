"""What the back office's page of one recipient's letter shows: whether it arrived, its story,
attachments, notifications and events; and, on a page of its own, what it says.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from correspondence import letter_story, parties
from correspondence.letter_story import Page
from correspondence.models import Correspondence, Event, Letter, LetterAttachment
from correspondence.states import (
    PURGED,
    UNPUBLISHED,
    AttachmentStatus,
    CorrespondenceStatus,
)
from notifications_platform.audit import trail
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import headline
from notifications_platform.delivery.explain import Tone, oslo
from orders.in_house import Tally

MOST_SHOWN = 100
READ_CONTENT = "back_office.read_letter"
_S = CorrespondenceStatus

# --- where it stands ----------------------------------------------------------------------


def findings(page: Page) -> list[Section]:
    """Did its recipient get it, and if not, why; what else holds; and its story."""
    missing = sum(use.attachment.status != AttachmentStatus.Published.value for use in page.uses)
    lines = [*_standing(page.one, missing, page.now), *_of_notifications(page)]
    return [headline(_("Did its recipient get it?"), lines), letter_story.of_letter(page)]


def headlines(rows: Collection[Correspondence], *, now: datetime) -> dict[UUID, Line]:
    """Of each in one sentence, `letter` loaded. One statement, however many."""
    waiting = {one.letter_id for one in rows if one.status in UNPUBLISHED}
    missing = _missing(waiting) if waiting else {}
    return {one.id: next(_standing(one, missing.get(one.letter_id, 0), now)) for one in rows}


def _missing(letter_ids: Collection[UUID]) -> Mapping[UUID, int]:
    """How many attachments of each letter are not published."""
    uses = LetterAttachment.objects.filter(letter__in=letter_ids)
    outstanding = uses.exclude(attachment__status=AttachmentStatus.Published.value)
    counted = outstanding.values("letter").annotate(number=Count("pk"))
    return dict(counted.values_list("letter", "number"))


def _standing(one: Correspondence, missing: int, now: datetime) -> Iterator[Line]:
    changed = oslo(one.status_changed)
    if one.status == _S.PurgedByRecipient:
        yield _line(Tone.NOTE, _("It was deleted by its recipient, at {at}.").format(at=changed))
    elif one.status in PURGED:
        said = _("It was deleted by its sender, or for it, at {at}.")
        yield _line(Tone.NOTE, said.format(at=changed))
    elif one.status == _S.Reserved:
        yield _line(
            Tone.BAD,
            _(
                "Not sent: its recipient has been reserved against digital letters. It is never "
                "published, and nobody is told of it."
            ),
            step=_("The sender has to reach the recipient in another way."),
        )
    elif one.status == _S.Failed:
        yield _line(
            Tone.BAD,
            _("It will never be published. {cause}.").format(cause=one.status_text),
            step=_("The sender has to send it anew."),
        )
    elif one.status in UNPUBLISHED:
        yield _waiting(one, missing, now)
    else:
        yield from _with_recipient(one, now)


def _waiting(one: Correspondence, missing: int, now: datetime) -> Line:
    if missing:
        said = ngettext(
            "It waits for {number} of its attachments to be published.",
            "It waits for {number} of its attachments to be published.",
            missing,
        )
        return _line(Tone.WAITING, said.format(number=missing))
    at = one.publish_at or one.requested_publish_time
    if at > now:
        return _line(Tone.WAITING, _("It is published at {at}.").format(at=oslo(at)))
    return _line(
        Tone.WAITING,
        _("It is due for publication since {at}.").format(at=oslo(at)),
        step=_("If that lasts, no worker runs, or a register does not answer."),
    )


def _with_recipient(one: Correspondence, now: datetime) -> Iterator[Line]:
    if one.read:
        said = _("Its recipient read it at {at}.").format(at=oslo(one.read))
        yield _line(Tone.GOOD, said)
    else:
        yield _line(Tone.WAITING, _("It is published; its recipient has not read it."))
    due = one.letter.due_date_time
    if not one.letter.is_confirmation_needed or due is None:
        return
    if one.has_been(_S.Confirmed):
        yield _line(Tone.GOOD, _("Its recipient has confirmed it."))
    elif due > now:
        yield _line(Tone.WAITING, _("It is to be confirmed by {at}.").format(at=oslo(due)))
    else:
        said = _("It was to be confirmed by {at}, and was not.").format(at=oslo(due))
        yield _line(Tone.BAD, said)


def _of_notifications(page: Page) -> Iterator[Line]:
    """Whether anybody could be told of a letter that lies there."""
    if page.one.status in UNPUBLISHED or page.one.status in PURGED or page.one.read:
        return
    ended = [order for order in page.orders.values() if order.is_completed]
    if ended and not any(order.succeeded for order in ended):
        yield _line(
            Tone.BAD,
            _("No notification of it has gone out."),
            step=_("Its story below says why."),
        )


def _line(tone: Tone, text: str, *, step: str = "") -> Line:
    return Line(text=text, tone=tone, step=step)


# --- sections -----------------------------------------------------------------------------


def sections(page: Page) -> list[Section]:
    return [
        _attachments(page.uses),
        _notifications(page),
        _events(page),
        history("correspondence", page.one.id),
    ]


def said(status: str, text: str) -> tuple[str, str]:
    """A status and its text, which is often the same word."""
    return (status, "" if text == status else text)


def _attachments(uses: Sequence[LetterAttachment]) -> Section:
    return Section(
        title=_("Attachments"),
        headers=(
            _("Attachment"),
            _("File"),
            _("Bytes"),
            _("Status"),
            _("Which means"),
            _("Since"),
            _("Expires"),
        ),
        rows=[
            (
                link_to("attachment", use.attachment_id),
                use.attachment.file_name,
                use.attachment.size,
                *said(AttachmentStatus(use.attachment.status).name, use.attachment.status_text),
                use.attachment.status_changed,
                use.expiration_time or _("never"),
            )
            for use in uses
        ],
    )


_KINDS = {
    (False, False): gettext_lazy("main"),
    (False, True): gettext_lazy("main, custom"),
    (True, False): gettext_lazy("reminder"),
    (True, True): gettext_lazy("reminder, custom"),
}


def _notifications(page: Page) -> Section:
    return Section(
        title=_("Notifications"),
        note=_newest(page.notifications),
        headers=(
            _("Order"),
            _("Kind"),
            _("When asked for"),
            _("Status now"),
            _("Not before"),
            _("Sent"),
        ),
        rows=[
            (
                link_to("order", row.order_id) if row.order_id else _("none was made"),
                _KINDS[row.is_reminder, row.is_custom],
                row.result,
                *_order(page.orders.get(row.order_id) if row.order_id else None),
            )
            for row in page.notifications
        ],
    )


def _order(order: Tally | None) -> tuple[object, object, object]:
    if order is None:
        return ("", "", "")
    withdrawn = _("{status}, withdrawn").format(status=order.status)
    sent = _("{out} of {made}").format(out=order.succeeded, made=order.made)
    return (
        withdrawn if order.is_withdrawn else str(order.status),
        order.requested_send_time,
        sent if order.made else "",
    )


def _events(page: Page) -> Section:
    """Of the letter and of its orders, newest first."""
    instances = [page.one.id, *(row.order_id for row in page.notifications if row.order_id)]
    events = list(
        Event.objects.filter(resource_instance__in=instances).order_by("-id")[:MOST_SHOWN]
    )
    changelist = reverse("admin:correspondence_event_changelist")
    return Section(
        title=_("Events"),
        note=_newest(events),
        link=f"{changelist}?resource_instance={page.one.id}",
        link_label=_("All events of this letter"),
        headers=(_("At"), _("Event"), _("Type"), _("About"), _("To"), _("Sent on")),
        rows=[
            (
                event.time,
                link_to("correspondence_event", event.id),
                event.type,
                event.about,
                parties.shown(event.subject),
                _("yes") if event.queued else _("no endpoint"),
            )
            for event in events
        ],
    )


def recipients(letter: Letter) -> Section:
    """Everybody whom this letter went to, as far as one page goes."""
    rows = letter.correspondences.order_by("position").only("recipient", "status", "status_changed")
    return Section(
        title=_("Recipients"),
        note=_("The first {number} are shown.").format(number=MOST_SHOWN)
        if len(rows[: MOST_SHOWN + 1]) > MOST_SHOWN
        else "",
        headers=(_("Letter"), _("To"), _("Status"), _("Since")),
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
    note = _("The newest {number} are shown.").format(number=MOST_SHOWN)
    return note if len(rows) >= MOST_SHOWN else ""


# --- what it says -------------------------------------------------------------------------


def note_reading(id: UUID, *, user: str, now: datetime) -> None:
    """A member of the staff reads a letter: who, when, whose; never what."""
    trail.record(READ_CONTENT, "correspondence", [id], by=trail.By.staff(user), now=now)


def content(id: UUID) -> list[Section]:
    """The recipient in full, and its texts as it has them."""
    one = Correspondence.objects.select_related("letter").get(pk=id)
    to = Section(
        title=_("To"),
        headers=(_("Name"), _("Party")),
        rows=[(one.recipient_name, one.recipient)],
    )
    if one.erased_at:
        return [to, Section(title=_("Content"), note=_("It has been erased."))]
    letter = one.letter
    return [
        to,
        Section(title=_("Title"), text=letter.title if one.own_title is None else one.own_title),
        Section(
            title=_("Summary"), text=letter.summary if one.own_summary is None else one.own_summary
        ),
        Section(title=_("Body"), text=letter.body if one.own_body is None else one.own_body),
    ]
