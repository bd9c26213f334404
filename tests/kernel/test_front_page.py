"""The front page's figures, through the browser's door (back_office/home.py, delivery/board.py)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.back_office import dates, keeping, owned
from notifications_platform.back_office.charts import Strips
from notifications_platform.back_office.home import Board, Panel
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import (
    draining,
    providers,
    standing,
    stopping,
    switching,
    tallying,
)
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.models import Message, Provider
from notifications_platform.delivery.states import Channel, Reason
from notifications_platform.delivery.tallying import Reached
from tests.factories import make_content, make_messages
from tests.staff import browser, make_staff
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)

FIGURES = "/admin/figures/"
HOUR = timedelta(hours=1)


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


def board(client: Client, period: str = "hour") -> Board:
    answer = client.get(FIGURES, {"period": period})
    assert answer.status_code == 200
    found: Board = answer.context["board"]
    return found


def panel(client: Client, title: str) -> dict[str, list[str]]:
    """Its rows, by their first cell."""
    (found,) = [one for one in board(client).panels if one.title == title]
    return {row[0].text: [cell.text for cell in row[1:]] for row in found.rows}


def strips(client: Client, title: str, period: str = "hour") -> dict[str, list[int]]:
    (found,) = [one for one in board(client, period).strips if one.title == title]
    return {row.name: list(row.counts) for row in found.rows}


def test_each_queue_tells_how_many_wait_and_for_how_long(operator: Client) -> None:
    now = clock.now()
    make_messages(3, now=now - HOUR * 3)
    make_messages(2, content=make_content(Channel.SMS), not_before=now + HOUR)
    shown = panel(operator, "Queues")
    assert shown["E-mail"][:4] == ["3", "3 h", "0", "0"]
    assert shown["SMS"][:4] == ["0", "-", "0", "2"]
    signs = {sign.label: sign for sign in board(operator).signs}
    assert (signs["E-mail in line"].value, signs["E-mail in line"].tone) == ("3", "bad")
    assert signs["E-mail in line"].note == "the oldest is due for 3 h"
    assert signs["SMS in line"].tone == "good"


def test_what_waits_for_later_is_counted_by_channel(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "DEEPEST", 3)
    later = clock.now() + HOUR
    make_messages(4, not_before=later)
    make_messages(2, content=make_content(Channel.SMS), not_before=later + HOUR)
    shown = panel(operator, "Queues")
    assert (shown["E-mail"][3], shown["SMS"][3]) == ("3+", "2")
    assert shown["SMS"][4] == dates.to_the_minute(later + HOUR)
    assert "and 2 for later." in operator.get("/admin/delivery/channelswitch/sms/stop/").text
    of_client = operator.get("/admin/delivery/stop/add/?client=ttd").text
    assert "only the next 3 of each line were counted" in of_client


def test_who_waits_longest_stands_first_and_can_be_stopped_from_there(operator: Client) -> None:
    now = clock.now()
    make_messages(1, client="digdir", now=now - HOUR * 5)
    make_messages(5, client="ttd", now=now - HOUR * 3)
    shown = panel(operator, "Who waits longest")
    assert list(shown) == ["digdir", "ttd"]
    assert shown["ttd"] == ["E-mail", "3 h", "5", "Sends: stop ttd"]
    page = operator.get("/admin/delivery/stop/add/?client=ttd").text
    assert 'value="ttd"' in page
    assert "5 messages of ttd wait in line, and 0 for later." in page
    stopping.stop("ttd", because="Flood.", user="olga", now=now)
    assert panel(operator, "Who waits longest")["ttd"][-1] == "Stopped: see the stop of ttd"
    assert "stop/add" not in browser(Role.READER, "rita").get(FIGURES).text


def test_a_search_for_a_client_offers_to_stop_it(operator: Client) -> None:
    def found(client: Client, term: str) -> str:
        return client.post("/admin/search/", {"term": term}, follow=True).text

    make_messages(client="ttd")
    page = "/admin/delivery/stop/add/?client=ttd"
    assert page in found(operator, "ttd")
    assert page not in found(operator, "digdir")
    assert page not in found(browser(Role.READER, "rita"), "ttd")
    stopping.stop("ttd", because="Flood.", user="olga", now=clock.now())
    assert page not in found(operator, "ttd")


def test_throughput_and_failures_are_told_per_step(use: Use, operator: Client) -> None:
    transport = use(FakeTransport())
    usual = transport.answer
    transport.answer = lambda parcel: (
        Permanent(Reason.BOUNCED, "550") if parcel.address.startswith("nr0") else usual(parcel)
    )
    make_messages(4)
    draining.drain(Channel.EMAIL)
    expected = {"E-mail: sent": 3, "E-mail: failed": 1}
    for _ in ("not added up yet", "added up"):
        for period, steps in (("hour", 60), ("day", 24), ("fortnight", 14)):
            shown = strips(operator, "Throughput", period)
            assert {name: sum(counts) for name, counts in shown.items()} == expected
            assert {len(counts) for counts in shown.values()} == {steps}
            reasons = strips(operator, "Failures by reason", period)
            assert {name: sum(counts) for name, counts in reasons.items()} == {
                "Bounced (E-mail)": 1
            }
        tallying.add_up()


def test_older_outcomes_stand_where_they_belong(operator: Client) -> None:
    now, one = clock.now(), Reached("ttd", "sms", "delivered", "")
    for hours, number in ((2, 5), (30, 7), (24 * 20, 9)):
        tallying.note({one: number}, now=now - hours * HOUR)
    tallying.add_up()
    assert strips(operator, "Throughput", "hour") == {}
    day = strips(operator, "Throughput", "day")["SMS: delivered"]
    assert 5 in day[-4:-1]
    assert sum(day) == 5
    assert sum(strips(operator, "Throughput", "fortnight")["SMS: delivered"]) == 12


def test_the_hour_that_comes_twice_stands_in_the_chart_twice(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In Oslo the clock goes from 03:00 back to 02:00 at 01:00 UTC.
    night, one = datetime(2031, 10, 26, tzinfo=UTC), Reached("ttd", "sms", "sent", "")
    monkeypatch.setattr(clock, "now", lambda: night + 3 * HOUR + HOUR / 2)
    for hours, number in ((0, 3), (1, 5), (2, 7)):
        tallying.note({one: number}, now=night + hours * HOUR + HOUR / 4)
    for _ in ("not added up yet", "added up"):
        day = strips(operator, "Throughput", "day")["SMS: sent"]
        assert (day[-5:], sum(day)) == ([0, 3, 5, 7, 0], 15)
        assert strips(operator, "Throughput", "fortnight")["SMS: sent"][-1] == 15
        tallying.add_up()


def test_providers_tell_their_condition_and_last_answer(operator: Client) -> None:
    providers.pause(Channel.EMAIL, "smtp:mx", answer="421 busy", asked=None, real=clock.real())
    Provider.objects.create(channel="sms", name="pswin:gw")
    switching.switch_off("pswin:gw", because="Bills twice.", user="olga", now=clock.now())
    shown = panel(operator, "Providers")
    assert shown["smtp:mx"][1].startswith("left alone until ")
    assert shown["smtp:mx"][2:] == ["1", "421 busy"]
    assert re.fullmatch(r"switched off by olga since .*: Bills twice\.", shown["pswin:gw"][1])


def test_staff_of_one_client_see_its_figures_only(operator: Client) -> None:
    now = clock.now()
    make_messages(2, client="digdir", now=now - HOUR)
    make_messages(1, client="ttd", now=now - HOUR)
    for client, number in (("digdir", 50), ("ttd", 3)):
        tallying.note({Reached(client, "email", "sent", ""): number}, now=now)
    assert sum(strips(operator, "Throughput")["E-mail: sent"]) == 53
    bound = browser(Role.OPERATOR, "bo")
    user = type(make_staff(None, "nobody")).objects.get(username="bo")
    owned.bind(user, {"ttd"}, by="ada", now=now)

    tallying.add_up()

    assert sum(strips(bound, "Throughput")["E-mail: sent"]) == 3
    assert panel(bound, "Queues")["E-mail"][0] == "1"
    assert list(panel(bound, "Who waits longest")) == ["ttd"]
    page = bound.get("/admin/").text
    assert "digdir" not in page
    assert {one.title for one in board(bound).panels} == {"Queues", "Who waits longest"}


def test_strangers_and_staff_without_a_role_see_no_figures(client: Client) -> None:
    make_messages()
    assert client.get(FIGURES).status_code == 302
    shown = board(browser(None, "nils"))
    assert (shown.signs, shown.strips, shown.panels) == ([], [], [])


def test_an_unknown_period_is_the_shortest(operator: Client) -> None:
    assert board(operator, "'; DROP").period.code == "hour"


def test_figures_cost_the_same_however_much_there_is(operator: Client) -> None:
    def spent() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            operator.get("/admin/")
        return len(queries)

    make_messages()
    once = spent()
    for number in range(20):
        make_messages(3, client=f"client-{number}")
        tallying.note({Reached(f"client-{number}", "email", "sent", ""): 1}, now=clock.now())
    tallying.add_up()
    assert spent() == once


def test_many_who_look_ask_the_database_once(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FRESH_SECONDS", 60.0)
    make_messages()
    assert panel(operator, "Queues")["E-mail"][0] == "1"
    make_messages()
    others = [operator, browser(Role.READER, "rita")]
    for other in others:
        with CaptureQueriesContext(connection) as queries:
            assert panel(other, "Queues")["E-mail"][0] == "1"
        assert not any("delivery_message" in query["sql"] for query in queries)


def test_without_the_cache_figures_are_kept_by_each_process(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "FRESH_SECONDS", 60.0)
    monkeypatch.setattr(keeping, "_cache_rests_until", float("inf"))
    monkeypatch.setattr(keeping, "_own", keeping._Own())
    make_messages()
    assert panel(operator, "Queues")["E-mail"][0] == "1"
    make_messages()
    assert panel(operator, "Queues")["E-mail"][0] == "1"


def test_stale_figures_are_shown_while_somebody_asks_for_new_ones() -> None:
    seen: list[keeping.Kept[str]] = []

    def ask() -> str:
        """Somebody else comes while this one waits for the database."""
        seen.append(keeping.kept("test", lambda: "asked twice"))
        return "new"

    keeping.kept("test", lambda: "old")
    assert keeping.kept("test", ask).value == "new"
    assert [one.value for one in seen] == ["old"]


def test_the_page_says_when_its_figures_are_of_and_works_without_scripts(
    operator: Client,
) -> None:
    page = operator.get("/admin/?period=day").text
    assert re.search(r"Figures of \d\d:\d\d:\d\d", page)
    assert 'aria-current="true">24 hours</a>' in page
    assert 'data-url="/admin/figures/?period=day"' in page
    assert '<script src="/static/back_office/board.js" defer></script>' in page
    assert all(isinstance(one, Panel) for one in board(operator).panels)
    assert all(isinstance(one, Strips) for one in board(operator).strips)
    assert Message.objects.count() == 0
