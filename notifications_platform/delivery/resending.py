"""Sending a failed message once more, at the wish of staff.

A final state never changes, and an owner's counts mirror its public contract, so a resend is
a new message: same text and client, owned by the back office under the first one's id. It goes to
the same address, or to one that staff have learnt instead.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_noop

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError, NotFound
from notifications_platform.core.windows import Window
from notifications_platform.delivery import outbox, owners
from notifications_platform.delivery.channels.placeholders import cut
from notifications_platform.delivery.channels.sms.gsm7 import measure
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.outbox import Cause, NewContent, Outgoing
from notifications_platform.delivery.states import Channel, Reason, State

OWNER = "back_office"
_NEVER = {
    Reason.RESERVED: gettext_noop("The person is reserved against electronic messages."),
    Reason.WITHDRAWN: gettext_noop("Its cause was withdrawn before it was sent."),
}
# How often a copy may itself have been copied.
_LONGEST_LINE = 100


class MessageNotFound(NotFound):
    code = "message_not_found"


class NotResendable(DomainError):
    code = "message_not_resendable"


def resend(message_id: UUID, *, user: str, reason: str, now: datetime) -> Message:
    """Schedule a copy of a failed message, due now; it lives as long as the first one was
    meant to. Returns the new row.

    Raises MessageNotFound, NotResendable (with nothing scheduled).
    """
    with transaction.atomic():
        first = _locked(message_id)
        if obstacle := obstacles([first])[first.id]:
            raise obstacle
        return _send(first, first.address, "delivery.resend", user=user, reason=reason, now=now)


def resend_corrected(  # noqa: PLR0913 what, where to, who, why and when
    message_id: UUID,
    address: str,
    *,
    user: str,
    reason: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> Message:
    """The same to another address, in the form in which the outbox keeps it. The trail says that
    it was corrected, not to what.

    Raises MessageNotFound, NotResendable (with nothing scheduled).
    """
    with transaction.atomic():
        first = _locked(message_id)
        if obstacle := obstacles_to_correcting([first])[first.id]:
            raise obstacle
        action = "delivery.correct_and_resend"
        return _send(first, address, action, user=user, reason=reason, now=now, detail=detail)


def obstacles(messages: Sequence[Message]) -> dict[UUID, NotResendable | None]:
    """Why staff cannot send these again, one after the other; None where they can."""
    return _one_of_each_family(messages, _without_address)


def obstacles_to_correcting(messages: Sequence[Message]) -> dict[UUID, NotResendable | None]:
    """Why they cannot be sent to another address. One for which none was found can: nothing has
    been filled into its text, though.
    """
    return _one_of_each_family(messages, _unfilled)


def first_of(message: Message) -> Message:
    """The message that this one is a copy of, at whatever remove; itself, if it is none."""
    for _ in range(_LONGEST_LINE):
        if message.owner_kind != OWNER:
            break
        before = Message.objects.filter(pk=message.owner_id).first()
        if before is None:
            break
        message = before
    return message


def _locked(message_id: UUID) -> Message:
    """With the one that it is a copy of: two who send two of them again wait for one another."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        raise MessageNotFound
    Message.objects.select_for_update().get(pk=first_of(message).pk)
    return Message.objects.select_for_update().get(pk=message_id)


def _one_of_each_family(
    messages: Sequence[Message], obstacle: Callable[[Message], NotResendable | None]
) -> dict[UUID, NotResendable | None]:
    families = _families(messages)
    going: set[UUID] = set()
    found: dict[UUID, NotResendable | None] = {}
    for one in messages:
        family = families[one.id]
        why = _obstacle(one, family) or obstacle(one)
        if why is None and family.first in going:
            why = NotResendable(
                gettext_noop("Another one that was chosen is a copy of the same message.")
            )
        if why is None:
            going.add(family.first)
        found[one.id] = why
    return found


def _obstacle(message: Message, family: "_Family") -> NotResendable | None:
    if message.state != State.FAILED:
        words = gettext_noop("Only a failed message can be sent again; this one is {state}.")
        return NotResendable(words, state=message.state)
    why = owners.sent_again(message.owner_kind) or _NEVER.get(Reason(message.reason))
    if message.channel == Channel.WEBHOOK:
        why = why or gettext_noop("A webhook call is repeated by the system it belongs to.")
    if message.erasure:
        why = why or gettext_noop("Its owner wants it erased.")
    if message.withdrawn:
        why = why or gettext_noop("Its cause has been withdrawn since.")
    if family.sent_again:
        why = why or gettext_noop("It has been sent again already.")
    return NotResendable(why) if why else None


