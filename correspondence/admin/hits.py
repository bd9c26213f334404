"""Letters and attachments as lines of what a search found: where they stand, not what they say."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from correspondence import parties
from correspondence.models import Attachment, Correspondence, Event, Letter
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.back_office.searching.finders import Hit, Text
from notifications_platform.back_office.searching.words import shortened, when
from notifications_platform.core import clock

_S = CorrespondenceStatus
_LETTERS: dict[int, tuple[Text, str]] = {
    _S.Initialized: (_("Letter from {owner}, waits for its attachments"), "waiting"),
    _S.ReadyForPublish: (_("Letter from {owner}, to be published {publish}"), "waiting"),
    _S.Read: (_("Letter from {owner}, read {since}"), "good"),
    _S.Replied: (_("Letter from {owner}, answered {since}"), "good"),
    _S.Confirmed: (_("Letter from {owner}, confirmed {since}"), "good"),
    _S.Archived: (_("Letter from {owner}, archived {since}"), "good"),
    _S.Reserved: (
        _("Letter from {owner}, never published: its recipient has been reserved"),
        "note",
    ),
    _S.Failed: (_("Letter from {owner}, never published: it failed {since}"), "bad"),
    _S.PurgedByRecipient: (_("Letter from {owner}, deleted by its recipient {since}"), "note"),
    _S.PurgedByAltinn: (_("Letter from {owner}, deleted for its sender {since}"), "note"),
}
_READ = _("Letter from {owner}, published {published} and read")
_UNREAD = _("Letter from {owner}, published {published} and not read yet")
_OF_SEVERAL = _("Letter from {owner} to several recipients")
_TO = _("to {recipient}, {resource}")
_ATTACHMENTS: dict[int, tuple[Text, str]] = {
    AttachmentStatus.Initialized: (_("Attachment of {owner}, not uploaded yet"), "waiting"),
    AttachmentStatus.UploadProcessing: (_("Attachment of {owner}, being scanned"), "waiting"),
    AttachmentStatus.Published: (_("Attachment of {owner}, ready since {since}"), "good"),
    AttachmentStatus.Purged: (_("Attachment of {owner}, removed {since}"), "note"),
    AttachmentStatus.Failed: (_("Attachment of {owner}, failed {since}"), "bad"),
    AttachmentStatus.Expired: (_("Attachment of {owner}, expired {since}"), "note"),
}
_EVENT = _("Event {type} of {owner}, {when}")


def correspondence_hit(one: Correspondence, key: str) -> Hit:
    now = clock.now()
    words, tone = _LETTERS.get(one.status) or _with_recipient(one)
    return Hit(
        at=one.created_at,
        key=key,
        words=str(words).format(
            owner=one.letter.service_owner,
            since=when(one.status_changed, now=now),
            publish=when(one.publish_at or one.requested_publish_time, now=now),
            published=when(one.published, now=now) if one.published else "",
        ),
        detail=str(_TO).format(recipient=parties.shown(one.recipient), resource=one.resource_id),
        link=reverse("admin:correspondence_correspondence_change", args=[one.pk]),
        tone=tone,
    )


def _with_recipient(one: Correspondence) -> tuple[Text, str]:
    return (_READ, "good") if one.read else (_UNREAD, "waiting")


def letter_hit(letter: Letter, key: str) -> Hit:
    """Of a letter to several recipients, which has a page of its own."""
    return Hit(
        at=letter.created_at,
        key=key,
        words=str(_OF_SEVERAL).format(owner=letter.service_owner),
        detail=shortened(letter.senders_reference),
        link=reverse("admin:correspondence_letter_change", args=[letter.pk]),
    )


def attachment_hit(one: Attachment, key: str) -> Hit:
    words, tone = _ATTACHMENTS[one.status]
    since = when(one.status_changed, now=clock.now())
    return Hit(
        at=one.created_at,
        key=key,
        words=str(words).format(owner=one.service_owner, since=since),
        detail=one.resource_id,
        link=reverse("admin:correspondence_attachment_change", args=[one.pk]),
        tone=tone,
    )


def event_hit(event: Event, key: str) -> Hit:
    return Hit(
        at=event.time,
        key=key,
        words=str(_EVENT).format(
            type=event.type, owner=event.service_owner, when=when(event.time, now=clock.now())
        ),
        link=reverse("admin:correspondence_event_change", args=[event.pk]),
    )
