"""The stories of messages and orders are read by indexes, however much is stored."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import resending
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Reason
from orders import processing, story
from orders.models import Order
from tests.factories import make_messages, make_order
from tests.plans import plan_of, pretend_much
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

LARGE = ("delivery_message", "delivery_attempt", "delivery_receipt", "orders_order", "audit_entry")
_STEP = re.compile(r"(Seq Scan|Index (?:Only )?Scan(?: Backward)? using \S+) on (\w+)([^>]*)")


def endless(sql: str) -> list[str]:
    """Steps of its plan that go through all rows of a large table."""
    return [
        f"{way} on {table}"
        for way, table, more in _STEP.findall(plan_of(sql))
        if table in LARGE and "Index Cond" not in more
    ]


def test_no_story_goes_through_a_large_table() -> None:
    """A message sent again by staff, its copy, their order, and what a letter reads of it."""
    order = make_order()
    now = clock.now()
    processing.process_due(now=now)
    (failed,) = make_messages(owner_kind="orders", owner_id=order.pk, failed=Reason.BOUNCED)[1:]
    copy = resending.resend(failed.pk, user="olga", reason="Again.", now=now)
    operator = browser(Role.OPERATOR)
    with CaptureQueriesContext(connection) as captured:
        for row in (failed, copy, order):
            page = url(Order if row is order else Message, "change", row.pk)
            assert operator.get(page).status_code == 200
        assert story.of_orders([order.pk], now=now, real=clock.real())
    statements = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(statements) > 30
    pretend_much("seqscan")
    assert endless("SELECT FROM audit_entry WHERE action = 'orders.place'")

    found = {sql: steps for sql in statements if (steps := endless(sql))}

    assert not found
