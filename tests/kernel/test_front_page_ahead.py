"""What comes next by itself, on the front page; and that each figure goes by an index."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications_platform.back_office import ahead
from notifications_platform.back_office.home import Board
from notifications_platform.back_office.periods import Period
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import notices, standing, tallying, throughput
from notifications_platform.delivery.tallying import Reached
from tests.factories import make_messages, make_order
from tests.plans import plan_of, pretend_much
from tests.staff import browser

pytestmark = pytest.mark.django_db

INDEXES = {
    "cases.frister": "oppgave_to_expire",
    "cases.reminders": "paaminnelse_to_fire",
    "cases.varsler": "eksternt_varsel_to_queue",
    "cases.erased_notifikasjoner": "notifikasjon_to_erase",
    "cases.erased_saker": "sak_to_erase",
    "correspondence.publish": "corr_to_publish",
    "correspondence.due": "corr_due",
    "enrollment.retries": "message_waiting",
    "orders.due": "order_due",
    "delivery.later": "message_waiting",
}


def plans(ask: Callable[[], object]) -> str:
    with CaptureQueriesContext(connection) as captured:
        ask()
    asked = [query["sql"] for query in captured if "SELECT" in query["sql"]]
    pretend_much("seqscan", "bitmapscan", "sort")
    return "\n".join(map(plan_of, asked))


def test_what_comes_next_stands_soonest_first_with_counts() -> None:
    for minutes in (30, 90, 60 * 30):
        make_order(due_in=timedelta(minutes=minutes))
    make_messages(2, not_before=clock.now() + timedelta(minutes=10))
    found: Board = browser(Role.READER).get("/admin/figures/").context["board"]
    (panel,) = [one for one in found.panels if one.title == "Next deadlines"]
    rows = [[cell.text for cell in row] for row in panel.rows]
    assert rows[0][0] == "Messages that wait for their hours or next attempt"
    assert rows[0][2:] == ["2", "2"]
    assert rows[1][0] == "Orders due next"
    assert rows[1][2:] == ["1", "2"]
    assert all(row[1:] == ["none", "0", "0"] for row in rows[2:])
    assert len(rows) == len(INDEXES)


@pytest.mark.parametrize("name", INDEXES)
def test_what_comes_next_is_found_along_an_index(name: str) -> None:
    plan = plans(lambda: ahead.known()[name].read(clock.now()))
    assert INDEXES[name] in plan
    assert "Sort" not in plan


def test_queues_are_looked_at_along_their_indexes_as_far_as_the_limit() -> None:
    make_messages(3)
    plan = plans(standing.look)
    for index in ("message_ready", "message_waiting", "message_leased"):
        assert index in plan
    assert plan.count("Limit") >= 3
    # What one channel keeps for later does not hide another's.
    assert re.search(r"message_waiting.*\n +Index Cond: \(\(channel\)", plan)
    assert "Seq Scan" not in plan


def test_throughput_goes_by_the_sums_of_its_clients() -> None:
    tallying.note({Reached("ttd", "email", "sent", ""): 1}, now=clock.now())
    tallying.add_up()
    for clients in (None, frozenset({"ttd"})):
        plan = plans(lambda c=clients: throughput.read(Period.DAY, c, now=clock.now()))  # type: ignore[misc]
        assert "tally_of" in plan


def test_the_banner_costs_one_statement() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert list(notices.read(None)) == []
    assert len(captured) == 1
