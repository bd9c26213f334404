"""Orders placed by another system of the platform (orders contract 7.6 and 8)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from notifications_platform.core.windows import OSLO
from notifications_platform.delivery import claiming, resending, withdrawal
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason, State
from orders import conditions, in_house, processing
from orders.in_house import InHouseOrder
from orders.models import Order
from orders.new_orders import NewOrder
from orders.states import NotificationChannel, OrderStatus, SendingTimePolicy
from tests.factories import EMAIL, EMAIL_TEMPLATE, SMS, SMS_TEMPLATE
from tests.orders.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2031, 3, 4, 11, tzinfo=UTC)
HOUR = timedelta(hours=1)


def letter(idempotency_id: str, **fields: Any) -> InHouseOrder:
    new = NewOrder(
        channel=NotificationChannel.EMAIL,
        recipients=[EMAIL],
        email_template=EMAIL_TEMPLATE,
        requested_send_time=NOON,
    )
    given: dict[str, Any] = {"new": new, "creator": "ttd", "idempotency_id": idempotency_id}
    return InHouseOrder(**given | fields)


def place(*orders: InHouseOrder) -> list[Order]:
    with transaction.atomic():
        receipts = in_house.place(orders, system="correspondence", now=NOON)
    return [Order.objects.get(pk=receipt.order_id) for receipt in receipts]


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_an_order_on_hold_is_not_due_until_it_is_released_and_may_move_to_later_only() -> None:
    (order,) = place(letter("a", on_hold=True))
    assert processing.process_due(now=NOON + HOUR) == 0

    in_house.release([order.id], system="correspondence", send_time=NOON - HOUR)
    order.refresh_from_db()
    assert (order.requested_send_time, order.due_at) == (NOON, NOON)

    (later,) = place(letter("b", on_hold=True))
    in_house.release([later.id], system="correspondence", send_time=NOON + HOUR)
    processing.process_due(now=NOON)
    assert (status_of(order), status_of(later)) == ("Processed", "Registered")
    processing.process_due(now=NOON + HOUR)
    assert Message.objects.get(owner_id=later.id).expires_at == NOON + HOUR + timedelta(hours=48)


def test_its_creator_sees_it_and_may_cancel_it_by_the_public_rule(api: Api) -> None:
    (order,) = place(letter("a", on_hold=True))
    assert (
        api.get(f"/orders/{order.id}/status").json()["processingStatus"]["status"] == "Registered"
    )


def test_a_used_idempotency_id_gives_the_first_order() -> None:
    first, other = place(letter("a"), letter("b"))
    again, new = place(letter("a"), letter("c"))
    assert again.id == first.id
    assert Order.objects.count() == 3
    assert new.id not in {first.id, other.id}


@pytest.fixture
def wanted() -> Iterator[set[str]]:
    """The subjects that the placing system still wants to notify about."""
    subjects: set[str] = set()
    conditions.register("correspondence", lambda asked: subjects & set(asked))
    yield subjects
    conditions.register("correspondence", set)


def test_the_placing_system_decides_in_process(wanted: set[str], api: Api) -> None:
    wanted.add("unread")
    unread, read = place(
        letter("a", condition_subject="unread"), letter("b", condition_subject="read")
    )
    processing.process_due(now=NOON)
    assert (status_of(unread), status_of(read)) == ("Processed", "SendConditionNotMet")
    assert "conditionEndpoint" not in api.get(f"/orders/{unread.id}").json()


def test_a_registered_order_is_withdrawn_without_the_five_minutes() -> None:
    (order,) = place(letter("a"))
    in_house.withdraw([order.id], system="correspondence", now=NOON)
    assert status_of(order) == OrderStatus.CANCELLED
    assert processing.process_due(now=NOON) == 0


def test_withdrawing_a_processed_order_fails_what_no_worker_holds() -> None:
    (order,) = place(letter("a", new=letter("x").new))
    Order.objects.filter(pk=order.pk).update(recipients=[EMAIL, EMAIL])
    processing.process_due(now=NOON)
    claimed = claiming.claim(Channel.EMAIL, limit=1, now=NOON).messages[0]

    in_house.withdraw([order.id], system="correspondence", now=NOON)

    states = dict(Message.objects.values_list("id", "state"))
    assert states.pop(claimed.parcel.id) == State.CLAIMED
    assert list(states.values()) == [State.FAILED]
    order.refresh_from_db()
    assert (order.status, order.open_notifications) == (OrderStatus.PROCESSED, 1)


def test_an_order_withdrawn_while_in_processing_sends_nothing() -> None:
    (order,) = place(letter("a"))
    claim = processing._claim(now=NOON)
    in_house.withdraw([order.id], system="correspondence", now=NOON)
    processing._process([order.id], claim.token, now=NOON)
    message = Message.objects.get()
    assert (message.state, message.reason) == (State.FAILED, Reason.WITHDRAWN)
    assert status_of(order) == OrderStatus.COMPLETED


@pytest.mark.parametrize("moment", ["before", "between"])
def test_one_without_an_address_is_corrected_by_nobody_once_its_order_is_withdrawn(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = place(letter("a"))
    Order.objects.filter(pk=order.pk).update(recipients=[SMS])
    claim = processing._claim(now=NOON)
    if moment == "between":
        # A worker writes its messages when those there were have been taken back already.
        take_back = withdrawal.fail_queued

        def taken_back_too_soon(*args: Any, **kwargs: Any) -> None:
            take_back(*args, **kwargs)
            processing._process([order.id], claim.token, now=NOON)

        monkeypatch.setattr(withdrawal, "fail_queued", taken_back_too_soon)
    in_house.withdraw([order.id], system="correspondence", now=NOON)
    processing._process([order.id], claim.token, now=NOON)

    message = Message.objects.get()
    assert (message.state, message.reason) == (State.FAILED, Reason.NOT_IDENTIFIED)
    with pytest.raises(resending.NotResendable, match="withdrawn since"):
        resending.resend_corrected(message.id, "a@b.example", user="o", reason="r", now=NOON)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("policy", "local_hour", "expected"),
    [
        (SendingTimePolicy.DAYTIME, 12, timedelta(hours=48)),
        (SendingTimePolicy.DAYTIME, 7, timedelta(hours=2 + 48)),
        (SendingTimePolicy.DAYTIME, 20, timedelta(hours=-11 + 72)),
        (SendingTimePolicy.ANYTIME, 20, timedelta(hours=48)),
    ],
)
def test_the_sms_policy_decides_window_and_expiry(
    policy: SendingTimePolicy, local_hour: int, expected: timedelta
) -> None:
    send_time = datetime(2031, 3, 4, local_hour, tzinfo=OSLO)
    new = NewOrder(
        channel=NotificationChannel.SMS,
        recipients=[SMS],
        sms_template=SMS_TEMPLATE,
        requested_send_time=send_time,
    )
    place(letter("a", new=new, sms_policy=policy))
    processing.process_due(now=send_time)
    message = Message.objects.get()
    assert message.expires_at == send_time + expected
    waits = policy == SendingTimePolicy.DAYTIME and local_hour != 12
    assert (message.fair_at is None) == waits


def test_five_hundred_orders_take_a_bounded_number_of_statements(
    django_assert_max_num_queries: Any,
) -> None:
    orders = [letter(str(number)) for number in range(500)]
    with django_assert_max_num_queries(10):
        place_only = in_house.place(orders, system="correspondence", now=NOON)
    assert len(place_only) == 500
