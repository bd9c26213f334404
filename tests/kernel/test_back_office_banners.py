"""What staff have stopped stands on top of every page, with the way back."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import owned
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import notices, stopping, switching
from notifications_platform.delivery.models import ChannelSwitch, Message, Provider, Stop
from orders.models import Order
from tests.factories import make_messages
from tests.staff import browser, make_staff, url

pytestmark = pytest.mark.django_db(transaction=True)

BECAUSE = "The gateway bills <twice>."
ESCAPED = "The gateway bills &lt;twice&gt;."


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER, "rita")


def banner(page: str) -> str:
    return page.partition('class="bo-banners"')[2].partition("</div>")[0]


def stop_channel(channel: str = "sms") -> None:
    switching.stop_channel(channel, because=BECAUSE, user="olga", now=clock.now())


def stop_client(client: str) -> None:
    stopping.stop(client, because=BECAUSE, user="olga", now=clock.now())


def switch_off() -> Provider:
    provider = Provider.objects.create(channel="sms", name="pswin:gateway")
    switching.switch_off(provider.name, because=BECAUSE, user="olga", now=clock.now())
    return provider


def test_an_operator_stops_a_channel_and_resumes_it_from_the_banner(operator: Client) -> None:
    make_messages(3)
    page = url(ChannelSwitch, "stop", "email")
    asked = operator.get(page)
    assert "3 messages wait in line, and 0 for later." in asked.text
    assert "each still expires when its own time is over" in asked.text
    assert not ChannelSwitch.objects.filter(stopped=True).exists()

    shown = operator.post(page, {"reason": BECAUSE}, follow=True).text

    assert "1 channel has been stopped." in shown
    assert "“E-mail” has been stopped by olga since" in banner(shown)
    assert ESCAPED in banner(shown)
    back = url(ChannelSwitch, "resume", "email")
    assert back in banner(shown)
    assert "1 channel sends again." in operator.post(back, {"reason": "Mended."}, follow=True).text
    assert "stopped by" not in banner(operator.get("/admin/").text)
    assert list(Entry.objects.order_by("id").values_list("action", "actor", "reason")) == [
        ("delivery.stop_channel", "olga", BECAUSE),
        ("delivery.resume_channel", "olga", "Mended."),
    ]


def test_a_reader_sees_the_banner_and_may_neither_stop_nor_resume(reader: Client) -> None:
    stop_channel()
    pages = ("/admin/", url(Order), url(ChannelSwitch), url(ChannelSwitch, "change", "sms"))
    for page in pages:
        shown = banner(reader.get(page).text)
        assert "“SMS” has been stopped by olga since" in shown
        assert url(ChannelSwitch, "resume", "sms") not in shown
    for verb in ("stop", "resume"):
        page = url(ChannelSwitch, verb, "sms")
        assert reader.get(page).status_code == 403
        assert reader.post(page, {"reason": "Now."}).status_code == 403
    assert ChannelSwitch.objects.get(channel="sms").stopped


@pytest.mark.parametrize("verb", ["stop", "resume"])
def test_a_channel_that_does_not_exist_has_no_page(operator: Client, verb: str) -> None:
    assert operator.post(url(ChannelSwitch, verb, "fax"), {"reason": "X"}).status_code == 404


def test_providers_and_clients_stand_there_too_with_the_way_back(operator: Client) -> None:
    provider = switch_off()
    stop_client("ttd")
    shown = banner(operator.get("/admin/").text)
    assert "The provider pswin:gateway has been switched off by olga since" in shown
    assert "The client ttd has been stopped by olga since" in shown
    assert url(Provider, "switch-on", provider.pk) in shown
    assert url(Stop, "lift", Stop.objects.get().pk) in shown
    assert shown.count(ESCAPED) == 2


def test_strangers_learn_nothing(client: Client) -> None:
    stop_channel()
    page = client.get("/admin/login/").text
    assert "has been stopped" not in page


def test_many_stopped_clients_are_counted_and_cost_one_statement(operator: Client) -> None:
    def spent(page: str) -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            text = operator.get(page).text
        return banner(text), sum("delivery_channelswitch" in query["sql"] for query in queries)

    assert spent(url(Message)) == (spent(url(Message))[0], 1)
    for number in range(notices.MOST_CLIENTS + 2):
        stop_client(f"client-{number}")
    shown, statements = spent(url(Message))
    assert "2 more clients have been stopped." in shown
    assert shown.count("<p ") == notices.MOST_CLIENTS + 1
    assert statements == 1


def test_staff_of_one_client_see_no_other_clients_stop(operator: Client) -> None:
    bound = browser(Role.OPERATOR, "bo")
    user = make_staff(Role.ADMINISTRATOR, "ada")
    owned.bind(type(user).objects.get(username="bo"), {"ttd"}, by=user.username, now=clock.now())
    stop_client("ttd")
    stop_client("digdir")
    stop_channel()
    shown = banner(bound.get("/admin/").text)
    assert "The client ttd has been stopped" in shown
    assert "digdir" not in shown
    assert "“SMS” has been stopped" in shown
    assert reverse("admin:delivery_channelswitch_resume", args=["sms"]) not in shown
    assert bound.get(url(ChannelSwitch, "resume", "sms")).status_code in {403, 404}


def test_pages_name_their_banners_for_those_who_do_not_see_them(
    operator: Client, reader: Client
) -> None:
    pages: list[Callable[[], str]] = [
        lambda: operator.get("/admin/").text,
        lambda: reader.get(url(Message)).text,
    ]
    for page in pages:
        assert '<div role="status" class="bo-banners" id="bo-banners"' in page()
