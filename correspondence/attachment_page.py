"""What the back office's page of one attachment shows: whether it can be fetched, its story, and
the letters that have it.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from correspondence.letter_page import said
from correspondence.models import Attachment, AttachmentStatusEntry, Event, LetterAttachment
from correspondence.states import AttachmentStatus
from notifications_platform.audit.models import Actor, Entry
from notifications_platform.back_office.looking import VIEW
from notifications_platform.back_office.sections import Line, Section, history, link_to
from notifications_platform.back_office.timeline import Moment, Timeline, headline, timeline
from notifications_platform.delivery.explain import oslo

MOST_SHOWN = 100
_S = AttachmentStatus
_TONES = {_S.Published: "good", _S.Failed: "bad"}
# The statuses as the contract names them, and what they mean.
WORDS: Mapping[_S, Promise] = {
    _S.Initialized: gettext_lazy("Initialized: it was announced"),
    _S.UploadProcessing: gettext_lazy("UploadProcessing: its bytes are coming or looked through"),
    _S.Published: gettext_lazy("Published: it can be fetched"),
    _S.Purged: gettext_lazy("Purged: it was deleted"),
    _S.Failed: gettext_lazy("Failed: it cannot be fetched"),
    _S.Expired: gettext_lazy("Expired: its time was over"),
}


def findings(attachment: Attachment) -> list[Section]:
    """Can it be fetched, and if not, why; and its story."""
    return [headline(_("Can it be fetched?"), [line(attachment)]), _story(attachment)]


def sections(attachment: Attachment) -> list[Section]:
    return [
        _uses(attachment),
        _events(attachment),
        history("attachment", attachment.id),
    ]


def line(attachment: Attachment) -> Line:
    """In one sentence."""
    at = oslo(attachment.status_changed)
    match attachment.status:
        case _S.Published:
            return Line(tone="good", text=_("It can be fetched since {at}.").format(at=at))
        case _S.Initialized:
            return Line(
                tone="waiting",
                text=_("Its bytes have not come yet; they are awaited since {at}.").format(at=at),
                step=_("Its sender has to upload it."),
            )
        case _S.UploadProcessing:
            text = _("It is being uploaded, or looked through for malware, since {at}.")
            return Line(tone="waiting", text=text.format(at=at))
        case _S.Failed:
            text = _("It cannot be fetched: {cause}, at {at}.")
            return Line(
                tone="bad",
                text=text.format(cause=attachment.status_text, at=at),
                step=_("Its sender has to initialize another one."),
            )
        case _S.Expired:
            return Line(tone="note", text=_("Its time was over at {at}.").format(at=at))
        case _:
            return Line(tone="note", text=_("It was deleted at {at}.").format(at=at))


def _story(attachment: Attachment) -> Timeline:
    """What the scan said included."""
    entries = AttachmentStatusEntry.objects.filter(attachment=attachment).order_by("id")
    purge = _purge_by_staff(attachment)
    moments = [
        Moment(
            at=entry.at,
            what=WORDS[_S(entry.status)],
            tone=_TONES.get(_S(entry.status), "note"),
            who=purge.actor if purge and entry.status == _S.Purged else "",
            detail=purge.reason
            if purge and entry.status == _S.Purged
            else said(_S(entry.status).name, entry.text)[1],
        )
        for entry in entries[:MOST_SHOWN]
    ]
    if attachment.expires_at:
        over = Moment(at=attachment.expires_at, what=_("Its time is over"), planned=True)
        moments.append(over)
    return timeline(_("What happened to it"), moments)


def _purge_by_staff(attachment: Attachment) -> Entry | None:
    if attachment.status != _S.Purged:
        return None
    entries = Entry.objects.filter(
        subject_kind="attachment", subject_id=str(attachment.id), actor_kind=Actor.STAFF
    )
    return entries.exclude(action=VIEW).order_by("-id").first()


def _uses(attachment: Attachment) -> Section:
    uses = LetterAttachment.objects.filter(attachment=attachment).select_related("letter")
    shown = list(
        uses.order_by("-pk").only("expiration_time", "letter__created_at")[: MOST_SHOWN + 1]
    )
    return Section(
        title=_("Letters that have it"),
        note=_("The newest {number} are shown.").format(number=MOST_SHOWN)
        if len(shown) > MOST_SHOWN
        else "",
        headers=(_("All recipients"), _("Made"), _("Expires there")),
        rows=[
            (
                link_to("letter", use.letter_id),
                use.letter.created_at,
                use.expiration_time or _("never"),
            )
            for use in shown[:MOST_SHOWN]
        ],
    )


def _events(attachment: Attachment) -> Section:
    events = Event.objects.filter(resource_instance=attachment.id).order_by("-id")
    return Section(
        title=_("Events"),
        headers=(_("At"), _("Event"), _("Type"), _("Sent on")),
        rows=[
            (
                event.time,
                link_to("correspondence_event", event.id),
                event.type,
                _("yes") if event.queued else _("no endpoint"),
            )
            for event in events[:MOST_SHOWN]
        ],
    )
