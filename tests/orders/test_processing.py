"""From a due order to its completion (orders contract 6, 7.1, 7.2 and 8)."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.conf import settings as configured_settings
from django.db import connection
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.core import clock
from notifications_platform.delivery import draining, receipts, sweeping
from notifications_platform.delivery.channels.base import Permanent, Sent
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason, State
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import RegisterUnavailable
from orders import processing, services
from orders.errors import CancellationProhibited
from orders.models import Order
from orders.states import NotificationChannel, OrderStatus
from tests.factories import EMAIL, SMS, TTD, make_order
from tests.orders.conftest import Api
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2031, 3, 4, 11, tzinfo=UTC)


def send(monkeypatch: pytest.MonkeyPatch, transport: FakeTransport) -> FakeTransport:
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    draining.drain(Channel.EMAIL)
    return transport


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_an_order_waits_for_its_time_and_is_processed_once() -> None:
    order = make_order(due_in=timedelta(hours=1), now=NOON)
    assert processing.process_due(now=NOON + timedelta(minutes=59, seconds=59)) == 0
    assert status_of(order) == OrderStatus.REGISTERED

    assert processing.process_due(now=NOON + timedelta(hours=1)) == 1
    assert processing.process_due(now=NOON + timedelta(hours=2)) == 0
    assert status_of(order) == OrderStatus.PROCESSED
    assert Message.objects.count() == 1


def test_v1_shows_processed_as_completed_with_its_counts(api: Api) -> None:
    order = make_order(EMAIL, EMAIL)
    processing.process_due(now=clock.now())
    body = api.get(f"/orders/{order.id}/status").json()
    assert body["processingStatus"]["status"] == "Completed"
    link = f"http://127.0.0.1:8000/notifications/api/v1/orders/{order.id}/notifications/email"
    assert body["notificationsStatusSummary"] == {
        "email": {"links": {"self": link}, "generated": 2, "succeeded": 0}
    }


def test_a_plain_smtp_success_completes_the_order(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(EMAIL, EMAIL)
    processing.process_due(now=clock.now())
    send(monkeypatch, FakeTransport())

    order.refresh_from_db()
    assert (order.status, order.open_notifications) == (OrderStatus.COMPLETED, 0)
    status = api.get(f"/orders/{order.id}/status").json()["notificationsStatusSummary"]["email"]
    summary = api.get(f"/orders/{order.id}/notifications/email").json()
    assert status["succeeded"] == summary["succeeded"] == 2
    assert {one["sendStatus"]["status"] for one in summary["notifications"]} == {"Succeeded"}


def test_reports_complete_an_order_and_the_counts_agree(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = make_order(EMAIL, EMAIL, EMAIL)
    processing.process_due(now=clock.now())
    send(monkeypatch, FakeTransport(reports=True))
    assert status_of(order) == OrderStatus.PROCESSED
    first, second, third = Message.objects.order_by("id")

    report(first, State.DELIVERED)
    report(second, State.FAILED, Reason.BOUNCED)
    order.refresh_from_db()
    assert (order.status, order.email_succeeded, order.open_notifications) == ("Processed", 2, 1)

    report(third, State.DELIVERED)
    report(third, State.FAILED, Reason.BOUNCED)
    order.refresh_from_db()
    assert (order.status, order.email_succeeded) == (OrderStatus.COMPLETED, 2)
    words = [
        one["sendStatus"]["status"]
        for one in api.get(f"/orders/{order.id}/notifications/email").json()["notifications"]
    ]
    assert words == ["Delivered", "Failed_Bounced", "Delivered"]


def report(message: Message, outcome: State, reason: Reason | None = None) -> None:
    receipts.receive(
        [
            Report(
                provider="fake",
                reference=f"ref-{message.id}",
                outcome=outcome,  # type: ignore[arg-type]
                reason=reason,
            )
        ],
        now=clock.now(),
    )


def test_an_order_whose_messages_are_all_dead_on_arrival_is_completed_at_once() -> None:
    order = make_order({"nationalIdentityNumber": "00000000000"})
    processing.process_due(now=clock.now())
    order.refresh_from_db()
    assert (order.status, order.email_generated, order.email_succeeded) == ("Completed", 1, 0)


def test_a_refused_address_fails_and_completes(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    order = make_order()
    processing.process_due(now=clock.now())
    send(monkeypatch, FakeTransport(answer=lambda _parcel: Permanent(Reason.BOUNCED)))
    assert status_of(order) == OrderStatus.COMPLETED
    body = api.get(f"/orders/{order.id}/notifications/email").json()
    assert body["succeeded"] == 0
    assert body["notifications"][0]["sendStatus"]["status"] == "Failed_Bounced"


def test_an_expired_notification_is_shown_as_failed_and_completes_the_order(api: Api) -> None:
    order = make_order()
    processing.process_due(now=clock.now())
    assert sweeping.expire(now=clock.now() + timedelta(hours=48, seconds=290)) == 0
    assert sweeping.expire(now=clock.now() + timedelta(hours=48, seconds=301)) == 1
    assert status_of(order) == OrderStatus.COMPLETED
    (shown,) = api.get(f"/orders/{order.id}/notifications/email").json()["notifications"]
    assert shown["sendStatus"]["status"] == "Failed"


def test_v1_sms_leave_in_daytime_only_and_expire_after_48_hours() -> None:
    evening = datetime(2031, 3, 4, 19, tzinfo=UTC)
    make_order(SMS, channel=NotificationChannel.SMS, now=evening)
    processing.process_due(now=evening)
    message = Message.objects.get()
    assert message.not_before == datetime(2031, 3, 5, 8, 0, 0, 1, tzinfo=UTC)
    assert message.expires_at == evening + timedelta(hours=48)
    assert message.parts == 1


def test_an_email_knows_no_window() -> None:
    evening = datetime(2031, 3, 4, 19, tzinfo=UTC)
    make_order(now=evening)
    processing.process_due(now=evening)
    assert Message.objects.get().not_before == evening


# --- the send condition ---------------------------------------------------------------------


def conditioned(server: HTTPServer, *, now: datetime = NOON) -> Order:
    return make_order(now=now, condition_endpoint=server.url_for("/condition"))


@pytest.mark.parametrize("verdict", [True, False])
def test_the_condition_decides(httpserver: HTTPServer, verdict: bool) -> None:
    httpserver.expect_request("/condition").respond_with_json({"sendNotification": verdict})
    order = conditioned(httpserver)
    processing.process_due(now=NOON)
    expected = OrderStatus.PROCESSED if verdict else OrderStatus.SEND_CONDITION_NOT_MET
    assert status_of(order) == expected
    assert Message.objects.count() == int(verdict)
    (request, _), *_ = httpserver.log
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"].startswith("Bearer ey")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, '{"sendNotification": true}'),
        (200, "not json"),
        (200, '{"sendNotification": "yes"}'),
        (200, "{}"),
        (200, "[]"),
    ],
)
def test_an_inconclusive_condition_is_asked_once_more_and_then_taken_for_yes(
    httpserver: HTTPServer, status: int, body: str
) -> None:
    httpserver.expect_request("/condition").respond_with_data(body, status=status)
    order = conditioned(httpserver)

    processing.process_due(now=NOON)
    processing.process_due(now=NOON + timedelta(seconds=59))
    assert (status_of(order), Message.objects.count(), len(httpserver.log)) == ("Processing", 0, 1)

    processing.process_due(now=NOON + timedelta(seconds=60))
    assert (status_of(order), Message.objects.count(), len(httpserver.log)) == ("Processed", 1, 2)


def test_nobody_waits_for_the_owner_of_somebody_elses_order(httpserver: HTTPServer) -> None:
    seen = []

    def answer(_request: Request) -> Response:
        try:
            seen.append(status_of(plain))
        finally:
            connection.close()
        return Response('{"sendNotification": true}', mimetype="application/json")

    httpserver.expect_request("/condition").respond_with_handler(answer)
    asked, plain = conditioned(httpserver), make_order(EMAIL, EMAIL, now=NOON)
    processing.process_due(now=NOON)
    assert seen == [OrderStatus.PROCESSED]
    assert status_of(asked) == OrderStatus.PROCESSED


def test_a_condition_that_must_not_be_called_is_inconclusive(
    httpserver: HTTPServer, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    order = conditioned(httpserver)
    processing.process_due(now=NOON)
    assert (status_of(order), len(httpserver.log)) == (OrderStatus.PROCESSING, 0)


# --- dependencies, crashes, races -----------------------------------------------------------


class _DeadRegister:
    def lookup(self, _numbers: object) -> object:
        raise RegisterUnavailable


def test_a_register_that_is_down_puts_the_order_off_and_is_no_missing_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = make_order({"nationalIdentityNumber": "05909803219"}, now=NOON)
    direct = make_order(now=NOON)
    monkeypatch.setattr(configured, "persons", _DeadRegister)

    processing.process_due(now=NOON)
    assert (status_of(needs), status_of(direct)) == (OrderStatus.PROCESSING, OrderStatus.PROCESSED)

    processing.process_due(now=NOON + timedelta(seconds=60))
    assert status_of(needs) == OrderStatus.REGISTERED
    assert processing.process_due(now=NOON + timedelta(seconds=119)) == 0

    monkeypatch.undo()
    processing.process_due(now=NOON + timedelta(seconds=120))
    assert status_of(needs) == OrderStatus.COMPLETED
    assert Message.objects.count() == 2


def test_placing_while_a_register_is_down_is_503_and_stores_nothing(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configured, "persons", _DeadRegister)
    body = {
        "subject": "S",
        "body": "B",
        "recipients": [{"nationalIdentityNumber": "05909803219"}],
    }
    response = api.post("/orders/email", body)
    assert (response.status_code, response.json()["status"]) == (503, 503)
    assert Order.objects.count() == 0


def test_an_order_of_a_dead_worker_is_recovered_once_its_lease_ran_out() -> None:
    order = make_order(now=NOON)
    processing._claim(now=NOON)  # a worker claims and dies
    assert processing.recover(real=clock.real(), now=NOON) == 0

    later = clock.real() + configured_settings.DELIVERY_LEASE + timedelta(seconds=1)
    assert processing.recover(real=later, now=NOON) == 1
    processing.process_due(now=NOON)
    assert (status_of(order), Message.objects.count()) == (OrderStatus.PROCESSED, 1)


def test_a_worker_keeps_its_order_while_the_lookups_go_on(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.DELIVERY_LEASE = timedelta(milliseconds=30)
    order = make_order(*({"nationalIdentityNumber": f"{n:011}"} for n in range(1200)), now=NOON)
    leases = []

    class Slow:
        def lookup(self, _numbers: object) -> dict[str, object]:
            leases.append(Order.objects.get(pk=order.pk).lease_until)
            time.sleep(0.02)
            return {}

    monkeypatch.setattr(configured, "persons", Slow)
    processing.process_due(now=NOON)
    assert len(leases) == len(set(leases)) == 3
    assert status_of(order) == OrderStatus.COMPLETED


def test_one_defective_order_does_not_hold_up_the_others() -> None:
    broken, fine = make_order(now=NOON), make_order(now=NOON)
    Order.objects.filter(pk=broken.pk).update(email_template={"contentType": "Plain"})
    processing.process_due(now=NOON)
    assert (status_of(broken), status_of(fine)) == (OrderStatus.PROCESSING, OrderStatus.PROCESSED)
    broken.refresh_from_db()
    assert broken.due_at == NOON + timedelta(seconds=60)


def in_parallel(*calls: Callable[[], object]) -> list[object]:
    """Run the calls at the same moment, each on a thread with a connection of its own."""
    barrier = threading.Barrier(len(calls))
    answers: list[object] = [None] * len(calls)

    def run(index: int, call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            answers[index] = call()
        except Exception as failure:
            answers[index] = failure
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_workers_at_the_same_time_never_process_an_order_twice() -> None:
    for _ in range(120):
        make_order(now=NOON)
    claimed = in_parallel(*[lambda: processing.process_due(now=NOON)] * 4)
    assert sum(int(str(one)) for one in claimed) == 120
    assert Message.objects.count() == 120


def test_cancel_against_sweep_has_one_winner() -> None:
    for _ in range(15):
        order = make_order(due_in=timedelta(hours=1), now=NOON)
        send_time = NOON + timedelta(hours=1)

        def cancel(order: Order = order) -> object:
            return services.cancel(order.id, client=TTD, now=NOON)

        cancelled, _ = in_parallel(cancel, partial(processing.process_due, now=send_time))
        messages = Message.objects.filter(owner_id=order.id).count()
        if isinstance(cancelled, CancellationProhibited):
            assert (status_of(order), messages) == (OrderStatus.PROCESSED, 1)
        else:
            assert (status_of(order), messages) == (OrderStatus.CANCELLED, 0)


def test_outcomes_at_the_same_time_complete_an_order_exactly_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = make_order(*[EMAIL] * 200)
    processing.process_due(now=clock.now())
    send(monkeypatch, FakeTransport(reports=True, answer=lambda p: Sent(f"ref-{p.id}")))
    messages = list(Message.objects.order_by("id"))

    def burst(part: list[Message]) -> None:
        for message in part:
            report(message, State.DELIVERED)

    # Each message is reported at least once, some of them on two threads at a time.
    parts = [messages[start::4] for start in range(4)] + [messages[::-5]]
    in_parallel(*(partial(burst, part) for part in parts))
    order.refresh_from_db()
    assert (order.status, order.open_notifications, order.email_succeeded) == ("Completed", 0, 200)
