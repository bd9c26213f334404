"""Writing the trail: in the transaction of the change, or it did not happen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifications_platform.audit.models import Actor, Entry
from notifications_platform.http import correlation


@dataclass(frozen=True, slots=True)
class By:
    """Who did it."""

    kind: Actor
    name: str

    @classmethod
    def client(cls, name: str) -> "By":
        return cls(Actor.CLIENT, name)

    @classmethod
    def staff(cls, name: str) -> "By":
        return cls(Actor.STAFF, name)

    @classmethod
    def system(cls, name: str) -> "By":
        return cls(Actor.SYSTEM, name)


def record(  # noqa: PLR0913 the columns of the trail
    action: str,
    subject_kind: str,
    subject_ids: Collection[object],
    *,
    by: By,
    now: datetime,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Note the same change of each subject, with one statement."""
    entries = [
        Entry(
            at=now,
            actor_kind=by.kind,
            actor=by.name,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            correlation_id=correlation.current(),
            from_state=from_state,
            to_state=to_state,
            reason=reason,
            detail=detail,
        )
        for subject_id in subject_ids
    ]
    if len(entries) == 1:
        entries[0].save(force_insert=True)
    else:
        Entry.objects.bulk_create(entries, batch_size=1000)
