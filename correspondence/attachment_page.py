"""What the back office's page of one attachment shows below its fields."""

from django.utils.translation import gettext as _

from correspondence.models import Attachment, AttachmentStatusEntry, Event, LetterAttachment
from correspondence.states import AttachmentStatus
from notifications_platform.back_office.sections import Section, history, link_to

MOST_SHOWN = 100


def sections(attachment: Attachment) -> list[Section]:
    return [
        _history(attachment),
        _uses(attachment),
        _events(attachment),
        history("attachment", attachment.id),
    ]


def _history(attachment: Attachment) -> Section:
    """Oldest first, what the scan said included."""
    entries = AttachmentStatusEntry.objects.filter(attachment=attachment).order_by("id")
    return Section(
        title=_("What happened to it"),
        headers=(_("At"), _("Status"), _("Text")),
        rows=[
            (entry.at, AttachmentStatus(entry.status).name, entry.text)
            for entry in entries[:MOST_SHOWN]
        ],
    )


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
