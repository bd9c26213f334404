"""The tools that fill tables and weigh processes."""

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.db.models import F, Q

from benchmarks import history, memory
from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.delivery import sweeping
from notifications_platform.delivery.claiming import claim
from notifications_platform.delivery.models import Attempt, Content, Message, Receipt
from notifications_platform.delivery.states import Channel, State
from orders.models import Order
from orders.states import OrderStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tables() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**parameters("tests")) as connection:
        yield connection


def test_finished_rows_agree_with_one_another(tables) -> None:
    history.finish(tables, 1000, per_order=100)

    assert Order.objects.filter(status=OrderStatus.COMPLETED, open_notifications=0).count() == 10
    assert not Message.objects.filter(final_at__isnull=True).exists()
    assert Attempt.objects.count() == Message.objects.count() == 1000
    assert Receipt.objects.filter(settled_at__isnull=False).count() == 200
    assert Message.objects.filter(content__in=Content.objects.all()).count() == 1000
    for order in Order.objects.all():
        own = Message.objects.filter(owner_id=order.id)
        good = own.filter(state__in=[State.SENT, State.DELIVERED]).count()
        assert own.count() == order.email_generated + order.sms_generated == len(order.recipients)
        assert good == order.email_succeeded + order.sms_succeeded == 99


def test_finished_rows_keep_the_indexes_of_the_product(tables) -> None:
    indexes = "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    before = tables.execute(indexes).fetchall()
    history.finish(tables, 100, per_order=10)
    assert tables.execute(indexes).fetchall() == before


def test_what_is_put_in_line_is_claimed_and_what_waits_is_not(tables) -> None:
    history.queue(tables, 200, per_order=50, in_line=False, wait=timedelta(days=1))
    orders = history.queue(tables, 100, per_order=50)
    now, real = clock.now(), clock.real()

    assert sweeping.line_up(now=now, real=real) == sweeping.expire(now=now) == 0
    assert claim(Channel.EMAIL, limit=500, now=now).took == 100
    claimed = Message.objects.filter(state=State.CLAIMED)
    assert set(claimed.values_list("owner_id", flat=True)) == set(orders)
    assert (
        Order.objects.filter(
            Q(open_notifications=F("recipient_count")), status=OrderStatus.PROCESSED
        ).count()
        == 6
    )


def test_memory_is_told_by_role_and_grows_with_what_is_held() -> None:
    platform: Any = SimpleNamespace(supervisor=os.getppid(), processes=lambda: {"web": os.getpid()})
    with memory.Watch(platform) as watch:
        held = bytearray(os.urandom(1 << 20) * 50)
        threading.Event().wait(0.3)
        assert len(held) == 50 << 20
    growth = watch.growth()["web"]
    assert 45 < growth.rss < 120
    assert 45 < growth.pss < 120
