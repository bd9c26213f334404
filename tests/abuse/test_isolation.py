"""What one client placed does not exist for another, on every route there is (orders contract 2).

The routes come from the URL configuration: a new one is attacked without being named here.
"""

from itertools import product
from typing import Any

import pytest
from django.test import Client as Browser

from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from notifications_platform.registers.models import ServiceOwner
from orders import processing
from orders.models import Order
from tests.factories import DIGDIR, TTD, make_order
from tests.house.test_routes import every_path, is_open
from tests.tokens import bearer, platform_header

pytestmark = pytest.mark.django_db

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
REFERENCE = "a-reference-of-ttd"
GUARDED = sorted({path for path in every_path() if not is_open(path)})
ONE, ALL = [path for path in GUARDED if "*" in path], [path for path in GUARDED if "*" not in path]
ORDERS = "/notifications/"
OF_ORDERS = [path for path in ONE if path.startswith(ORDERS)]
OF_OTHERS = [path for path in ONE if not path.startswith(ORDERS)]
OTHERS = {
    "bearer": lambda: bearer("digdir"),
    "maskinporten": lambda: bearer("digdir", kind="maskinporten", organization_number="310131172"),
    "platform": lambda: platform_header("digdir"),
    "case": lambda: platform_header("TTD"),
    # Both good: the platform token decides, and its owner did not place the order.
    "both": lambda: bearer("ttd") | platform_header("digdir"),
}


@pytest.fixture
def order() -> Order:
    """Of the service owner ttd, processed, so that there is something on every route."""
    ServiceOwner.objects.create(org="digdir", organization_number="310131172", name="Digdir")
    placed = make_order(client=TTD, senders_reference=REFERENCE)
    processing.process_due(now=clock.now())
    return Order.objects.get(pk=placed.pk)


def state() -> list[Any]:
    return [*Order.objects.order_by("pk").values(), *Message.objects.order_by("pk").values()]


@pytest.mark.parametrize("path", OF_ORDERS)
def test_another_clients_order_is_404_and_stays_as_it_is(order: Order, path: str) -> None:
    before, address, browser = state(), path.replace("*", str(order.pk)), Browser()
    headers = {other: make() for other, make in OTHERS.items()}
    for other, method in product(OTHERS, METHODS):
        answer = browser.generic(method, address, "{}", "application/json", headers=headers[other])
        assert answer.status_code in {404, 405}, (other, method)
        assert REFERENCE not in answer.text
    assert state() == before


@pytest.mark.parametrize("caller", [*OTHERS, "owner"])
def test_an_order_is_nothing_on_the_routes_of_another_system(order: Order, caller: str) -> None:
    """Whoever asks: the one who placed it, too."""
    before, browser = state(), Browser()
    headers = OTHERS[caller]() if caller in OTHERS else bearer("ttd")
    for path, method in product(OF_OTHERS, METHODS):
        address = path.replace("*", str(order.pk))
        answer = browser.generic(method, address, "{}", "application/json", headers=headers)
        assert 400 <= answer.status_code < 500, (path, method)
        assert REFERENCE not in answer.text, (path, method)
    assert state() == before


@pytest.mark.parametrize("other", OTHERS)
def test_another_clients_order_is_in_no_list(order: Order, other: str) -> None:
    browser, headers = Browser(), OTHERS[other]()
    assert order.email_template is not None
    for path in ALL:
        answer = browser.get(path, {"sendersReference": REFERENCE}, headers=headers)
        assert str(order.pk) not in answer.text, path
        assert order.email_template["body"] not in answer.text, path


@pytest.mark.parametrize("path", OF_ORDERS)
def test_its_own_client_reads_it_on_each_of_these_routes(order: Order, path: str) -> None:
    """Else everything above would prove nothing."""
    answers = [
        Browser().generic(method, path.replace("*", str(order.pk)), headers=bearer("ttd"))
        for method in ("GET", "PUT")
    ]

    assert {answer.status_code for answer in answers} & {200, 409}


def test_there_is_something_to_guard() -> None:
    assert len(OF_ORDERS) >= 20
    assert len(OF_OTHERS) >= 40
    assert len(ALL) >= 6
    assert DIGDIR.org != TTD.org
