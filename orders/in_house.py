"""Orders that another system of this platform places (orders contract 7.6).

They are ordinary orders of their creator. Beyond the public interface they can be put on hold
and released, ask their system in process whether they should still go out, and be withdrawn
without the five minutes of the public cancel.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import DateTimeField, F, Func, JSONField, Value
from django.db.models.functions import Greatest

from notifications_platform.audit import trail
from notifications_platform.core.inserting import insert_together
from notifications_platform.core.jobs import wake_on_commit
from notifications_platform.delivery import withdrawal
from orders.lookups import RecipientLookup
from orders.models import Order
from orders.new_orders import NewOrder
from orders.services import OrderReceipt, to_row
from orders.states import OWNER, OrderStatus, OrderType, SendingTimePolicy

_IDEMPOTENCY = "order_idempotency"
# Of texts in one statement.
_MOST_CHARACTERS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InHouseOrder:
    """`condition_subject`: what the placing system is asked about before sending, empty for no
    condition. `idempotency_id` is unique per creator and placing system.
    """

    new: NewOrder
    creator: str
    idempotency_id: str
    type: OrderType = OrderType.NOTIFICATION
    sms_policy: SendingTimePolicy = SendingTimePolicy.DAYTIME
    condition_subject: str = ""
    on_hold: bool = False
    lookup: RecipientLookup | None = None


def place(orders: Sequence[InHouseOrder], *, system: str, now: datetime) -> list[OrderReceipt]:
    """Register orders in the caller's transaction, in bulk; a used idempotency id gives the
    first order. Look-ups were made before, by `lookups`, outside the transaction.
    """
    rows = [_row(order, system=system, now=now) for order in orders]
    ids = _insert(rows, system=system, now=now) or _insert_unless_used(rows, system=system, now=now)
    if any(row.due_at and row.due_at <= now for row in rows):
        wake_on_commit("orders.sweep_due")
    return [
        OrderReceipt(order_id=id, recipient_lookup=order.lookup)
        for order, id in zip(orders, ids, strict=True)
    ]


def _insert(rows: Sequence[Order], *, system: str, now: datetime) -> list[UUID]:
    """Empty, and nothing stored, where an idempotency id has been used: a rare thing."""
    ids = [row.id for row in rows]
    by = trail.By.system(system)
    try:
        with transaction.atomic():
            for some in _batches(rows):
                chosen = [row.id for row in some]
                entries = trail.entries("orders.place", "order", chosen, by=by, now=now)
                insert_together([*some, *entries])
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if diagnosis is None or diagnosis.constraint_name != _IDEMPOTENCY:
            raise
        return []
    return ids


def _batches(rows: Sequence[Order]) -> Iterator[list[Order]]:
    """So many that their texts fit into memory a few times over."""
    some: list[Order] = []
    size = 0
    for row in rows:
        length = sum(
            len((one or {}).get("body", "")) for one in (row.email_template, row.sms_template)
        )
        if some and size + length > _MOST_CHARACTERS:
            yield some
            some, size = [], 0
        some.append(row)
        size += length
    if some:
        yield some


def _insert_unless_used(rows: Sequence[Order], *, system: str, now: datetime) -> list[UUID]:
    Order.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    stored = {
        (row.creator, row.idempotency_id): row.id
        for row in Order.objects.filter(
            creator__in={row.creator for row in rows},
            idempotency_kind=system,
            idempotency_id__in=[row.idempotency_id for row in rows],
        ).only("creator", "idempotency_id")
    }
    new = {row.id for row in rows} & set(stored.values())
    trail.record("orders.place", "order", sorted(new), by=trail.By.system(system), now=now)
    return [stored[row.creator, row.idempotency_id] for row in rows]


def release(order_ids: Collection[UUID], *, system: str, send_time: datetime | None = None) -> int:
    """Let orders on hold become due; `send_time` may move them, to later only. How many."""
    later = Greatest(F("requested_send_time"), Value(send_time, DateTimeField()))
    moved = later if send_time else F("requested_send_time")
    released = Order.objects.filter(
        pk__in=order_ids,
        placed_by=system,
        status=OrderStatus.REGISTERED,
        due_at__isnull=True,
    ).update(requested_send_time=moved, due_at=moved)
    wake_on_commit("orders.sweep_due")
    return released


def withdraw(
    order_ids: Collection[UUID], *, system: str, now: datetime, erase_texts: bool = False
) -> None:
    """Stop what can still be stopped, in the caller's transaction.

    Registered orders are cancelled. Of the others, notifications that no worker holds fail
    (those of an order in processing as soon as they are made); what is being sent goes out, or
    fails if this attempt does, and completion follows. With `erase_texts` the cancelled ones
    forget their texts, of which nothing has left.
    """
    with transaction.atomic():
        # Messages before orders, as the engine locks them when it tells of outcomes.
        own = Order.objects.filter(pk__in=order_ids, placed_by=system)
        withdrawal.fail_queued(OWNER, own.values_list("pk", flat=True), now=now)
        rows = dict(own.select_for_update().order_by("pk").values_list("pk", "status"))
        registered = [pk for pk, status in rows.items() if status == OrderStatus.REGISTERED]
        Order.objects.filter(pk__in=registered, status=OrderStatus.REGISTERED).update(
            status=OrderStatus.CANCELLED,
            status_changed_at=now,
            due_at=None,
            **(_WITHOUT_TEXTS if erase_texts else {}),
        )
        trail.record(
            "orders.withdraw",
            "order",
            sorted(rows),
            by=trail.By.system(system),
            now=now,
        )
        Order.objects.filter(pk__in=rows, status=OrderStatus.PROCESSING).update(withdrawn_at=now)
        if withdrawal.any_to_come(OWNER, rows):
            # Some were made in between.
            withdrawal.fail_made_meanwhile(OWNER, rows, now=now)


def _with(column: str, members: dict[str, str]) -> Func:
    """The column's JSON with these members in place of its own; null stays null."""
    new = Value(members, JSONField())
    return Func(F(column), new, template="%(expressions)s", arg_joiner=" || ")


_WITHOUT_TEXTS = {
    "email_template": _with("email_template", {"subject": "", "body": ""}),
    "sms_template": _with("sms_template", {"body": ""}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How an order stands: of the notifications `made` from it, those that went out."""

    status: OrderStatus
    is_withdrawn: bool
    requested_send_time: datetime
    made: int
    succeeded: int

    @property
    def is_completed(self) -> bool:
        return self.status is OrderStatus.COMPLETED

    @property
    def failed(self) -> int:
        """Once it is completed."""
        return self.made - self.succeeded


def tallies(order_ids: Collection[UUID]) -> dict[UUID, Tally]:
    """Of those that exist, as they stand just now."""
    heavy = ("recipients", "email_template", "sms_template")
    return {
        row.id: Tally(
            status=OrderStatus(row.status),
            is_withdrawn=row.withdrawn_at is not None,
            requested_send_time=row.requested_send_time,
            made=row.email_generated + row.sms_generated,
            succeeded=row.email_succeeded + row.sms_succeeded,
        )
        for row in Order.objects.filter(pk__in=order_ids).defer(*heavy)
    }


def _row(order: InHouseOrder, *, system: str, now: datetime) -> Order:
    row = to_row(order.new, creator=order.creator, now=now)
    row.type = order.type
    row.sms_policy = order.sms_policy
    row.placed_by = row.idempotency_kind = system
    row.idempotency_id = order.idempotency_id
    row.condition_subject = order.condition_subject
    if order.on_hold:
        row.due_at = None
    return row
