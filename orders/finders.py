"""What the search box finds among orders."""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import or_

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from notifications_platform.back_office.owned import Clients
from notifications_platform.back_office.searching.finders import (
    Find,
    Finder,
    Found,
    Group,
    Hit,
    Text,
    register,
)
from notifications_platform.back_office.searching.keysets import (
    newest_by_time,
    newest_of_each,
    newest_of_few,
    steps,
    time_key,
)
from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.back_office.searching.words import shortened, when
from notifications_platform.core import clock
from notifications_platform.delivery import finding
from notifications_platform.delivery.models import Message
from orders.models import WITHOUT_MESSAGES, Order
from orders.querysets import OrderQuerySet
from orders.states import OWNER, OrderStatus

# Who placed orders under one reference: more than that is a test of somebody's.
_MOST_CREATORS = 20
_MADE = "created_at"
_SHOWN = (
    "creator",
    "senders_reference",
    "created_at",
    "requested_send_time",
    "status",
    "status_changed_at",
    "due_at",
    "email_generated",
    "email_succeeded",
    "sms_generated",
    "sms_succeeded",
)
_ON_HOLD = _("Order from {creator}, on hold since {placed}")
_NONE_MADE = _("Order from {creator}, done {changed}: no message was made")
_WORDS: dict[str, Text] = {
    OrderStatus.REGISTERED: _("Order from {creator}, waits for its send time {due}"),
    OrderStatus.PROCESSING: _("Order from {creator}, being processed since {changed}"),
    OrderStatus.PROCESSED: _("Order from {creator}: {out} of {made} messages went out so far"),
    OrderStatus.COMPLETED: _("Order from {creator}: {out} of {made} messages went out"),
    OrderStatus.SEND_CONDITION_NOT_MET: _(
        "Order from {creator}, not sent: its send condition said no {changed}"
    ),
    OrderStatus.CANCELLED: _("Order from {creator}, cancelled {changed}"),
}
_REFERENCE = _("reference {reference}")


def _orders(clients: Clients) -> OrderQuerySet:
    rows: OrderQuerySet = Order.objects.only(*_SHOWN)
    return rows if clients is None else rows.filter(creator__in=sorted(clients))


def _hit(order: Order, key: str = "") -> Hit:
    now = clock.now()
    made, out = _made(order), order.email_succeeded + order.sms_succeeded
    reference = shortened(order.senders_reference or "")
    return Hit(
        at=order.created_at,
        key=key or time_key(order.created_at, order.pk),
        words=str(_words(order)).format(
            creator=order.creator,
            placed=when(order.created_at, now=now),
            changed=when(order.status_changed_at, now=now),
            due=when(order.due_at or order.requested_send_time, now=now),
            made=made,
            out=out,
        ),
        detail=str(_REFERENCE).format(reference=reference) if reference else "",
        link=reverse("admin:orders_order_change", args=[order.pk]),
        tone=_tone(order, made - out),
    )


def _made(order: Order) -> int:
    return order.email_generated + order.sms_generated


def _words(order: Order) -> Text:
    if order.status == OrderStatus.REGISTERED and order.due_at is None:
        return _ON_HOLD
    if order.status == OrderStatus.COMPLETED and not _made(order):
        return _NONE_MADE
    return _WORDS[order.status]


def _tone(order: Order, not_out: int) -> str:
    match order.status:
        case OrderStatus.COMPLETED:
            return "bad" if not_out or not _made(order) else "good"
        case OrderStatus.SEND_CONDITION_NOT_MET | OrderStatus.CANCELLED:
            return "note"
    return "waiting"


def _by_id(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    rows = _orders(clients).filter(pk=term.of(Kind.UUID))
    return Found([_hit(one) for one in newest_by_time(rows, _MADE, before=before, limit=limit)])


def _by_reference(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """One reference may stand on everything that somebody ever sent: each creator's newest ones
    come from the index.
    """
    rows = _orders(clients).referred_to_as(term.of(Kind.TEXT))
    of_each = [rows.filter(creator=one) for one in steps(rows, "creator", most=_MOST_CREATORS)]
    chosen = newest_of_each(of_each, _MADE, before=before, limit=limit)
    return Found([_hit(order) for order in chosen])


def _with_messages(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """By the messages that they have become; a hit for each, in the order of the messages."""
    own = finding.of_clients(Message.objects.only("owner_id", "created_at"), clients)
    own = own.filter(owner_kind=OWNER)
    parts = finding.to_addresses(own, [term.of(Kind.EMAIL), term.of(Kind.MOBILE)])
    parts += [part for mark in finding.marks(term) for part in finding.to_recipient(own, mark)]
    messages = finding.newest_of(parts, before=before, limit=limit)
    orders = _orders(clients).in_bulk({message.owner_id for message in messages})
    return Found(
        [
            replace(_hit(orders[message.owner_id], str(message.pk)), at=message.created_at)
            for message in messages
            if message.owner_id in orders
        ]
    )


def _without_messages(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Those that wait, and those that never became messages."""
    wanted = [Q(recipients__contains=[written]) for written in _as_written(term)]
    rows = _orders(clients).filter(reduce(or_, wanted), status__in=WITHOUT_MESSAGES)
    parts = [rows.filter(lease_until__isnull=free) for free in (True, False)]
    found = [
        one for part in parts for one in newest_of_few(part, _MADE, before=before, limit=limit)
    ]
    found = sorted(found, key=lambda one: one.pk)
    found = sorted(found, key=lambda one: one.created_at, reverse=True)[:limit]
    return Found([_hit(order) for order in found])


def _as_written(term: Term) -> Iterator[dict[str, str]]:
    """As callers write recipients: an address in the letter case in which it was typed, or small,
    and a mobile number in one piece.
    """
    if number := term.of(Kind.PERSON):
        yield {"nationalIdentityNumber": number}
    if number := term.of(Kind.ORGANIZATION):
        yield {"organizationNumber": number}
    for address in dict.fromkeys([term.of(Kind.EMAIL), term.of(Kind.EMAIL).lower()]):
        if address:
            yield {"emailAddress": address}
    if mobile := term.of(Kind.MOBILE):
        yield {"mobileNumber": mobile}
        yield {"mobileNumber": f"00{mobile[1:]}"}


def _finder(name: str, find: Find, *kinds: Kind) -> Finder:
    return Finder(
        name=name, group=Group.ORDERS, kinds=kinds, permission="orders.view_order", find=find
    )


_RECIPIENTS = (Kind.PERSON, Kind.ORGANIZATION, Kind.EMAIL, Kind.MOBILE)
register(
    _finder("order", _by_id, Kind.UUID),
    _finder("orders by reference", _by_reference, Kind.TEXT),
    _finder("orders with messages to", _with_messages, *_RECIPIENTS),
    _finder("orders without messages to", _without_messages, *_RECIPIENTS),
)