def _without_address(message: Message) -> NotResendable | None:
    if message.address:
        return None
    return NotResendable(gettext_noop("No address was found for it: correct that instead."))


def _unfilled(message: Message) -> NotResendable | None:
    if message.address or message.values is not None:
        return None
    placeholders = Content.objects.filter(pk=message.content_id).values_list("placeholders")
    if any(names for (names,) in placeholders):
        return NotResendable(
            gettext_noop(
                "Its text names the recipient, whom nobody has found: place a new order instead."
            )
        )
    return None


class _Family(NamedTuple):
    """The `first` one of its copies, and whether another of them is under way or has arrived."""

    first: UUID
    sent_again: bool = False


# Up to the first one, and from there down to every copy of a copy.
_FAMILIES = """
    WITH RECURSIVE line (whose, id, owner_id, owner_kind) AS (
        SELECT id, id, owner_id, owner_kind FROM delivery_message WHERE id = ANY(%(ids)s)
        UNION ALL
        SELECT whose, before.id, before.owner_id, before.owner_kind
        FROM line JOIN delivery_message AS before ON before.id = line.owner_id
        WHERE line.owner_kind = %(copies)s),
    family (whose, first, id, state) AS (
        SELECT whose, id, id, ''::text FROM line WHERE owner_kind <> %(copies)s
        UNION ALL
        SELECT whose, first, copy.id, copy.state::text
        FROM family JOIN delivery_message AS copy
            ON copy.owner_id = family.id AND copy.owner_kind = %(copies)s)
    SELECT whose, first, bool_or(id <> whose AND state NOT IN ('', 'failed', 'cancelled'))
    FROM family GROUP BY whose, first
    """


def _families(messages: Sequence[Message]) -> dict[UUID, _Family]:
    with connection.cursor() as cursor:
        cursor.execute(_FAMILIES, {"ids": [one.id for one in messages], "copies": OWNER})
        known = {whose: _Family(first, again) for whose, first, again in cursor.fetchall()}
    return {one.id: known.get(one.id) or _Family(one.id) for one in messages}


def _send(  # noqa: PLR0913 as above
    first: Message,
    address: str,
    action: str,
    *,
    user: str,
    reason: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,
) -> Message:
    """`first` is locked."""
    content = _as_written(Content.objects.get(pk=first.content_id))
    outbox.write_contents([content], now=now)
    copy = _copy(first, address, content, now=now)
    outbox.schedule([copy], clients=[first.client], now=now)
    written = Message.objects.filter(owner_id=first.id, owner_kind=OWNER).order_by("-id")[0]
    trail.record(
        action,
        "message",
        [first.id],
        by=trail.By.staff(user),
        now=now,
        reason=reason,
        detail={"new_message": str(written.id), **(detail or {})},
    )
    return written


def _copy(first: Message, address: str, content: NewContent, *, now: datetime) -> Outgoing:
    lifetime = first.expires_at - first.created_at if first.expires_at else None
    grace = first.lapses_at - first.expires_at if first.lapses_at and first.expires_at else None
    return Outgoing(
        Cause(
            owner_kind=OWNER,
            owner_id=first.id,
            client=first.client,
            content=content,
            not_before=now,
            correlation_id=first.correlation_id,
            expires_at=now + lifetime if lifetime else None,
            grace=grace or timedelta(0),
        ),
        address=address,
        recipient=first.recipient,
        values=first.values,
        parts=first.parts or _parts(first, content),
    )


def _parts(first: Message, content: NewContent) -> int | None:
    """Of an SMS that had no address, nobody has counted them."""
    if content.channel is not Channel.SMS:
        return None
    text = cut(content.body, tuple(content.placeholders)).fill(first.values or {})
    return measure(text).parts


def _as_written(content: Content) -> NewContent:
    """The same text once more: what a message says may be erased with its owner's messages."""
    return NewContent(
        channel=Channel(content.channel),
        sender=content.sender,
        subject=content.subject,
        body=content.body,
        content_type=content.content_type,
        placeholders=content.placeholders,
        window=Window.parse(content.window) if content.window else None,
        retry_after=[timedelta(seconds=seconds) for seconds in content.retry_after],
        retry_spread=content.retry_spread,
        retry_last_repeats=content.retry_last_repeats,
        retry_for=None if content.retry_for is None else timedelta(seconds=content.retry_for),
        least_attempts=content.least_attempts,
    )
