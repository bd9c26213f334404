"""Sending a failed message once more, at the wish of staff.

A final state never changes, and an owner's counts mirror its public contract, so a resend is
a new message: same text, address and client, owned by the back office under the first one's id.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from notifications_platform.audit import trail
from notifications_platform.core.errors import DomainError, NotFound
from notifications_platform.core.windows import Window
from notifications_platform.delivery import outbox, owners
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.outbox import Cause, NewContent, Outgoing
from notifications_platform.delivery.states import Channel, Reason, State

OWNER = "back_office"
# Here no address was found, none may be used, or the cause itself is gone.
NEVER_RESENT = frozenset({Reason.NOT_IDENTIFIED, Reason.RESERVED, Reason.WITHDRAWN})


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
        first = Message.objects.select_for_update().filter(pk=message_id).first()
        if first is None:
            raise MessageNotFound
        if obstacle := obstacle_to(first):
            raise NotResendable(obstacle)
        if _resent(first).exclude(state__in=[State.FAILED, State.CANCELLED]).exists():
            raise NotResendable("It has been sent again already.")
        content = _as_written(Content.objects.get(pk=first.content_id))
        outbox.write_contents([content], now=now)
        outbox.schedule([_copy(first, content, now=now)], clients=[first.client], now=now)
        copy = _resent(first).order_by("-id")[0]
        trail.record(
            "delivery.resend",
            "message",
            [first.id],
            by=trail.By.staff(user),
            now=now,
            reason=reason,
            detail={"new_message": str(copy.id)},
        )
    return copy


def obstacle_to(message: Message) -> str:
    """Why this message cannot be sent again by staff; empty when it can."""
    if message.state != State.FAILED:
        return f"Only a failed message can be sent again; this one is {message.state}."
    if elsewhere := owners.sent_again(message.owner_kind):
        return elsewhere
    if message.channel == Channel.WEBHOOK:
        return "A webhook call is repeated by the system it belongs to."
    if message.erasure:
        return "Its owner wants it erased."
    if message.reason in NEVER_RESENT or not message.address:
        return f"Sending again would not help: {message.get_reason_display()}."
    return ""


def _resent(first: Message) -> QuerySet[Message]:
    return Message.objects.filter(owner_id=first.id, owner_kind=OWNER)


def _copy(first: Message, content: NewContent, *, now: datetime) -> Outgoing:
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
        address=first.address,
        recipient=first.recipient,
        values=first.values,
        parts=first.parts,
    )


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
