"""What the search box finds in the outbox: messages, and providers' reports."""

from collections.abc import Callable, Iterable, Sequence

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications_platform.back_office.looking import masked
from notifications_platform.back_office.owned import Clients, within
from notifications_platform.back_office.searching.finders import (
    Finder,
    Found,
    Group,
    Hit,
    Text,
    register,
)
from notifications_platform.back_office.searching.keysets import newest_of_few_ids
from notifications_platform.back_office.searching.terms import Kind, Term
from notifications_platform.back_office.searching.words import when
from notifications_platform.core import clock
from notifications_platform.delivery import finding
from notifications_platform.delivery.failures import WORDS
from notifications_platform.delivery.finding import Messages
from notifications_platform.delivery.models import Message, Receipt, Stop
from notifications_platform.delivery.states import Channel, Reason, State
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import RegisterUnavailable

_SHOWN = ("channel", "address", "client", "state", "reason", "state_at", "created_at")
_CHANNELS = {
    Channel.EMAIL: gettext_lazy("E-mail"),
    Channel.SMS: gettext_lazy("SMS"),
    Channel.WEBHOOK: gettext_lazy("Webhook"),
}
_WORDS = {
    State.QUEUED: gettext_lazy("{channel} from {client}, waiting since {when}"),
    State.CLAIMED: gettext_lazy("{channel} from {client}, being sent since {when}"),
    State.SENT: gettext_lazy("{channel} from {client}, sent {when}"),
    State.DELIVERED: gettext_lazy("{channel} from {client}, delivered {when}"),
    State.FAILED: gettext_lazy("{channel} from {client}, failed {when}. {reason}"),
    State.CANCELLED: gettext_lazy("{channel} from {client}, cancelled {when}"),
}
TONES = {
    State.QUEUED: "waiting",
    State.CLAIMED: "waiting",
    State.SENT: "good",
    State.DELIVERED: "good",
    State.FAILED: "bad",
    State.CANCELLED: "note",
}
_TO = gettext_lazy("to {address}")
_TO_NOBODY = gettext_lazy("without an address")
_NOW_ON_FILE = gettext_lazy("to {address}, which is on file now for this number")


def messages() -> Messages:
    """With what a line of the answer says, and no more."""
    return Message.objects.only(*_SHOWN)


def _hit(message: Message, *, to: Text = _TO) -> Hit:
    state = State(message.state)
    return Hit(
        at=message.created_at,
        key=str(message.pk),
        words=str(_WORDS[state]).format(
            channel=_CHANNELS[Channel(message.channel)],
            client=message.client,
            when=when(message.state_at, now=clock.now()),
            reason=WORDS[Reason(message.reason)] if message.reason else "",
        ),
        detail=str(to).format(address=masked(message.address)) if message.address else _TO_NOBODY,
        link=reverse("admin:delivery_message_change", args=[message.pk]),
        tone=TONES[state],
    )


