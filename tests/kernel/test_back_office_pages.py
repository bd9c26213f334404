"""What stands on the pages of one message and one order; their stories are tested beside."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import circumstances, draining, receipts, resending
from notifications_platform.delivery.channels.base import Transient
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Message, Receipt
from notifications_platform.delivery.states import Channel, Reason, State
from orders import processing
from orders.explain import Cancellation, explain
from orders.models import Order
from orders.states import OrderStatus
from tests.factories import make_content, make_messages, make_order
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2031, 3, 4, 11, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport(reports=True)
    for module in (draining, circumstances):
        monkeypatch.setattr(module, "transports", lambda _channel: [only])
    return only


def page(client: Client, row: Any) -> str:
    return client.get(url(type(row), "change", row.pk)).text


def test_a_messages_page_shows_its_text_as_this_receiver_gets_it(operator: Client) -> None:
    content = make_content(
        body="<b>Hello $recipientName$</b>",
        content_type="text/html",
        placeholders=["$recipientName$"],
    )
    (message,) = make_messages(content=content, values={"$recipientName$": "Kari"})
    assert "&lt;b&gt;Hello Kari&lt;/b&gt;" in page(operator, message)


def test_a_messages_page_shows_attempts_and_why(operator: Client, transport: FakeTransport) -> None:
    transport.answer = lambda _parcel: Transient("451 greylisted")
    (message,) = make_messages()
    draining.drain(Channel.EMAIL)
    shown = page(operator, message)
    assert "Why was this not sent?" in shown
    assert "The next one is planned at" in shown
    assert shown.count("451 greylisted") == 2


def test_raw_reports_are_for_operators(operator: Client, transport: FakeTransport) -> None:
    (message,) = make_messages()
    draining.drain(Channel.EMAIL)
    report = Report(
        provider="fake",
        reference=f"ref-{message.pk}",
        outcome=State.FAILED,
        reason=Reason.REJECTED,
        raw="<MSG>the whole report</MSG>",
    )
    receipts.receive([report], now=clock.now())
    reader = browser(Role.READER, "rita")
    for row in (message, Receipt.objects.get()):
        assert "the whole report" in page(operator, row)
        assert "the whole report" not in page(reader, row)
    assert "rejected" in page(reader, message)


def test_a_resent_message_and_its_copy_know_each_other(operator: Client) -> None:
    (failed,) = make_messages(failed=Reason.BOUNCED)
    copy = resending.resend(failed.pk, user="olga", reason="Again.", now=clock.now())
    assert url(Message, "change", copy.pk) in page(operator, failed)
    assert url(Message, "change", failed.pk) in page(operator, copy)


def test_an_orders_page_shows_it_as_placed_with_messages_and_history(operator: Client) -> None:
    order = make_order(
        {"emailAddress": "kari@demo.example"},
        {"emailAddress": "ola@demo.example"},
        senders_reference="case-2031/77",
    )
    processing.process_due(now=clock.now())
    shown = page(operator, order)
    for text in ("case-2031/77", "kari@demo.example", "Hello $recipientName$", "orders.place"):
        assert text in shown
    for message in Message.objects.filter(owner_id=order.pk):
        assert url(Message, "change", message.pk) in shown
        assert url(Order, "change", order.pk) in page(operator, message)


def test_a_large_order_is_shown_in_part(operator: Client) -> None:
    order = make_order(*[{"emailAddress": f"n{nr:03}@demo.example"} for nr in range(150)])
    processing.process_due(now=clock.now())
    with CaptureQueriesContext(connection) as queries:
        shown = page(operator, order)
    assert "n099@demo.example" in shown
    assert "n100@demo.example" not in shown
    assert "The first 100 of 150." in shown
    assert f"{url(Message)}?owner_id={order.pk}" in shown
    assert len(queries) < 25


# --- orders/explain.py, pure --------------------------------------------------------------


def an_order(status: OrderStatus, **fields: Any) -> Order:
    fields = {"status_changed_at": NOW, "requested_send_time": NOW, "due_at": None} | fields
    return Order(status=status, creator="ttd", **fields)


R, P = OrderStatus.REGISTERED, OrderStatus.PROCESSING


@pytest.mark.parametrize(
    ("order", "codes"),
    [
        (an_order(R), ["on_hold"]),
        (an_order(R, due_at=NOW - HOUR), ["due"]),
        (an_order(R, due_at=NOW + HOUR, requested_send_time=NOW + HOUR), ["waiting_for_its_time"]),
        (an_order(R, due_at=NOW + HOUR), ["register_unavailable"]),
        (an_order(P, lease_until=NOW + HOUR), ["being_processed"]),
        (an_order(P, lease_until=NOW - HOUR), ["worker_lost"]),
        (an_order(P, due_at=NOW + HOUR), ["processing_failed"]),
        (an_order(P, due_at=NOW + HOUR, tries=1), ["register_unavailable"]),
        (
            an_order(P, due_at=NOW + HOUR, tries=1, condition_endpoint="https://a.example"),
            ["condition_inconclusive"],
        ),
        (an_order(OrderStatus.SEND_CONDITION_NOT_MET), ["condition_not_met"]),
        (an_order(OrderStatus.CANCELLED), ["cancelled"]),
        (
            an_order(OrderStatus.PROCESSED, email_generated=3, open_notifications=2),
            ["messages_failed", "messages_open", "made"],
        ),
        (
            an_order(OrderStatus.COMPLETED, sms_generated=3, sms_succeeded=1),
            ["messages_failed", "made"],
        ),
        (an_order(OrderStatus.COMPLETED, sms_generated=3, sms_succeeded=3), ["made"]),
    ],
)
def test_every_status_of_an_order_is_put_into_words(order: Order, codes: list[str]) -> None:
    assert [one.code for one in explain(order, now=NOW, real=NOW)] == codes


def test_a_cancellation_names_who_and_why() -> None:
    cancelled = an_order(OrderStatus.CANCELLED)
    (sentence,) = explain(
        cancelled, now=NOW, real=NOW, cancellation=Cancellation(actor="ttd", reason="")
    )
    assert sentence.text.endswith("cancelled by ttd at 2031-03-04 12:00:00 (Oslo).")


@pytest.mark.parametrize("status", OrderStatus)
def test_no_status_is_left_without_words(status: OrderStatus) -> None:
    assert explain(an_order(status), now=NOW, real=NOW)
