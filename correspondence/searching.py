"""Finding letters (correspondence contract 6.1): ids, newest first. Each query walks an index of
its role and stops at the page's end, however many letters there are and however few are found.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet
from django.db.models.functions import MD5

from correspondence import access
from correspondence.callers import Party
from correspondence.errors import BusinessError
from correspondence.models import Attachment, Correspondence, IdempotencyKey
from correspondence.states import AttachmentStatus, CorrespondenceStatus, Role

MOST = 1000
_S = CorrespondenceStatus
_NOT_FOR_RECIPIENTS = frozenset({_S.Initialized, _S.ReadyForPublish, _S.Failed})
Letters = QuerySet[Correspondence]
Statement = tuple[str, Sequence[Any]]

_PAGE = """
    SELECT id FROM ({either}) AS found ORDER BY requested_publish_time DESC, id DESC
    LIMIT %s OFFSET %s
"""

# The few different sets of statuses that letters of a party have had, each found by one step
# into the index; then the newest letters with each of those that hold what is looked for.
_BY_STATUS = """
    WITH RECURSIVE been (ever) AS (
        ({first})
        UNION ALL
        SELECT ({next}) FROM been WHERE been.ever IS NOT NULL
    )
    SELECT found.id, found.requested_publish_time FROM been, LATERAL ({newest}) AS found
    WHERE been.ever & %s = %s
    ORDER BY found.requested_publish_time DESC, found.id DESC
    LIMIT %s
"""
_TABLE = Correspondence._meta.db_table


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
    if end == query.offset:
        return []
    parts = [part.newest(end) for part in _parts(query, party, caller)]
    if not parts:
        return []
    # An own letter stands in both parts and comes once.
    either = " UNION ".join(f"({sql})" for sql, _ in parts)
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGE.format(either=either),
            [*(value for _, values in parts for value in values), end - query.offset, query.offset],
        )
        return [id for (id,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class _Part:
    """Letters that a party has sent, or received, and that have had all of `statuses`, which are
    bits.
    """

    own: Letters
    matching: Letters
    statuses: int
    is_selective: bool

    def newest(self, end: int) -> Statement:
        """So many of them."""
        if self.statuses and not self.is_selective:
            return self._by_status(end)
        rows = self.matching
        if self.statuses:
            been = F("ever").bitand(self.statuses)
            rows = rows.annotate(been=been).filter(been=self.statuses)
        return _sql(_newest_first(rows)[:end])

    def _by_status(self, end: int) -> Statement:
        sets = self.own.order_by("ever").values_list("ever")
        larger = sets.extra(where=[f"{_TABLE}.ever > been.ever"])  # noqa: S610 no input
        of_set = self.matching.extra(where=[f"{_TABLE}.ever = been.ever"])  # noqa: S610 no input
        first, of_first = _sql(sets[:1])
        next, of_next = _sql(larger[:1])
        newest, of_newest = _sql(_newest_first(of_set)[:end])
        sql = _BY_STATUS.format(first=first, next=next, newest=newest)
        return sql, [*of_first, *of_next, *of_newest, self.statuses, self.statuses, end]


def _sql(rows: Any) -> Statement:
    sql, values = rows.query.get_compiler(connection=connection).as_sql()
    return sql, values


def _newest_first(letters: Letters) -> Any:
    named = letters.values_list("id", "requested_publish_time")
    return named.order_by("-requested_publish_time", "-id")


def _parts(query: Search, party: str, caller: Party) -> Iterator[_Part]:
    """By role; a role that the token does not give finds nothing."""
    asked = 0 if query.status is None else query.status.bit
    is_selective = bool(query.senders_reference or query.idempotent_key)
    rows = Correspondence.objects.filter(resource_id=query.resource_id)
    if query.role is not Role.Recipient and caller.may_write and party == caller.urn:
        sent = rows.filter(sender=party)
        matching = _matching(sent, query)
        if query.senders_reference:
            # Numbers from 1 on are everybody's.
            matching = matching.filter(letter__sender=party)
        yield _Part(sent, matching, asked, is_selective)
    if query.role is not Role.Sender and caller.may_read:
        received = rows.filter(recipient=party)
        if query.status not in _NOT_FOR_RECIPIENTS:
            # What was never published is not there for them, whatever became of it.
            bits = asked | _S.Published.bit
            yield _Part(received, _matching(received, query), bits, is_selective)


def _matching(rows: Letters, query: Search) -> Letters:
    if query.after:
        rows = rows.filter(requested_publish_time__gt=query.after)
    if query.before:
        rows = rows.filter(requested_publish_time__lt=query.before)
    if query.senders_reference:
        reference = query.senders_reference
        digest = hashlib.md5(reference.encode(), usedforsecurity=False).hexdigest()
        rows = rows.alias(digest=MD5("letter__senders_reference"))
        rows = rows.filter(digest=digest, letter__senders_reference=reference)
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
