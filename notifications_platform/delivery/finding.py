"""Finding messages by whom they went to. Each part by an index of its own, newest first.

Those that a worker has just now are few, and found by their leases: the indexes leave them out,
which saves each claim two entries.
"""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q, QuerySet, UUIDField, Value
from django.db.models.functions import MD5, Cast, Lower

from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.delivery.models import TO_ADDRESS, TO_RECIPIENT, Message
from notifications_platform.delivery.states import State

# Of one person or organisation, how many addresses are looked for.
MOST_ADDRESSES = 10

Messages = QuerySet[Message]


def to_addresses(rows: Messages, addresses: Iterable[str]) -> list[Messages]:
    """For each of the first addresses, in any letter case, those of `rows` that went to it."""
    chosen = list(dict.fromkeys(filter(None, addresses)))[:MOST_ADDRESSES]
    digests = [Cast(MD5(Lower(Value(address))), UUIDField()) for address in chosen]
    with_digest = rows.alias(digest=TO_ADDRESS)
    settled = with_digest.filter(~Q(address=""), ~Q(state=State.CLAIMED))
    found: list[Messages] = [settled.filter(digest=digest) for digest in digests]
    if digests:
        found.append(with_digest.filter(state=State.CLAIMED, digest__in=digests))
    return found


def to_address(rows: Messages, address: str) -> Messages:
    """The same of one address, as one set of rows for a list."""
    digest = Cast(MD5(Lower(Value(address))), UUIDField())
    settled = ~Q(address="") & ~Q(state=State.CLAIMED) & Q(digest=digest)
    claimed = Q(state=State.CLAIMED) & Q(digest=digest)
    return rows.alias(digest=TO_ADDRESS).filter(settled | claimed)


def to_recipient(rows: Messages, mark: str) -> list[Messages]:
    """Those meant for this person or organisation, whatever the address: `person:` or
    `organization:` and the number, as their owner noted it.
    """
    digest = Cast(MD5(Value(mark)), UUIDField())
    settled = rows.alias(mark=TO_RECIPIENT).filter(~Q(recipient=""), ~Q(state=State.CLAIMED))
    return [settled.filter(mark=digest), rows.filter(state=State.CLAIMED, recipient=mark)]


def marks(term: Term) -> list[str]:
    """How owners note for whom a message is, if they were given a number."""
    marks = {"person": term.of(Kind.PERSON), "organization": term.of(Kind.ORGANIZATION)}
    return [f"{kind}:{number}" for kind, number in marks.items() if number]


def newest_of(parts: Sequence[Messages], *, before: str, limit: int) -> list[Message]:
    """The newest of all parts, each asked for its own newest only; `before` is an id."""
    found: dict[object, Message] = {}
    for part in parts:
        older = part.filter(pk__lt=before) if before else part
        found |= {message.pk: message for message in older.order_by("-pk")[:limit]}
    return sorted(found.values(), key=lambda message: message.pk, reverse=True)[:limit]


def belonging_to(rows: Messages, clients: Collection[str]) -> Messages:
    """Those of these clients, as one set of rows for a list."""
    theirs, claimed = Q(client__in=sorted(clients)), Q(state=State.CLAIMED)
    return rows.filter((~claimed & theirs) | (claimed & theirs))


def of_clients(rows: Messages, clients: Collection[str] | None) -> Messages:
    return rows if clients is None else rows.filter(client__in=sorted(clients))
