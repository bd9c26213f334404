"""Why an order has not gone out, or not yet, in plain words. Pure, and free of personal data."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from notifications_platform.delivery.explain import Sentence, Tone, oslo
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
    """What holds about the order itself; its messages have explanations of their own."""
    match order.status:
        case OrderStatus.REGISTERED:
            return [_registered(order, now)]
        case OrderStatus.PROCESSING:
            return [_processing(order, now, real)]
        case OrderStatus.SEND_CONDITION_NOT_MET:
            return [
                Sentence(
                    code="condition_not_met",
                    tone=Tone.BAD,
                    text="Nothing was sent: its send condition said no at "
                    f"{oslo(order.status_changed_at)}.",
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
            text="It is on hold until the system that placed it releases it, whatever its send "
            "time.",
        )
    if due <= now:
        return Sentence(
            code="due",
            tone=Tone.WAITING,
            text=f"It has been due since {oslo(due)}; a worker takes it within seconds. If it "
            "stays, look whether a worker is running.",
        )
    if due > order.requested_send_time:
        return Sentence(
            code="register_unavailable",
            tone=Tone.WAITING,
            until=due,
            text="A register that its recipients are looked up in did not answer, twice. "
            f"Everything is tried again from {oslo(due)}.",
        )
    return Sentence(
        code="waiting_for_its_time",
        tone=Tone.WAITING,
        until=due,
        text=f"It waits for its send time, {oslo(due)}.",
    )


def _processing(order: Order, now: datetime, real: datetime) -> Sentence:
    if order.due_at is not None:
        return _put_off(order, order.due_at, now)
    if order.lease_until and order.lease_until <= real:
        return Sentence(
            code="worker_lost",
            tone=Tone.BAD,
            text=f"Its worker has not been heard of since {oslo(order.lease_until)}. The next "
            "sweep takes it up again.",
        )
    return Sentence(
        code="being_processed",
        tone=Tone.WAITING,
        until=order.lease_until,
        text="A worker is asking its condition, looking up its recipients and making its "
        f"messages{_until(order.lease_until)}.",
    )


def _put_off(order: Order, due: datetime, now: datetime) -> Sentence:
    again = f"at {oslo(due)}" if due > now else "within seconds"
    if not order.tries:
        return Sentence(
            code="processing_failed",
            tone=Tone.BAD,
            until=due,
            text=f"Processing it was interrupted or failed inside the platform; it is tried again "
            f"{again}. If that repeats, its id is in the log.",
        )
    if order.condition_endpoint:
        return Sentence(
            code="condition_inconclusive",
            tone=Tone.WAITING,
            until=due,
            text="Its send condition gave no clear answer, or a register did not answer. Both are "
            f"asked again {again}; without a clear answer then, it is sent.",
        )
    return Sentence(
        code="register_unavailable",
        tone=Tone.WAITING,
        until=due,
        text="A register that its recipients are looked up in did not answer. It is asked again "
        f"{again}.",
    )


def _cancelled(order: Order, cancellation: Cancellation | None) -> Sentence:
    by = f" by {cancellation.actor}" if cancellation else ""
    why = f": {cancellation.reason}" if cancellation and cancellation.reason else "."
    return Sentence(
        code="cancelled",
        tone=Tone.BAD,
        text=f"Nothing was sent: it was cancelled{by} at {oslo(order.status_changed_at)}{why}",
    )


def _made(order: Order) -> Iterator[Sentence]:
    generated = order.email_generated + order.sms_generated
    succeeded = order.email_succeeded + order.sms_succeeded
    yield Sentence(
        code="made",
        tone=Tone.GOOD if succeeded == generated else Tone.NOTE,
        text=f"{generated} messages were made from it; {succeeded} of them went out.",
    )
    if order.open_notifications:
        yield Sentence(
            code="messages_open",
            tone=Tone.WAITING,
            text=f"{order.open_notifications} of its messages are not at their end yet.",
        )
    failed = generated - succeeded - order.open_notifications
    if order.status == OrderStatus.COMPLETED and failed > 0:
        yield Sentence(
            code="messages_failed", tone=Tone.BAD, text=f"{failed} of its messages failed."
        )


def _until(moment: datetime | None) -> str:
    return f", until {oslo(moment)} at most without a sign of life" if moment else ""
