"""The stories of messages and orders, from request to receipt, as their pages tell them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.audit import trail
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.timeline import MOST_SHOWN, Moment, timeline
from notifications_platform.core import clock
from notifications_platform.core.windows import Window
from notifications_platform.delivery import (
    circumstances,
    draining,
    erasing,
    message_page,
    message_story,
    receipts,
    resending,
    stopping,
    switching,
)
from notifications_platform.delivery.channels.base import Permanent, Transient
from notifications_platform.delivery.channels.reports import Report
from notifications_platform.delivery.models import Attempt, Message
from notifications_platform.delivery.states import Channel, Reason, Result, State
from orders import order_page, processing, services
from orders.models import Order
from orders.states import NotificationChannel
from tests.factories import make_content, make_messages, make_order
from tests.orders.conftest import Load, registers  # noqa: F401 - a fixture
from tests.staff import browser, url
from tests.stories import headline, links, order_of, story
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = {"emailAddress": "kari@demo.example"}


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport(reports=True)
    for module in (draining, circumstances, message_story):
        monkeypatch.setattr(module, "transports", lambda _channel: [only])
    return only


def page(client: Client, row: Message | Order) -> str:
    answer = client.get(url(type(row), "change", row.pk))
    assert answer.status_code == 200
    return answer.text


def report_delivery(message: Message) -> None:
    """Its provider reports that it was."""
    of = f"ref-{message.pk}"
    report = Report(provider="fake", reference=of, outcome=State.DELIVERED, reason=None, raw="<R/>")
    receipts.receive([report], now=clock.now())


# --- messages -----------------------------------------------------------------------------


def test_a_messages_story_goes_from_request_to_receipt(
    operator: Client, transport: FakeTransport
) -> None:
    transport.answer = lambda _parcel: Transient("451 greylisted")
    order = make_order(ADDRESS)
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    Message.objects.update(not_before=clock.now(), fair_at=clock.real())
    transport.answer = FakeTransport().answer
    draining.drain(Channel.EMAIL)
    message = Message.objects.get()
    report_delivery(message)

    shown = page(operator, message)

    assert headline(shown).startswith("Good: Delivered: fake reported it at")
    told = [
        "The order was placed by ttd",
        "The address was given with the order",
        "The e-mail was made On behalf of ttd.",
        "Attempt 1: fake put it off The answer was: “451 greylisted”.",
        "Attempt 2: fake took it",
        "fake reported it delivered",
    ]
    assert order_of(shown, *told) == list(range(len(told)))
    assert url(Order, "change", order.pk) in links(shown)
    assert "<time datetime=" in shown


def test_a_bounce_says_what_happened_and_what_helps(
    operator: Client, transport: FakeTransport
) -> None:
    transport.answer = lambda _parcel: Permanent(Reason.BOUNCED, "550 no such user")
    (message,) = make_messages()
    draining.drain(Channel.EMAIL)
    shown = page(operator, message)
    said = headline(shown)
    assert said.startswith("Problem: Not delivered: the address does not exist")
    assert "“550 no such user”" in said
    assert said.endswith("Correct the address and send it again.")


def test_what_was_sent_again_answers_for_the_first(
    operator: Client, transport: FakeTransport
) -> None:
    (failed,) = make_messages(failed=Reason.BOUNCED)
    copy = resending.resend(failed.pk, user="olga", reason="New address.", now=clock.now())
    assert "Staff sent it again" in headline(page(operator, failed))
    draining.drain(Channel.EMAIL)
    report_delivery(copy)

    first, second = page(operator, failed), page(operator, copy)

    assert headline(first).startswith("Good: Delivered at last")
    assert "It was sent again, as a new message by olga New address." in story(first)[-1]
    assert url(Message, "change", copy.pk) in links(first)
    assert "of which this one is a copy" in story(second)[0]
    assert url(Message, "change", failed.pk) in links(second)


def test_the_hours_that_delay_it_are_told(operator: Client, transport: FakeTransport) -> None:
    now = clock.now()
    later = (now.hour + 5) % 24
    window = Window.parse(f"{later:02}:00-{later:02}:30")
    (message,) = make_messages(
        content=make_content(window=window), not_before=window.next_opening(now)
    )
    shown = page(operator, message)
    assert "may only leave between" in headline(shown)
    planned = [moment for moment in story(shown) if "planned" in moment]
    assert len(planned) == 1
    assert "Its hours begin" in planned[0]
    assert 'class="bo-moment bo-moment-waiting bo-planned"' in shown


def test_what_staff_switched_meanwhile_is_told(operator: Client, transport: FakeTransport) -> None:
    stopping.stop("other", because="Not ours.", user="olga", now=clock.now())
    (message,) = make_messages()
    stopping.stop("ttd", because="Flooding.", user="olga", now=clock.now())
    draining.drain(Channel.EMAIL)
    switching.stop_channel("email", because="Outage.", user="odd", now=clock.now())

    shown = page(operator, message)

    order_of(shown, "All messages of ttd were stopped by olga Flooding.", "by odd Outage.")
    assert "Not ours." not in str(story(shown))
    switching.resume_channel("email", because="Over.", user="odd", now=clock.now())


def test_expiry_and_erasure_are_told(operator: Client) -> None:
    now = clock.now()
    (message,) = make_messages(
        expires_at=now + timedelta(hours=1), grace=timedelta(minutes=5), not_before=now
    )
    shown = page(operator, message)
    order_of(shown, "It expires: no attempt starts any more", "It fails, if no delivery report")
    erasing.erase("test", [message.owner_id], by=trail.By.client("ttd"), now=now)
    assert "erased as soon as it is final" in story(page(operator, message))[-1]
    Message.objects.update(state=State.FAILED, reason=Reason.BOUNCED, final_at=now)
    erasing.erase_what_became_final()
    shown = page(operator, message)
    order_of(shown, "Its owner had text and address erased by ttd")
    assert "The text has been erased." in shown
    assert "send it again" not in headline(shown)


def test_of_many_attempts_the_newest_are_told(operator: Client) -> None:
    (message,) = make_messages()
    Attempt.objects.bulk_create(
        Attempt(
            message=message,
            number=number,
            at=clock.now(),
            worker="w",
            provider="fake",
            result=Result.TRANSIENT,
        )
        for number in range(1, 151)
    )
    shown = page(operator, message)
    assert "50 moments are left out here." in shown
    order_of(shown, "Attempt 51:", "Attempt 150:")
    assert "Attempt 50:" not in shown


def test_headlines_of_many_cost_what_one_costs(transport: FakeTransport) -> None:
    (one,) = make_messages(failed=Reason.BOUNCED)
    many = [*make_messages(20, failed=Reason.SPAM), *make_messages(20)]
    spent = []
    for messages in ([one], many):
        with CaptureQueriesContext(connection) as queries:
            said = message_page.headlines(messages, now=clock.now(), real=clock.real())
        assert {line.tone for line in said.values()} <= {"bad", "waiting"}
        spent.append(len(queries))
    assert spent[0] == spent[1] < 10


# --- why this channel ---------------------------------------------------------------------

WITH_MOBILE, RESERVED = "26845624924", "01877731193"


def a_person(number: str, **contact: object) -> dict[str, object]:
    return {"nationalIdentityNumber": number, "name": "Kari Demo", **contact}


def test_why_a_message_takes_another_channel_is_told(
    operator: Client,
    registers: Load,  # noqa: F811
) -> None:
    registers(
        {
            "persons": [
                a_person(WITH_MOBILE, mobileNumber="+4740000112"),
                a_person(RESERVED, email="r@demo.example", reserved=True),
            ]
        }
    )
    make_order(
        {"nationalIdentityNumber": WITH_MOBILE},
        {"nationalIdentityNumber": RESERVED},
        channel=NotificationChannel.EMAIL_PREFERRED,
    )
    processing.process_due(now=clock.now())
    sms, reserved = Message.objects.get(channel="sms"), Message.objects.get(channel="email")

    (place,) = order_of(page(operator, sms), "looked up in the register of persons")

    assert (
        "no e-mail address was on file there: therefore SMS." in story(page(operator, sms))[place]
    )
    shown = page(operator, reserved)
    assert headline(shown).startswith("Problem: Nothing was sent: the person is reserved")
    order_of(shown, "It says that the person is reserved.")


def test_nothing_is_said_of_a_channel_that_is_not_certain(
    operator: Client, transport: FakeTransport
) -> None:
    """Given once with an address and once without: nobody can tell which of them it was."""
    number = {"organizationNumber": "310131075"}
    order = make_order(number, number | ADDRESS)
    (message,) = make_messages(
        owner_kind="orders", owner_id=order.pk, recipient="organization:310131075"
    )
    shown = page(operator, message)
    order_of(shown, "The order was placed")
    assert "looked up" not in shown
    assert "given with the order" not in shown


# --- orders -------------------------------------------------------------------------------


def test_an_orders_story_goes_from_placing_to_its_end(
    operator: Client, transport: FakeTransport
) -> None:
    transport.answer = lambda parcel: (
        Permanent(Reason.BOUNCED, "550 no such user")
        if parcel.address.startswith("ola")
        else FakeTransport().answer(parcel)
    )
    order = make_order(ADDRESS, {"emailAddress": "ola@demo.example"})
    waiting = page(operator, order)
    assert "has been due since" in headline(waiting)
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    for message in Message.objects.filter(state=State.SENT):
        report_delivery(message)

    shown = page(operator, order)

    assert headline(shown).startswith("Problem: 1 of its 2 messages failed.")
    told = ["The order was placed by ttd", "Its messages were made: 2 by e-mail", "at their end"]
    assert order_of(shown, *told) == [0, 1, 2]
    assert "All addresses were given with the order." in shown
    failed, delivered = (shown.index(f"<td>{word}") for word in ("Not delivered", "Delivered"))
    assert failed < delivered


def test_an_order_of_one_message_says_what_that_says(
    operator: Client, transport: FakeTransport
) -> None:
    order = make_order()
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    report_delivery(Message.objects.get())
    assert headline(page(operator, order)).startswith("Good: Delivered: fake reported it at")


def test_who_cancelled_an_order_is_told(operator: Client) -> None:
    order = make_order(due_in=timedelta(days=1))
    shown = page(operator, order)
    assert "Its messages are made and leave" in story(shown)[-1]
    assert "planned" in story(shown)[-1]
    services.cancel_by_staff(order.pk, user="olga", reason="By mistake.", now=clock.now())
    shown = page(operator, order)
    assert "cancelled by olga" in headline(shown)
    assert "By mistake." in headline(shown)
    assert "It was cancelled by olga By mistake." in story(shown)[-1]


def test_an_orders_page_costs_the_same_for_one_message_and_for_many(
    operator: Client, transport: FakeTransport
) -> None:
    transport.answer = lambda _parcel: Permanent(Reason.BOUNCED, "550 no such user")
    orders = [
        make_order(*[{"emailAddress": f"n{nr}@demo.example"} for nr in range(count)])
        for count in (2, 150)
    ]
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    page(operator, orders[0])
    spent = []
    for order in orders:
        with CaptureQueriesContext(connection) as queries:
            shown = page(operator, order)
        spent.append(len(queries))
    assert "The first 100 of 150, those that failed before the others." in shown
    assert spent[1] <= spent[0] < 30
    with CaptureQueriesContext(connection) as queries:
        said = order_page.headlines(Order.objects.all(), now=clock.now(), real=clock.real())
    assert {line.tone for line in said.values()} == {"bad"}
    assert len(queries) < 10


# --- the timeline itself ------------------------------------------------------------------


def test_a_timeline_is_oldest_first_and_planned_last_and_never_endless() -> None:
    now = clock.now()
    late = Moment(at=now, what="late")
    soon = Moment(at=now - timedelta(days=1), what="planned", planned=True)
    whenever = Moment(at=None, what="whenever", planned=True)
    early = [Moment(at=now - timedelta(hours=1), what=f"early {number}") for number in range(2)]
    told = timeline("Story", [whenever, soon, late, *early])
    assert [one.what for one in told.moments] == [
        "early 0",
        "early 1",
        "late",
        "planned",
        "whenever",
    ]

    many = timeline("Story", [Moment(at=now, what=str(number)) for number in range(1000)])
    assert many.left_out == 800
    assert len(many.moments) == MOST_SHOWN + 1
    assert [many.moments[at].what for at in (0, 49, 51, -1)] == ["0", "49", "850", "999"]
    assert "800 moments are left out" in str(many.moments[50].what)
