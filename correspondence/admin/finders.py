"""What the search box finds among letters, each by an index of its own."""

import hashlib
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import MD5

from correspondence.admin.hits import (
    attachment_hit,
    correspondence_hit,
    event_hit,
    letter_hit,
)
from correspondence.callers import ORGANIZATION_URN, PERSON_URN
from correspondence.models import (
    Attachment,
    Correspondence,
    Event,
    IdempotencyKey,
    Letter,
    LetterNotification,
)
from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.searching.finders import (
    Find,
    Finder,
    Found,
    Group,
    Hit,
    register,
)
from notifications_platform.back_office.searching.keysets import (
    newest,
    newest_by_time,
    newest_of_few,
    steps,
    time_key,
)
from notifications_platform.back_office.searching.terms import Kind, Term

_MADE = "created_at"
# Who wrote letters under one reference.
_MOST_SENDERS = 20
_TEXTS = ("title", "summary", "body")
_UNSHOWN = (
    *(f"own_{text}" for text in _TEXTS),
    *(f"letter__{text}" for text in _TEXTS),
    "letter__notification",
)


def _own(rows: QuerySet[Any], clients: Clients, column: str = "service_owner") -> QuerySet[Any]:
    return rows if clients is None else rows.filter(**{f"{column}__in": sorted(clients)})


def _correspondences(clients: Clients) -> "QuerySet[Correspondence]":
    rows = Correspondence.objects.select_related("letter").defer(*_UNSHOWN)
    return _own(rows, clients, "letter__service_owner")


def _hit(one: Correspondence) -> Hit:
    return correspondence_hit(one, time_key(one.created_at, one.pk))


def _called(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By its own id, that of the whole letter, of an order that tells of it, or of its call."""
    id = term.of(Kind.UUID)
    of_orders = LetterNotification.objects.filter(order_id=id)
    of_keys = IdempotencyKey.objects.filter(pk=id)
    ids = [id, *of_orders.values_list("correspondence_id", flat=True)[:1]]
    ids += of_keys.values_list("correspondence_id", flat=True)[:1]
    rows = _correspondences(clients).filter(Q(pk__in=ids) | Q(letter_id=id))
    return Found([_hit(one) for one in newest_of_few(rows, _MADE, before=before, limit=limit)])


def _to_party(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By number, as an index has those of one recipient."""
    number, organization = term.of(Kind.PERSON), term.of(Kind.ORGANIZATION)
    party = f"{PERSON_URN}{number}" if number else f"{ORGANIZATION_URN}{organization}"
    rows = _correspondences(clients).filter(recipient=party)
    return Found([_hit(one) for one in newest_by_time(rows, _MADE, before=before, limit=limit)])


def _by_reference(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """One reference may stand on all letters of a sender: the newest come from the index. A letter
    to several recipients is one line.
    """
    reference = term.of(Kind.TEXT)
    digest = hashlib.md5(reference.encode(), usedforsecurity=False).hexdigest()
    rows = Letter.objects.defer(*_TEXTS, "notification").alias(digest=MD5("senders_reference"))
    rows = _own(rows, clients).filter(digest=digest, senders_reference=reference)
    senders = steps(rows, "sender", most=_MOST_SENDERS)
    letters = [
        letter
        for sender in senders
        for letter in newest(rows.filter(sender=sender), before=before, limit=limit)
    ]
    letters = sorted(letters, key=lambda letter: letter.pk, reverse=True)[:limit]
    alone = _only_recipients(letters, clients)
    return Found(
        [
            correspondence_hit(alone[letter.pk], str(letter.pk))
            if letter.pk in alone
            else letter_hit(letter, str(letter.pk))
            for letter in letters
        ]
    )


def _only_recipients(letters: Sequence[Letter], clients: Clients) -> dict[Any, Correspondence]:
    """Of those letters that went to one recipient, the correspondence."""
    rows = _correspondences(clients).filter(letter__in=letters, position__lte=1)
    found: dict[Any, list[Correspondence]] = {}
    for one in rows:
        found.setdefault(one.letter_id, []).append(one)
    return {letter: several[0] for letter, several in found.items() if len(several) == 1}


def _attachments(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _own(Attachment.objects.filter(pk=term.of(Kind.UUID)), clients)
    return Found(
        [attachment_hit(one, str(one.pk)) for one in newest(rows, before=before, limit=limit)]
    )


def _events(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _own(Event.objects.filter(pk=term.of(Kind.UUID)), clients)
    return Found([event_hit(one, str(one.pk)) for one in newest(rows, before=before, limit=limit)])


def _finder(name: str, find: Find, *kinds: Kind, permission: str = "correspondence") -> Finder:
    return Finder(
        name=name,
        group=Group.LETTERS,
        kinds=kinds,
        permission=f"correspondence.view_{permission}",
        find=find,
    )


register(
    _finder("letters called", _called, Kind.UUID),
    _finder("letters to", _to_party, Kind.PERSON, Kind.ORGANIZATION),
    _finder("letters by reference", _by_reference, Kind.TEXT),
    _finder("attachment", _attachments, Kind.UUID, permission="attachment"),
    _finder("event of letters", _events, Kind.UUID, permission="event"),
)
