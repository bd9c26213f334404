"""Turning due orders into messages (orders contract 7).

An order is claimed with a lease, its condition and its registers are asked with no
transaction open, and then its messages, counts and status are written in one. The last step
holds the order's row and checks the lease, so that a second worker changes nothing.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import connection, transaction

from notifications_platform.core import clock
from notifications_platform.delivery import outbox
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.lookup import RegisterUnavailable
from orders import conditions, finished, planning
from orders import recipients as reach
from orders.conditions import Verdict
from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.states import OrderStatus

log = structlog.get_logger(__name__)

CLAIM = 50
SWEEP_SECONDS = 60.0
RETRY_AFTER = timedelta(seconds=60)
# Orders are processed together up to so many recipients; a larger one goes alone.
_RECIPIENTS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class _Claim:
    """Claimed orders with their numbers of recipients. `asking`: those with a condition."""

    token: UUID
    sizes: dict[UUID, int]
    asking: frozenset[UUID]


class _Lease:
    """The hold on a group of orders, prolonged as long as somebody works at them: the
    look-ups of a large order may take longer than one lease.
    """

    def __init__(self, ids: Sequence[UUID], token: UUID) -> None:
        self.token = token
        self._ids = ids
        self._prolong()

    def keep(self) -> None:
        """Cheap enough to be said often."""
        if time.monotonic() - self._prolonged > settings.DELIVERY_LEASE.total_seconds() / 3:
            self._prolong()

    def _prolong(self) -> None:
        _held(self._ids, self.token).update(lease_until=_lease_end())
        self._prolonged = time.monotonic()


def process_due(*, now: datetime) -> int:
    """Process due orders, oldest first, until fewer than a batch are due or 60 s have passed.

    Returns how many were claimed. Any number of workers may run it at once.
    """
    until = time.monotonic() + SWEEP_SECONDS
    claimed = 0
    while time.monotonic() < until:
        claim = _claim(now=now)
        claimed += len(claim.sizes)
        for group in _groups(claim):
            _process_safely(group, claim.token, now=now)
        if len(claim.sizes) < CLAIM:
            break
    return claimed


def recover(*, real: datetime, now: datetime) -> int:
    """Make orders due again whose worker died with them; how many."""
    with transaction.atomic():
        ids = list(
            Order.objects.abandoned(real)
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:1000]
        )
        return Order.objects.filter(pk__in=ids).update(
            due_at=now, lease_until=None, lease_token=None
        )


def _claim(*, now: datetime) -> _Claim:
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM orders_order WHERE due_at IS NOT NULL AND due_at <= %s
                ORDER BY due_at LIMIT %s FOR UPDATE SKIP LOCKED)
            UPDATE orders_order AS claimed
            SET status = 'Processing', due_at = NULL, lease_token = %s, lease_until = %s,
                status_changed_at =
                    CASE WHEN status = 'Registered' THEN %s ELSE status_changed_at END
            FROM due WHERE claimed.id = due.id
            RETURNING claimed.id, recipient_count, condition_endpoint IS NOT NULL
            """,
            [now, CLAIM, token, _lease_end(), now],
        )
        rows = cursor.fetchall()
        return _Claim(
            token,
            {order_id: size for order_id, size, _ in rows},
            frozenset(order_id for order_id, _, asks in rows if asks),
        )


def _groups(claim: _Claim) -> Iterator[list[UUID]]:
    """Small orders together and first, so that they do not wait for a large one; those whose
    owners must be asked last, so that nobody waits for a slow owner of somebody else's order.
    """
    group: list[UUID] = []
    weight = 0
    for order_id in sorted(claim.sizes, key=lambda one: (one in claim.asking, claim.sizes[one])):
        size = claim.sizes[order_id]
        asks_first = order_id in claim.asking and group and group[0] not in claim.asking
        if group and (asks_first or weight + size > _RECIPIENTS_AT_ONCE):
            yield group
            group, weight = [], 0
        group.append(order_id)
        weight += size
    if group:
        yield group


def _process_safely(ids: Sequence[UUID], token: UUID, *, now: datetime) -> None:
    """One defective order must not hold up the others of its group, nor be lost."""
    try:
        _process(ids, token, now=now)
    except Exception:
        if len(ids) > 1:
            for order_id in ids:
                _process_safely([order_id], token, now=now)
        else:
            log.exception("order.processing_failed", order=str(ids[0]))
            _put_back(ids, token, until=now + RETRY_AFTER, tries=0)


def _process(ids: Sequence[UUID], token: UUID, *, now: datetime) -> None:
    lease = _Lease(ids, token)
    orders = list(_held(ids, token).order_by("pk"))
    orders = _ask_conditions(orders, token, now=now)
    plans = list(_plans(orders, lease, now=now))
    if plans:
        _write(plans, token, now=now)


