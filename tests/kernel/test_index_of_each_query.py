"""Each sweep and claim finds its rows by the index made for it."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext

from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import claiming, line, receipts, shortcuts, sweeping
from notifications_platform.delivery.models import Receipt
from notifications_platform.delivery.states import Channel
from orders import order_page, processing
from orders.models import Order
from orders.querysets import OrderQuerySet
from orders.states import OWNER
from tests.factories import make_messages
from tests.plans import plan_of, pretend_much
from tests.staff import make_staff

pytestmark = pytest.mark.django_db

QUERIES: dict[str, tuple[Callable[[], object], str]] = {
    "claim": (
        lambda: claiming.claim(Channel.EMAIL, limit=10, now=clock.now()),
        "message_ready",
    ),
    "line_up": (
        lambda: sweeping.line_up(now=clock.now(), real=clock.real()),
        "message_waiting",
    ),
    "reclaim": (lambda: sweeping.reclaim(real=clock.real(), now=clock.now()), "message_leased"),
    "expire": (lambda: sweeping.expire(now=clock.now()), "message_lapsing"),
    "heads": (line.heads, "message_ready"),
    "settle": (lambda: receipts.settle(now=clock.now()), "receipt_unsettled"),
    "lay_aside": (lambda: receipts.lay_aside(now=clock.now()), "receipt_unsettled"),
    "due orders": (lambda: processing.process_due(now=clock.now()), "order_due"),
    "abandoned orders": (
        lambda: processing.recover(real=clock.real(), now=clock.now()),
        "order_leased",
    ),
    "those of an order that failed": (
        lambda: order_page._shown(Order(email_generated=2)),
        "message_failed_of_owner",
    ),
    "those of several orders that can be corrected": (
        lambda: shortcuts.correcting(_of_an_operator(), OWNER, [uuid7(), uuid7()]),
        "message_failed_of_owner",
    ),
    "orders by reference": (
        lambda: list(_orders().filter(creator="ttd").referred_to_as("case-77")),
        "order_reference",
    ),
}


def _orders() -> OrderQuerySet:
    return Order.objects.all()


def _of_an_operator() -> HttpRequest:
    request = HttpRequest()
    request.user = make_staff(Role.OPERATOR, "olga")
    return request


def _settled_reports(count: int) -> None:
    """History, so that the planner knows how few reports are left to settle."""
    now = clock.now()
    Receipt.objects.bulk_create(
        Receipt(provider_reference=str(number), received_at=now, settled_at=now)
        for number in range(count)
    )


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_can_go_by_its_index(name: str) -> None:
    call, index = QUERIES[name]
    _settled_reports(2000)
    make_messages()
    with CaptureQueriesContext(connection) as captured:
        call()
    statements = [
        query["sql"] for query in captured if not query["sql"].startswith(("SAVE", "REL"))
    ]
    pretend_much("seqscan", "bitmapscan")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE delivery_receipt")
    assert any(index in plan_of(statement) for statement in statements), statements
