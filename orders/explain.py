"""Why an order has not gone out, or not yet, in plain words. Pure, and free of personal data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications_platform.delivery.explain import Sentence, Tone, oslo, told
from orders.models import Order
from orders.states import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who stopped an order, and why, as the trail has it."""

    actor: str
    reason: str


def explain(
    order: Order, *, now: datetime, real: datetime, cancellation: Cancellation | None = None
) -> list[Sentence]:
    """What holds about the order itself, what decides first; its messages have explanations of
    their own.
    """
    match order.status:
        case OrderStatus.REGISTERED:
            return [_registered(order, now)]
        case OrderStatus.PROCESSING:
            return [_processing(order, now, real)]
        case OrderStatus.SEND_CONDITION_NOT_MET:
            said = _("Nothing was sent: its send condition said no at {at}.")
            return [
                Sentence(
                    code="condition_not_met",
                    tone=Tone.BAD,
                    text=said.format(at=oslo(order.status_changed_at)),
                )
            ]
        case OrderStatus.CANCELLED:
            return [_cancelled(order, cancellation)]
        case _:
            return list(_made(order))


def _registered(order: Order, now: datetime) -> Sentence:
    due = order.due_at
    if due is None:
        return Sentence(
            code="on_hold",
            tone=Tone.WAITING,
            text=_(
                "It is on hold until the system that placed it releases it, whatever its send time."
            ),
        )
    if due <= now:
        said = _("It has been due since {at}; a worker takes it within seconds.")
        return Sentence(
            code="due",
            tone=Tone.WAITING,
            text=said.format(at=oslo(due)),
            step=_("If it stays, look whether a worker is running."),
        )
    if due > order.requested_send_time:
        said = _(
            "A register that its recipients are looked up in did not answer, twice. Everything is "
            "tried again from {at}."
        )
        return Sentence(
            code="register_unavailable",
            tone=Tone.WAITING,
            until=due,
            text=said.format(at=oslo(due)),
        )
    return Sentence(
        code="waiting_for_its_time",
        tone=Tone.WAITING,
        until=due,
        text=_("It waits for its send time, {at}.").format(at=oslo(due)),
    )


def _processing(order: Order, now: datetime, real: datetime) -> Sentence:
    if order.due_at is not None:
        return _put_off(order, order.due_at, now)
    if order.lease_until and order.lease_until <= real:
        lost = _("Its worker has not been heard of since {at}. The next sweep takes it up again.")
        return Sentence(
            code="worker_lost", tone=Tone.BAD, text=lost.format(at=oslo(order.lease_until))
        )
    until = order.lease_until
    limit = _("It has until {at} without a sign of life.").format(at=oslo(until)) if until else ""
    return Sentence(
        code="being_processed",
        tone=Tone.WAITING,
        until=until,
        text=told(
            _("A worker is asking its condition, looking up its recipients, making its messages."),
            limit,
        ),
    )


def _put_off(order: Order, due: datetime, now: datetime) -> Sentence:
    again = (
        _("It is tried again at {at}.").format(at=oslo(due))
        if due > now
        else _("It is tried again within seconds.")
    )
    if not order.tries:
        return Sentence(
            code="processing_failed",
            tone=Tone.BAD,
            until=due,
            text=told(
                _("Processing it was interrupted, or failed inside the platform."),
                again,
            ),
            step=_("If that repeats, its id is in the log."),
        )
    if order.condition_endpoint:
        return Sentence(
            code="condition_inconclusive",
            tone=Tone.WAITING,
            until=due,
            text=told(
                _("Its send condition gave no clear answer, or a register did not answer."),
                again,
                _("Without a clear answer then, it is sent."),
            ),
        )
    return Sentence(
        code="register_unavailable",
        tone=Tone.WAITING,
        until=due,
        text=told(
            _("A register that its recipients are looked up in did not answer."),
            again,
        ),
    )


def _cancelled(order: Order, cancellation: Cancellation | None) -> Sentence:
    at = oslo(order.status_changed_at)
    if cancellation is None:
        text = _("Nothing was sent: it was cancelled at {at}.").format(at=at)
    elif cancellation.reason:
        text = _("Nothing was sent: it was cancelled by {actor} at {at}: {reason}").format(
            actor=cancellation.actor, at=at, reason=cancellation.reason
        )
    else:
        text = _("Nothing was sent: it was cancelled by {actor} at {at}.").format(
            actor=cancellation.actor, at=at
        )
    return Sentence(code="cancelled", tone=Tone.BAD, text=text)


def _made(order: Order) -> Iterator[Sentence]:
    """How many of its messages went out; what is amiss, if anything, before that."""
    generated = order.email_generated + order.sms_generated
    succeeded = order.email_succeeded + order.sms_succeeded
    if not generated:
        nobody = _("Nothing was sent: no message was made of it, for there was nobody to send to.")
        yield Sentence(code="made", tone=Tone.NOTE, text=nobody)
        return
    # What went out and awaits its report counts as both: so many have failed at least.
    if (failed := generated - succeeded - order.open_notifications) > 0:
        yield _failed(order, failed, generated)
    if order.open_notifications:
        yield _open(order, generated)
    out = ngettext(
        "{number} message was made from it; {out} went out.",
        "{number} messages were made from it; {out} of them went out.",
        generated,
    )
    yield Sentence(
        code="made",
        tone=Tone.GOOD if generated == succeeded else Tone.NOTE,
        text=out.format(number=generated, out=succeeded),
    )


def _failed(order: Order, failed: int, generated: int) -> Sentence:
    if order.status == OrderStatus.COMPLETED:
        said = ngettext(
            "{number} of its {made} messages failed.",
            "{number} of its {made} messages failed.",
            failed,
        )
    else:
        said = ngettext(
            "{number} or more of its {made} messages failed.",
            "{number} or more of its {made} messages failed.",
            failed,
        )
    return Sentence(
        code="messages_failed",
        tone=Tone.BAD,
        text=said.format(number=failed, made=generated),
        step=_("Each one says why below."),
    )


def _open(order: Order, generated: int) -> Sentence:
    said = ngettext(
        "{number} of its {made} messages is not at its end yet.",
        "{number} of its {made} messages are not at their end yet.",
        order.open_notifications,
    )
    return Sentence(
        code="messages_open",
        tone=Tone.WAITING,
        text=said.format(number=order.open_notifications, made=generated),
    )
