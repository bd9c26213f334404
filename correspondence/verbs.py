"""What staff may do to letters and attachments: see back_office.verbs."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy, ngettext

from correspondence import attachments, letters, purging
from correspondence.models import Attachment, Correspondence, LetterAttachment
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.back_office.verbs import (
    Doing,
    Look,
    Prospect,
    Verb,
    one_by_one,
)


def _purge(one: Correspondence, doing: Doing) -> None:
    purging.purge_by_staff(one.id, user=doing.user, reason=doing.reason, now=doing.now)


def _what_goes(chosen: Sequence[Correspondence], _look: Look) -> str:
    """With the letters: what was ordered to tell of them, and files that hang on nothing else."""
    orders = len(letters.order_ids(chosen))
    files = LetterAttachment.objects.filter(letter__in={one.letter_id for one in chosen})
    number = files.values("attachment").distinct().count()
    told = ngettext(
        "{number} order that tells of them is withdrawn.",
        "{number} orders that tell of them are withdrawn.",
        orders,
    ).format(number=orders)
    kept = ngettext(
        "Of their {number} attachment, what no other letter uses is removed.",
        "Of their {number} attachments, those that no other letter uses are removed.",
        number,
    ).format(number=number)
    return " ".join([told, kept] if number else [told])


def _purge_attachment(one: Attachment, doing: Doing) -> None:
    attachments.purge_by_staff(one.id, user=doing.user, reason=doing.reason, now=doing.now)


def _purges(chosen: Sequence[Attachment], _look: Look) -> Sequence[Prospect]:
    used = attachments.used_among(chosen)
    return [
        Prospect(
            now=AttachmentStatus(one.status).name,
            then=AttachmentStatus.Purged.name,
            refusal=attachments.refusal_to_purge(one, used=one.pk in used),
        )
        for one in chosen
    ]


LETTER_VERBS = (
    Verb(
        name="purge",
        label=gettext_lazy("Delete for good"),
        done=lambda number: ngettext(
            "{number} letter deleted.", "{number} letters deleted.", number
        ).format(number=number),
        icon="delete_forever",
        warning=gettext_lazy(
            "For the sender, as its sender could: only before it is published. The content is "
            "erased, its notifications are not sent, and attachments that no other letter uses are "
            "removed. Nothing brings any of it back."
        ),
        act=_purge,
        foresee=one_by_one(
            state=lambda one: CorrespondenceStatus(one.status).name,
            becomes=CorrespondenceStatus.PurgedByAltinn.name,
            refusal=lambda one, _look: purging.refusal_to_staff(one),
        ),
        along=_what_goes,
        permission="delete",
    ),
)
ATTACHMENT_VERBS = (
    Verb(
        name="purge",
        label=gettext_lazy("Delete for good"),
        done=lambda number: ngettext(
            "{number} attachment deleted.", "{number} attachments deleted.", number
        ).format(number=number),
        icon="delete_forever",
        warning=gettext_lazy(
            "For the sender, as its sender could: only one that no letter has. Its bytes are "
            "removed, what is known about it stays. Nothing brings it back."
        ),
        act=_purge_attachment,
        foresee=_purges,
        permission="delete",
    ),
)
