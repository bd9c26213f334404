"""Sending a failed message to a better address, and correcting the register it came from."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from notifications_platform.core.addresses import is_email_address, to_e164
from notifications_platform.delivery import owners, resending
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel
from notifications_platform.registers import correcting as registers
from notifications_platform.registers.correcting import Correction
from notifications_platform.registers.subjects import Subject


def correct_and_resend(  # noqa: PLR0913 what, where to, who, why and when
    message_id: UUID,
    address: str,
    *,
    in_register: bool,
    user: str,
    reason: str,
    now: datetime,
) -> Message:
    """Schedule a copy to `address` (see `usable`), which with `in_register` also replaces the one
    that failed in the platform's own register: both, or nothing. Returns the new row.

    Raises MessageNotFound, NotResendable, NotInRegister.
    """
    with transaction.atomic():
        copy = resending.resend_corrected(
            message_id,
            address,
            user=user,
            reason=reason,
            now=now,
            detail={"register": in_register},
        )
        if in_register:
            first = Message.objects.get(pk=message_id)
            subject = subject_of(first)
            if subject is None:
                raise registers.NotInRegister
            registers.correct(
                subject, _correction(first, address), user=user, reason=reason, now=now
            )
    return copy


def usable(channel: str, text: str) -> str:
    """The address as the outbox keeps it, by the rules for an order's; empty if it is none."""
    if channel == Channel.SMS:
        return to_e164(text.strip()) or ""
    return text.strip() if is_email_address(text) else ""


def subject_of(message: Message) -> Subject | None:
    """Whom in the registers it was meant for, as the system that caused it tells."""
    first = resending.first_of(message)
    return owners.whom(first.owner_kind, first.recipient)


def stands_in_register(message: Message) -> bool:
    """Whether the platform's own register holds the address that it failed at."""
    if message.channel not in {Channel.EMAIL, Channel.SMS}:
        return False
    return registers.can_correct(subject_of(message), _correction(message, ""))


def _correction(message: Message, address: str) -> Correction:
    return Correction(
        channel="sms" if message.channel == Channel.SMS else "email",
        old=message.address,
        new=address,
    )
