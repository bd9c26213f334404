"""How long attachments are kept (correspondence contract 5.4).

How many days is said of the attachment, so that all of its uses have an end or none has.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Subquery, Value
from django.db.models.functions import Greatest

from correspondence.models import Attachment, Correspondence, Letter, LetterAttachment


def extend(ids: Collection[UUID], *, publish_time: datetime) -> None:
    """These (locked) attachments have one more use, of a letter that is published then. The
    other uses are not looked at: there may be any number.
    """
    end = ExpressionWrapper(
        Value(publish_time) + F("expiration_in_days") * Value(timedelta(days=1)),
        output_field=DateTimeField(),
    )
    Attachment.objects.filter(pk__in=ids, expiration_in_days__isnull=False).update(
        expires_at=Greatest("expires_at", end)
    )


def shorten(ids: Collection[UUID], *, without: Letter) -> None:
    """These (locked) attachments have lost a use, in a letter that is purged: those that would
    have expired with it do so with the last of the others that are not purged.
    """
    lost = LetterAttachment.objects.filter(letter=without, attachment=OuterRef("pk"))
    live = Correspondence.objects.filter(letter=OuterRef("letter"), erased_at__isnull=True)
    others = LetterAttachment.objects.filter(Exists(live), attachment=OuterRef("pk"))
    last = others.order_by("-expiration_time").values("expiration_time")[:1]
    Attachment.objects.filter(
        pk__in=ids, expires_at__lte=Subquery(lost.values("expiration_time"))
    ).update(expires_at=Subquery(last))