def _ask_conditions(orders: Sequence[Order], token: UUID, *, now: datetime) -> list[Order]:
    """The orders that are to be sent; the others are finished, or due again in a minute."""
    verdicts = conditions.ask(
        {order.id: order.condition_endpoint for order in orders if order.condition_endpoint}
    ) | conditions.ask_in_house(
        (order.id, order.placed_by, order.condition_subject) for order in orders
    )
    going = []
    for order in orders:
        verdict = verdicts.get(order.id, Verdict.MET)
        if verdict is Verdict.NOT_MET:
            _finish_unsent(order, token, now=now)
        elif verdict is Verdict.INCONCLUSIVE and order.tries == 0:
            _put_back([order.id], token, until=now + RETRY_AFTER, tries=1)
        else:
            going.append(order)
    return going


def _plans(orders: Iterable[Order], lease: _Lease, *, now: datetime) -> Iterator[planning.Plan]:
    for order in orders:
        try:
            known = _look_up(order, lease, now=now)
        except RegisterUnavailable:
            log.warning("order.register_unavailable", order=str(order.id), tries=order.tries)
            if order.tries:
                _register_again(order, lease.token, now=now)
            else:
                _put_back([order.id], lease.token, until=now + RETRY_AFTER, tries=1)
        else:
            yield planning.Plan(order, known, settings.ORDERS_SMS_HOURS)


def _look_up(order: Order, lease: _Lease, *, now: datetime) -> reach.Known:
    asked = list(reach.needing_lookup(order.recipients, order.notification_channel))
    if not asked:
        return reach.Known()
    known = reach.look_up(asked, now=now, alive=lease.keep)
    if order.resource_id and known.organizations:
        return reach.add_contact_points(
            known,
            resource_id=order.resource_id,
            action=order.resource_action or "read",
            alive=lease.keep,
        )
    return known


def _write(plans: Sequence[planning.Plan], token: UUID, *, now: datetime) -> None:
    """Contents, messages, counts and status of a group of orders, all or none."""
    with transaction.atomic():
        held = dict(
            Order.objects.select_for_update()
            .filter(pk__in=[plan.order.id for plan in plans], lease_token=token)
            .order_by("pk")
            .values_list("pk", "withdrawn_at")
        )
        plans = [plan for plan in plans if plan.order.id in held]
        for plan in plans:
            # Only now is it certain that no withdrawal comes between.
            if held[plan.order.id]:
                plan.withdraw()
        outbox.write_contents(
            [content for plan in plans for content in plan.contents.values()], now=now
        )
        outbox.schedule(
            (message for plan in plans for message in planning.messages(plan)),
            clients={plan.order.creator for plan in plans},
            now=now,
        )
        _write_counts(plans, now=now)
    for plan in plans:
        log.info(
            "order.processed",
            order=str(plan.order.id),
            correlation_id=plan.order.correlation_id,
            messages=sum(plan.generated.values()),
        )


def _write_counts(plans: Sequence[planning.Plan], *, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE orders_order AS processed
            SET status = CASE WHEN made.open = 0 THEN 'Completed' ELSE 'Processed' END,
                status_changed_at = %s, lease_token = NULL, lease_until = NULL, tries = 0,
                email_generated = made.email, sms_generated = made.sms,
                open_notifications = made.open
            FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::int[])
                AS made (id, email, sms, open)
            WHERE processed.id = made.id AND processed.status = 'Processing'
            """,
            [
                now,
                [plan.order.id for plan in plans],
                [plan.generated[Channel.EMAIL] for plan in plans],
                [plan.generated[Channel.SMS] for plan in plans],
                [plan.open for plan in plans],
            ],
        )
    ended = [(plan.order.id, plan.order.placed_by) for plan in plans if plan.open == 0]
    finished.tell(ended, now=now)


def _finish_unsent(order: Order, token: UUID, *, now: datetime) -> None:
    with transaction.atomic():
        done = _held([order.id], token).update(
            status=OrderStatus.SEND_CONDITION_NOT_MET,
            status_changed_at=now,
            lease_token=None,
            lease_until=None,
        )
        finished.tell([(order.id, order.placed_by)] if done else [], now=now)


def _put_back(ids: Sequence[UUID], token: UUID, *, until: datetime, tries: int) -> None:
    """Let go of orders in processing that are to be looked at again at `until`."""
    _held(ids, token).update(due_at=until, lease_token=None, lease_until=None, tries=tries)


def _register_again(order: Order, token: UUID, *, now: datetime) -> None:
    """A dependency was down on the retry too: the order starts over in a minute."""
    _held([order.id], token).update(
        status=OrderStatus.REGISTERED,
        status_changed_at=now,
        due_at=now + RETRY_AFTER,
        lease_token=None,
        lease_until=None,
        tries=0,
    )


def _held(ids: Sequence[UUID], token: UUID) -> OrderQuerySet:
    return Order.objects.filter(pk__in=ids, status=OrderStatus.PROCESSING, lease_token=token)


def _lease_end() -> datetime:
    return clock.real() + settings.DELIVERY_LEASE
