"""Letters as their sender and their recipients see them (correspondence contract 3.3, 6.2, 6.3).
Each answer takes a bounded number of queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from correspondence import access, publishing, receiving
from correspondence.access import Standing
from correspondence.callers import Party
from correspondence.models import (
    Correspondence,
    LetterAttachment,
    LetterNotification,
    StatusEntry,
)
from correspondence.states import PURGED, SYSTEM, CorrespondenceStatus
from orders.following import OrderSeen, follow

_S = CorrespondenceStatus
_BLOCK_HEADINGS = {"nb": "Svarvalg:", "nn": "Svarval:", "en": "Reply options:"}
_MOST_OPTIONS_BESIDE = 3
_RECIPIENT = Standing(as_sender=False, as_recipient=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    title: str = ""
    summary: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A letter as this caller sees it: for the sender, from publication on, without content."""

    one: Correspondence
    standing: Standing
    texts: Texts
    attachments: Sequence[LetterAttachment]
    notifications: Sequence[LetterNotification]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenInDetail:
    """`orders` by id, as far as they exist."""

    seen: Seen
    history: Sequence[StatusEntry]
    orders: dict[UUID, OrderSeen]


def find(
    id: UUID, *, caller: Party, now: datetime, to_purge: bool = False
) -> tuple[Correspondence, Standing]:
    """The letter and what the caller is to it; published first if that is overdue, but not by a
    sender who wants to take it back. Whatever its status: purged ones, too. Raises BusinessError
    1001 for who is nothing to it.
    """
    one = _get(id)
    standing = access.standing(one, caller)
    if not (standing.as_sender or standing.as_recipient):
        raise access.not_found()
    taken_back = to_purge and not standing.as_recipient
    if _is_overdue(one, now) and not taken_back:
        one = _published(one, now)
    return one, standing


def _is_overdue(one: Correspondence, now: datetime) -> bool:
    return one.publish_at is not None and one.publish_at <= now


def _published(one: Correspondence, now: datetime) -> Correspondence:
    """If it can be. Who finds the job at it waits for that, rather than be told that there is
    nothing to see.
    """
    publishing.publish([one.id], now=now)
    one = _get(one.id)
    if not _is_overdue(one, now):
        return one
    with transaction.atomic():
        receiving.limit_patience()
        Correspondence.objects.select_for_update(no_key=True).get(pk=one.id)
    publishing.publish([one.id], now=now)
    return _get(one.id)


def find_as_recipient(id: UUID, *, caller: Party, now: datetime) -> Correspondence:
    """Likewise, for what only a recipient does with a letter that is there for him."""
    one, standing = find(id, caller=caller, now=now)
    if not (standing.as_recipient and access.is_available(one)):
        raise access.not_found()
    return one


def overview(id: UUID, *, caller: Party, now: datetime) -> Seen:
    """Raises BusinessError 1001, also for what has been purged."""
    one, standing = find(id, caller=caller, now=now)
    if one.status in PURGED:
        raise access.not_found()
    one = _fetched(one, standing, caller=caller, now=now)
    return _seen(one, standing)


def details(id: UUID, *, caller: Party, now: datetime) -> SeenInDetail:
    """The sender may look at what has been purged. Raises BusinessError 1001."""
    one, standing = find(id, caller=caller, now=now)
    one = _fetched(one, standing, caller=caller, now=now)
    return _seen_in_detail(one, standing)


def content(id: UUID, *, caller: Party, now: datetime) -> str:
    """The body for a recipient, who has read it by that. Raises BusinessError 1001."""
    find_as_recipient(id, caller=caller, now=now)
    one = receiving.read_content(id, caller=caller, now=now)
    return _texts_of(one, _RECIPIENT).body


def _fetched(
    one: Correspondence, standing: Standing, *, caller: Party, now: datetime
) -> Correspondence:
    """As it is after its recipient has looked at it; of one's own letters one is the sender."""
    if standing.as_sender:
        return one
    return receiving.fetch(one.id, caller=caller, now=now)


def _seen(one: Correspondence, standing: Standing) -> Seen:
    blank = _is_blank(one, standing)
    attachments = LetterAttachment.objects.filter(letter=one.letter_id)
    return Seen(
        one=one,
        standing=standing,
        texts=Texts() if blank else _texts_of(one, standing),
        attachments=[]
        if blank
        else list(attachments.select_related("attachment").order_by("position")),
        notifications=list(one.notifications.order_by("position")),
    )


def _seen_in_detail(one: Correspondence, standing: Standing) -> SeenInDetail:
    overview = _seen(one, standing)
    history = one.history.order_by("id")
    if standing.as_sender:
        history = history.exclude(status__in=[*PURGED, _S.Archived])
    order_ids = [each.order_id for each in overview.notifications if each.order_id]
    return SeenInDetail(
        seen=overview, history=list(history), orders=follow(order_ids, system=SYSTEM)
    )


def _is_blank(one: Correspondence, standing: Standing) -> bool:
    """What is published is between sender and recipient no more; what is purged is gone."""
    return one.status in PURGED or (standing.as_sender and one.has_been(_S.Published))


def _texts_of(one: Correspondence, standing: Standing) -> Texts:
    letter = one.letter
    body = letter.body if one.own_body is None else one.own_body
    return Texts(
        title=letter.title if one.own_title is None else one.own_title,
        summary=letter.summary if one.own_summary is None else one.own_summary,
        body=body if standing.as_sender else body + _reply_block(one),
    )


def _reply_block(one: Correspondence) -> str:
    """More options than a reader has buttons for stand in the text itself."""
    options = one.letter.reply_options
    if len(options) <= _MOST_OPTIONS_BESIDE:
        return ""
    lines = [
        f"{each['linkText']}: {each['linkURL']}" if each["linkText"] else each["linkURL"]
        for each in options
    ]
    return "\n".join(["", "", _BLOCK_HEADINGS[one.letter.language], *lines])


def _get(id: UUID) -> Correspondence:
    one = Correspondence.objects.select_related("letter").filter(pk=id).first()
    if one is None:
        raise access.not_found()
    return one
