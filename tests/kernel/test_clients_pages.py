"""The page of a client in its register: how it is doing, and what is newest of it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.models import Producer
from enrollment.models import EnrollmentClient
from notifications_platform.back_office.owned import bind
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import stopping
from notifications_platform.delivery.states import Reason
from notifications_platform.registers.models import ServiceOwner
from orders.models import Order
from tests.enrollment.conftest import OURS
from tests.enrollment.rows import notification, notifications
from tests.factories import make_messages, make_order
from tests.staff import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


@pytest.fixture
def owner() -> ServiceOwner:
    return ServiceOwner.objects.create(
        org="ttd", organization_number="991825827", name="Testdepartementet"
    )


def page(client: Client, row: Any) -> str:
    answer = client.get(url(type(row), "change", row.pk))
    assert answer.status_code == 200
    return str(answer.text)


def test_a_service_owners_page_says_how_it_is_doing_and_what_is_newest(
    reader: Client, owner: ServiceOwner
) -> None:
    quiet = page(reader, owner)
    assert "Providers took 0 messages of it in the past day." in quiet
    assert "Its newest orders" not in quiet

    first, second = make_order(), make_order()
    make_messages(2, address="", failed=Reason.NOT_IDENTIFIED)
    stopping.stop("ttd", because="It sends too much", user="ada", now=clock.now())
    shown = page(reader, owner)
    assert 'class="bo-headline bo-headline-bad"' in shown
    assert "All its messages have been stopped by ada since" in shown
    assert "2 of its messages failed in the past day." in shown
    links = [url(Order, "change", one.pk) for one in (second, first)]
    assert sorted(links, key=shown.index) == links


def test_a_client_of_enrollment_and_a_producer_have_such_a_page(reader: Client) -> None:
    one = EnrollmentClient.objects.create(client_id=OURS, name="Payer")
    notified = notification()
    shown = page(reader, one)
    assert "1 enrollment notification failed and waits for somebody." in shown
    assert url(type(notified), "change", notified.pk) in shown
    assert url(type(notified.definition), "change", notified.definition_id) in shown
    producer = Producer.objects.create(client_id="tiltak", name="Tiltak")
    assert "Providers took 0 messages of it" in page(reader, producer)


def test_a_clients_page_costs_the_same_however_much_it_has(reader: Client) -> None:
    one = EnrollmentClient.objects.create(client_id=OURS, name="Payer")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(reader, one)
        return len(queries)

    notification()
    cost()
    few = cost()
    notifications(30)
    assert cost() == few < 40


def test_staff_bound_to_a_client_see_its_page_and_no_others(owner: ServiceOwner) -> None:
    other = ServiceOwner.objects.create(
        org="digdir", organization_number="310131172", name="Digdir"
    )
    order = make_order()
    bound = browser(Role.READER, "bo")
    bind(User.objects.get(username="bo"), {"ttd"}, by="ada", now=clock.now())
    assert url(Order, "change", order.pk) in page(bound, owner)
    assert bound.get(url(ServiceOwner, "change", other.pk)).status_code == 404
