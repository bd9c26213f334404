"""What staff may do to a row, through the back office's own pages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import acting
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import providers
from notifications_platform.delivery.models import Message, Provider, Stop
from notifications_platform.delivery.states import Channel, Reason
from orders.models import Order
from tests.factories import make_messages, make_order
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = timedelta(days=1)
REASON = {"reason": "The owner rang."}


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER, "rita")


def status_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def acted() -> list[str]:
    looked = ["back_office.view", "back_office.find", "orders.place", "back_office.cancel"]
    return list(Entry.objects.exclude(action__in=looked).values_list("action", flat=True))


def test_an_operator_cancels_an_order_and_says_why(operator: Client) -> None:
    order = make_order(due_in=TOMORROW)

    asked = operator.get(url(Order, "cancel", order.pk))
    assert asked.status_code == 200
    assert status_of(order) == "Registered"
    answer = operator.post(url(Order, "cancel", order.pk), REASON, follow=True)

    assert "1 order cancelled." in answer.text
    assert status_of(order) == "Cancelled"
    entry = Entry.objects.get(action="orders.cancel")
    assert (entry.actor_kind, entry.actor, entry.reason) == ("staff", "olga", REASON["reason"])


def test_without_a_reason_nothing_is_done(operator: Client) -> None:
    order = make_order(due_in=TOMORROW)
    answer = operator.post(url(Order, "cancel", order.pk), {"reason": "  "})
    assert "This field is required" in answer.text
    assert status_of(order) == "Registered"
    assert acted() == []


def test_many_are_cancelled_at_once_and_the_refused_ones_named(operator: Client) -> None:
    good, late = make_order(due_in=TOMORROW), make_order(due_in=timedelta(minutes=4))
    chosen = {"action": "cancel", "_selected_action": [str(good.pk), str(late.pk)]}

    asked = operator.post(url(Order), chosen)
    assert str(good.pk) in asked.text
    assert acted() == []
    answer = operator.post(url(Order), chosen | REASON, follow=True)

    assert "1 order cancelled." in answer.text
    assert "1 row was refused" in answer.text
    assert str(late.pk) in answer.text
    assert "An order can be cancelled until five minutes" in answer.text
    assert (status_of(good), status_of(late)) == ("Cancelled", "Registered")
    assert acted() == ["orders.cancel"]


def test_only_so_many_at_once(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "MOST_AT_ONCE", 1)
    orders = [make_order(due_in=TOMORROW) for _ in range(2)]
    chosen = {"action": "cancel", "_selected_action": [str(order.pk) for order in orders]}

    answer = operator.post(url(Order), chosen | REASON, follow=True)

    assert "Choose at most 1 at once" in answer.text
    assert {status_of(order) for order in orders} == {"Registered"}


def test_a_failed_message_is_sent_again_from_its_page(operator: Client) -> None:
    (failed,) = make_messages(failed=Reason.BOUNCED)
    assert "Send again" in operator.get(url(Message, "change", failed.pk)).text

    answer = operator.post(url(Message, "resend", failed.pk), REASON, follow=True)

    copy = Message.objects.get(owner_id=failed.pk)
    assert "1 message sent again." in answer.text
    assert str(copy.pk) in answer.text
    assert acted() == ["delivery.resend"]


def test_a_button_is_offered_only_where_it_would_help(operator: Client) -> None:
    (queued,) = make_messages()
    assert "Send again" not in operator.get(url(Message, "change", queued.pk)).text
    order = make_order(due_in=TOMORROW)
    operator.post(url(Order, "cancel", order.pk), REASON)
    cancelled = operator.get(url(Order, "change", order.pk)).text
    assert url(Order, "cancel", order.pk) not in cancelled


def provider() -> Provider:
    providers.usable(Channel.EMAIL, [FakeTransport()], real=clock.real())
    return Provider.objects.get()


def test_a_provider_is_switched_off_and_on(operator: Client) -> None:
    row = provider()
    operator.post(url(Provider, "switch-off", row.pk), REASON)
    assert Provider.objects.get().switched_off_by == "olga"
    page = operator.get(url(Provider, "change", row.pk)).text
    assert url(Provider, "switch-on", row.pk) in page
    assert url(Provider, "switch-off", row.pk) not in page

    operator.post(url(Provider, "switch-on", row.pk), REASON)
    assert not Provider.objects.get().switched_off


def test_a_pause_is_ended(operator: Client) -> None:
    row = provider()
    providers.pause(Channel.EMAIL, row.name, answer="421", asked=None, real=clock.real())
    assert "paused" in operator.get(url(Provider)).text

    operator.post(url(Provider, "end-pause", row.pk), REASON)

    assert Provider.objects.get().paused_until is None


def test_a_client_is_stopped_and_let_go(operator: Client) -> None:
    form = {"client": "ttd", "because": "Flooding."}
    assert operator.post(url(Stop, "add"), form).status_code == 302
    stop = Stop.objects.get()
    assert (stop.client, stop.by, stop.because) == ("ttd", "olga", "Flooding.")

    again = operator.post(url(Stop, "add"), form, follow=True)
    assert "ttd is stopped already." in again.text
    operator.post(url(Stop, "lift", stop.pk), REASON)

    assert Stop.objects.get().lifted_at is not None
    assert acted() == ["delivery.stop_client", "delivery.lift_stop"]


def _order() -> tuple[Any, str]:
    return make_order(due_in=TOMORROW), "cancel"


def _message() -> tuple[Any, str]:
    return make_messages(failed=Reason.BOUNCED)[0], "resend"


def _provider() -> tuple[Any, str]:
    return provider(), "switch-off"


def _stop() -> tuple[Any, str]:
    browser(Role.OPERATOR).post(url(Stop, "add"), {"client": "ttd", "because": "Flooding."})
    return Stop.objects.get(), "lift"


@pytest.mark.parametrize("make", [_order, _message, _provider, _stop])
def test_a_reader_cannot_act(reader: Client, make: Callable[[], tuple[Any, str]]) -> None:
    row, verb = make()
    model = type(row)
    rows, entries = list(model.objects.values()), acted()

    assert url(model, verb, row.pk) not in reader.get(url(model, "change", row.pk)).text
    assert reader.get(url(model, verb, row.pk)).status_code == 403
    assert reader.post(url(model, verb, row.pk), REASON).status_code == 403
    chosen = {"action": verb, "_selected_action": [str(row.pk)]}
    reader.post(url(model), chosen | REASON)

    assert list(model.objects.values()) == rows
    assert acted() == entries


def test_a_reader_cannot_stop_a_client(reader: Client) -> None:
    assert reader.get(url(Stop, "add")).status_code == 403
    form = {"client": "ttd", "because": "Flooding."}
    assert reader.post(url(Stop, "add"), form).status_code == 403
    assert not Stop.objects.exists()
    assert acted() == []


def test_an_action_needs_its_token(operator: Client) -> None:
    order = make_order(due_in=TOMORROW)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post(url(Order, "cancel", order.pk), REASON).status_code == 403
    assert status_of(order) == "Registered"


def test_a_row_that_does_not_exist_is_404(operator: Client) -> None:
    nowhere = "01a1ff89-e445-7000-be30-924cecfe1ab7"
    assert operator.post(url(Order, "cancel", nowhere), REASON).status_code == 404