def _of(parts: Callable[[Messages, Term], Sequence[Messages]]) -> Callable[..., Found]:
    """A finder of what `parts` narrows messages to, each of them by an index."""

    def find(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
        rows = finding.of_clients(messages(), clients)
        chosen = finding.newest_of(parts(rows, term), before=before, limit=limit)
        return Found([_hit(message) for message in chosen])

    return find


def _by_id(rows: Messages, term: Term) -> Sequence[Messages]:
    return [rows.filter(pk=term.of(Kind.UUID))]


def _of_owner(rows: Messages, term: Term) -> Sequence[Messages]:
    return [rows.filter(owner_id=term.of(Kind.UUID))]


def _by_reference(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """No provider gives one twice."""
    rows = finding.of_clients(messages(), clients)
    rows = rows.filter(~Q(provider_reference=""), provider_reference=term.of(Kind.TEXT))
    found = newest_of_few_ids(rows, before=before, limit=limit)
    return Found([_hit(message) for message in found])


def _to_address(rows: Messages, term: Term) -> Sequence[Messages]:
    return finding.to_addresses(rows, [term.of(Kind.EMAIL), term.of(Kind.MOBILE)])


def _to_recipient(rows: Messages, term: Term) -> Sequence[Messages]:
    return [part for mark in finding.marks(term) for part in finding.to_recipient(rows, mark)]


def _to_address_on_file(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Messages that were addressed directly, as far as the address is known to be whose."""
    try:
        addresses = list(_on_file(term))
    except RegisterUnavailable:
        return Found(
            remarks=[
                _(
                    "A register does not answer: messages that were sent to an address, not to "
                    "this number, are missing."
                )
            ]
        )
    parts = finding.to_addresses(finding.of_clients(messages(), clients), addresses)
    chosen = finding.newest_of(parts, before=before, limit=limit)
    return Found([_hit(message, to=_NOW_ON_FILE) for message in chosen])


def _on_file(term: Term) -> Iterable[str]:
    """Raises RegisterUnavailable."""
    if number := term.of(Kind.PERSON):
        for person in configured.persons().lookup([number]).values():
            yield from (person.email, person.mobile_number)
    if number := term.of(Kind.ORGANIZATION):
        for organization in configured.organizations().lookup([number]).values():
            yield from (*organization.email_addresses, *organization.mobile_numbers)
        for points in configured.contact_points().lookup([number]).values():
            for point in points:
                yield from (point.email, point.mobile_number)


def _receipts(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Those that no message was found for; others stand on their message's page."""
    if clients is not None:
        # Nobody knows whose they are.
        return Found()
    rows = Receipt.objects.defer("raw").filter(provider_reference=term.of(Kind.TEXT))
    unsettled = rows.filter(settled_at__isnull=True)
    of_nobody = rows.filter(settled_at__isnull=False, message_id__isnull=True)
    chosen = [
        receipt
        for part in (unsettled, of_nobody)
        for receipt in newest_of_few_ids(part, before=before, limit=limit)
    ]
    chosen = sorted(chosen, key=lambda receipt: receipt.pk, reverse=True)[:limit]
    said = gettext_lazy("Report of {provider} that belongs to no message, received {when}")
    return Found(
        [
            Hit(
                at=receipt.received_at,
                key=str(receipt.pk),
                words=str(said).format(
                    provider=receipt.provider, when=when(receipt.received_at, now=clock.now())
                ),
                link=reverse("admin:delivery_receipt_change", args=[receipt.pk]),
            )
            for receipt in chosen
        ]
    )


def _stops(term: Term, *, clients: Clients, before: str, limit: int) -> Found:
    """Whether somebody's messages have been stopped."""
    rows = Stop.objects.filter(client__in=within([term.of(Kind.TEXT)], clients))
    said = gettext_lazy("All messages of {client} have been stopped since {when}")
    lifted = gettext_lazy("The messages of {client} were stopped, and may leave again since {when}")
    return Found(
        [
            Hit(
                at=stop.since,
                key=str(stop.pk),
                words=str(lifted if stop.lifted_at else said).format(
                    client=stop.client, when=when(stop.lifted_at or stop.since, now=clock.now())
                ),
                link=reverse("admin:delivery_stop_change", args=[stop.pk]),
                tone="note" if stop.lifted_at else "bad",
            )
            for stop in newest_of_few_ids(rows, before=before, limit=limit)
        ]
    )


def _finder(name: str, find: Callable[..., Found], *kinds: Kind, shut: bool = False) -> Finder:
    return Finder(
        name=name,
        group=Group.MESSAGES,
        kinds=kinds,
        permission="delivery.view_message",
        find=find,
        shut_to_bound=shut,
    )


register(
    _finder("message", _of(_by_id), Kind.UUID),
    _finder("messages of owner", _of(_of_owner), Kind.UUID),
    _finder("messages by reference", _by_reference, Kind.TEXT),
    _finder("messages to address", _of(_to_address), Kind.EMAIL, Kind.MOBILE),
    _finder("messages to number", _of(_to_recipient), Kind.PERSON, Kind.ORGANIZATION),
    # Whose an address is, is nobody's business who sees a client's rows only.
    _finder(
        "messages to address on file",
        _to_address_on_file,
        Kind.PERSON,
        Kind.ORGANIZATION,
        shut=True,
    ),
    _finder("reports by reference", _receipts, Kind.TEXT, shut=True),
    _finder("stop of client", _stops, Kind.TEXT),
)
