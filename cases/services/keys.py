"""Idempotency keys of updates (cases contract 8.2). The item is locked by the caller."""

from datetime import datetime
from uuid import UUID

from cases.coordinates import digest
from cases.models import BruktNoekkel


def used(item_id: UUID, familie: str, key: str | None) -> BruktNoekkel | None:
    """The use that this key has been put to before, if any."""
    if key is None:
        return None
    return BruktNoekkel.objects.filter(
        item_id=item_id, familie=familie, noekkel=digest(key)
    ).first()


def use(  # noqa: PLR0913 each says one thing about the key
    item_id: UUID,
    familie: str,
    key: str | None,
    *,
    answer_id: UUID,
    now: datetime,
    fingerprint: str = "",
) -> None:
    if key is not None:
        BruktNoekkel.objects.create(
            item_id=item_id,
            familie=familie,
            noekkel=digest(key),
            fingerprint=fingerprint,
            answer_id=answer_id,
            created_at=now,
        )
