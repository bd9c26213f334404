"""Writing the trail: in the transaction of the change, or it did not happen."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypedDict, Unpack

from notifications_platform.audit.models import Actor, Entry
from notifications_platform.core.inserting import fresh, insert_together
from notifications_platform.http import correlation

_AT_ONCE = 1000


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


class Facts(TypedDict, total=False):
    """What else an entry may say."""

    from_state: str
    to_state: str
    reason: str
    detail: dict[str, Any] | None


def entries(
    action: str,
    subject_kind: str,
    subject_ids: Collection[object],
    *,
    by: By,
    now: datetime,
    **facts: Unpack[Facts],
) -> list[Entry]:
    """The same change of each subject, for a caller that writes them with rows of its own."""
    return [
        fresh(
            Entry,
            at=now,
            actor_kind=by.kind,
            actor=by.name,
            action=action,
            subject_kind=subject_kind,
            subject_id=str(subject_id),
            correlation_id=correlation.current(),
            **facts,
        )
        for subject_id in subject_ids
    ]


def record(
    action: str,
    subject_kind: str,
    subject_ids: Collection[object],
    *,
    by: By,
    now: datetime,
    **facts: Unpack[Facts],
) -> None:
    """Note the same change of each subject, with one statement for a thousand of them."""
    subjects = iter(subject_ids)
    while several := list(islice(subjects, _AT_ONCE)):
        insert_together(entries(action, subject_kind, several, by=by, now=now, **facts))
