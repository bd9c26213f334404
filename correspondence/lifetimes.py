"""How long attachments are kept (correspondence contract 5.4)."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Subquery, When

from correspondence.models import Attachment, Correspondence, LetterAttachment


def refresh(ids: Collection[UUID]) -> None:
    """When these (locked) attachments expire: with the last of their uses in letters that are
    not purged; never, while one of those has no end.
    """
    live = Correspondence.objects.filter(letter=OuterRef("letter"), erased_at__isnull=True)
    uses = LetterAttachment.objects.filter(Exists(live), attachment=OuterRef("pk"))
    endless = Exists(uses.filter(expiration_time__isnull=True))
    last = uses.order_by("-expiration_time").values("expiration_time")[:1]
    Attachment.objects.filter(pk__in=ids).update(
        expires_at=Case(When(endless, then=None), default=Subquery(last))
    )
