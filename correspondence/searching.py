"""Finding letters (correspondence contract 6.1): ids, newest first, in one query that walks the
index of each role and stops at the page's end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from correspondence import access
from correspondence.callers import Party
from correspondence.errors import BusinessError
from correspondence.models import Attachment, Correspondence, IdempotencyKey
from correspondence.states import AttachmentStatus, CorrespondenceStatus, Role

MOST = 1000
_S = CorrespondenceStatus
_NOT_FOR_RECIPIENTS = frozenset({_S.Initialized, _S.ReadyForPublish, _S.Failed})
Letters = QuerySet[Correspondence]


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """`after` and `before` exclude themselves."""

    resource_id: str
    role: Role
    status: CorrespondenceStatus | None = None
    after: datetime | None = None
    before: datetime | None = None
    on_behalf_of: str = ""
    senders_reference: str = ""
    idempotent_key: UUID | None = None
    offset: int = 0
    limit: int = MOST


def search(query: Search, *, caller: Party) -> list[UUID]:
    """Of what the caller's party has sent or received. Raises BusinessError 1027, 1028, 4001."""
    if query.after and query.before and query.after > query.before:
        raise BusinessError(1027, "from must not be later than to.")
    if query.offset < 0 or query.limit < 0:
        raise BusinessError(1028, "offset and limit must not be negative.")
    party = query.on_behalf_of or caller.urn
    if not access.acts_for(party, query.resource_id, caller):
        raise BusinessError(4001, "You have no access on behalf of that party.")
    end = query.offset + min(query.limit, MOST)
    parts = [part[:end] for part in map(_newest_first, _parts(query, party, caller))]
    if not parts or end == query.offset:
        return []
    # An own letter stands in both parts and comes once.
    found = parts[0] if len(parts) == 1 else _newest_first(parts[0].union(parts[1]))
    return [id for id, _ in found[query.offset : end]]


def _newest_first(letters: Letters) -> Any:
    named = letters.values_list("id", "requested_publish_time")
    return named.order_by("-requested_publish_time", "-id")


def _parts(query: Search, party: str, caller: Party) -> Iterator[Letters]:
    """By role; a role that the token does not give finds nothing."""
    matching = _matching(query)
    if query.role is not Role.Recipient and caller.may_write and party == caller.urn:
        yield matching.filter(sender=party)
    if query.role is not Role.Sender and caller.may_read:
        if query.status is None:
            yield matching.filter(recipient=party).exclude(status__in=_NOT_FOR_RECIPIENTS)
        elif query.status not in _NOT_FOR_RECIPIENTS:
            yield matching.filter(recipient=party)


def _matching(query: Search) -> Letters:
    rows = Correspondence.objects.filter(resource_id=query.resource_id)
    if query.status is not None:
        rows = rows.annotate(been=F("ever").bitand(query.status.bit)).filter(been__gt=0)
    if query.after:
        rows = rows.filter(requested_publish_time__gt=query.after)
    if query.before:
        rows = rows.filter(requested_publish_time__lt=query.before)
    if query.senders_reference:
        rows = rows.filter(letter__senders_reference=query.senders_reference)
    if query.idempotent_key:
        used = IdempotencyKey.objects.filter(pk=query.idempotent_key)
        rows = rows.filter(pk__in=used.values("correspondence_id"))
    return rows


def search_attachments(
    resource_id: str, status: AttachmentStatus | None, *, caller: Party
) -> list[UUID]:
    """The caller's own, newest first (route 21); of every resource where none is named."""
    rows = Attachment.objects.filter(sender=caller.urn)
    if resource_id:
        rows = rows.filter(resource_id=resource_id)
    if status is not None:
        rows = rows.filter(status=status.value)
    return list(rows.order_by("-created_at", "-id").values_list("id", flat=True)[:MOST])
