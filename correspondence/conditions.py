"""Whether a recipient is still to be told of a letter (correspondence contract 8.4)."""

from collections.abc import Collection
from uuid import UUID

from correspondence.models import Correspondence
from correspondence.notifications import REMINDER
from correspondence.states import PURGED, CorrespondenceStatus

_S = CorrespondenceStatus
_NEVER = {*PURGED, _S.Failed, _S.Reserved}


def going(subjects: Collection[str]) -> set[str]:
    """Of subjects `<correspondence id>:main` or `…:reminder`, those whose order goes out."""
    asked = {subject: subject.partition(":") for subject in subjects}
    ids = {UUID(id) for id, _, _ in asked.values()}
    letters = Correspondence.objects.in_bulk(list(ids))
    return {
        subject
        for subject, (id, _, kind) in asked.items()
        if _goes(letters.get(UUID(id)), reminder=kind == REMINDER)
    }


def _goes(one: Correspondence | None, *, reminder: bool) -> bool:
    if one is None or one.status in _NEVER or not one.has_been(_S.Published):
        return False
    return not (reminder and (one.has_been(_S.Read) or one.has_been(_S.Confirmed)))
