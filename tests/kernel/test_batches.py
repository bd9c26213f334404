"""What becomes of a batch: who sees it through, what it shows when it is large, when it goes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.test import Client
from django.utils.http import urlencode
from psycopg.errors import StatementTooComplex

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import acting, batches, owned, tasks
from notifications_platform.back_office.batch_models import Batch, BatchRow
from notifications_platform.back_office.large_tables import first_id_at, limited_patience
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.states import BatchState, Outcome
from notifications_platform.core import clock, jobs
from notifications_platform.core.ids import uuid7
from orders import services
from orders.models import Order
from orders.verbs import VERBS
from tests.factories import make_order
from tests.staff import browser, url

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = timedelta(days=1)
REASON = "The owner rang."


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


def orders(number: int) -> list[Order]:
    return [make_order(due_in=TOMORROW) for _ in range(number)]


def choose(rows: Sequence[Any]) -> dict[str, Any]:
    ids = [str(row.pk) for row in rows]
    return {"action": "cancel", "_selected_action": ids, "reason": REASON}


def status_of(*rows: Order) -> list[str]:
    found = dict(Order.objects.values_list("pk", "status"))
    return [found[row.pk] for row in rows]


def begun(rows: Sequence[Order], *, model: str = "orders.order", user: str = "olga") -> Batch:
    cancel = next(verb for verb in VERBS if verb.name == "cancel")
    ids = [str(row.pk) for row in rows]
    return batches.begin(uuid7(), model, cancel, ids, user=user, reason=REASON, now=clock.now())


def ended(*, real: datetime, now: datetime, state: BatchState = BatchState.DONE) -> Batch:
    """One whose rows were shown at `real`, and that ended at `now`."""
    batch = Batch.objects.create(
        id=first_id_at(real),
        model="orders.order",
        verb="cancel",
        user="olga",
        reason=REASON,
        state=state,
        started_at=now,
        ended_at=now if state == BatchState.DONE else None,
    )
    BatchRow.objects.create(batch=batch, number=0, row_id="x", outcome=Outcome.DONE)
    return batch


# --- seen through -------------------------------------------------------------------------


def test_who_waits_is_told_of_the_end_although_a_worker_was_faster(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep came between the choice and the first row."""
    (order,) = orders(1)
    begin, cancel = batches.begin, services.cancel_by_staff
    inside, waited_for = Event(), Event()

    def slow(*args: Any, **kwargs: Any) -> Order:
        inside.set()
        assert waited_for.wait(10)
        return cancel(*args, **kwargs)

    @contextmanager
    def patience(*args: Any) -> Iterator[None]:
        waited_for.set()
        with limited_patience(*args):
            yield

    def sweep() -> None:
        try:
            tasks.carry_on()
        finally:
            connection.close()

    monkeypatch.setattr(services, "cancel_by_staff", slow)
    monkeypatch.setattr(batches, "limited_patience", patience)
    with ThreadPoolExecutor(1) as worker:

        def begin_late(*args: Any, **kwargs: Any) -> Batch:
            batch = begin(*args, **kwargs)
            worker.submit(sweep)
            assert inside.wait(10)
            return batch

        monkeypatch.setattr(batches, "begin", begin_late)
        try:
            outcome = operator.post(url(Order), choose([order]), follow=True)
        finally:
            waited_for.set()

    assert "1 order cancelled." in outcome.text
    assert "workers carry it on" not in outcome.text
    assert status_of(order) == ["Cancelled"]


@pytest.mark.parametrize("change", [{"is_staff": False}, {"is_active": False}])
def test_who_is_on_the_staff_no_more_does_nothing_more(
    operator: Client, monkeypatch: pytest.MonkeyPatch, change: dict[str, bool]
) -> None:
    monkeypatch.setattr(acting, "MOST_WHILE_WAITING", 0)
    rows = orders(2)
    operator.post(url(Order), choose(rows))
    User.objects.filter(username="olga").update(**change)

    tasks.carry_on()

    assert status_of(*rows) == ["Registered"] * 2
    assert {row.words for row in BatchRow.objects.all()} == {"Whoever asked for it may not."}
    assert Batch.objects.get().state == BatchState.DONE


@pytest.mark.usefixtures("operator")
def test_what_takes_longer_than_a_turn_is_gone_on_with_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(jobs, "wake", lambda task, *_args: woken.append(task))
    monkeypatch.setattr(batches, "_TURN_SECONDS", 0)
    (order,) = orders(1)
    begun([order])

    tasks.carry_on()
    assert woken.count(batches.TASK) == 1
    monkeypatch.undo()
    tasks.carry_on()

    assert status_of(order) == ["Cancelled"]


@pytest.mark.usefixtures("operator")
def test_a_batch_that_cannot_be_carried_on_keeps_none_of_the_others_back() -> None:
    first, second = orders(2)
    stuck = begun([first], model="orders.gone")
    begun([second])

    tasks.carry_on()

    assert status_of(first, second) == ["Registered", "Cancelled"]
    stuck.refresh_from_db()
    assert stuck.state == BatchState.RUNNING


def test_what_the_database_can_never_do_costs_its_row_and_an_outage_costs_none(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver calls both an OperationalError."""
    # Lists begin with the newest.
    good, away, beyond = orders(3)
    cancel = services.cancel_by_staff
    is_away = iter((True, False))

    def fails(order_id: Any, **kwargs: Any) -> Order:
        if order_id == beyond.pk:
            raise OperationalError from StatementTooComplex()
        if order_id == away.pk and next(is_away, False):
            raise OperationalError("the server closed the connection")
        return cancel(order_id, **kwargs)

    monkeypatch.setattr(services, "cancel_by_staff", fails)
    page = operator.post(url(Order), choose([beyond, away, good]), follow=True)
    assert "It failed inside the platform" in page.text
    assert "2 rows are still to come" in page.text

    tasks.carry_on()

    assert status_of(beyond, away, good) == ["Registered", "Cancelled", "Cancelled"]
    outcomes = BatchRow.objects.order_by("number").values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.REFUSED, Outcome.DONE, Outcome.DONE]


# --- shown --------------------------------------------------------------------------------


def test_of_many_refused_rows_the_first_are_shown_and_all_are_listed_and_exported(
    operator: Client,
) -> None:
    batch = ended(real=clock.real(), now=clock.now())
    batch.rows.all().delete()
    words = "Only what has failed is sent again; this one is {state}."
    BatchRow.objects.bulk_create(
        BatchRow(
            batch=batch,
            number=number,
            row_id=f"row-{number:04}",
            outcome=Outcome.REFUSED,
            words=words,
            parameters={"state": "sent"},
        )
        for number in range(502)
    )
    other = begun(orders(1))
    query = urlencode({"batch": str(batch.pk), "outcome": str(Outcome.REFUSED)})

    page = operator.get(url(Batch, "change", batch.pk)).text
    assert "The first 500 are shown." in page
    assert ("row-0499" in page, "row-0500" in page) == (True, False)
    listed = f"{url(BatchRow)}?{query}"
    assert listed.replace("&", "&amp;") in page

    told = operator.get(listed)
    assert told.context["cl"].result_count == 502
    assert "this one is sent." in told.text
    file = operator.post(f"{url(BatchRow, 'export')}?{query}", {"format": "csv"})
    lines = file.getvalue().decode().strip().splitlines()
    assert len(lines) == 503
    assert all("this one is sent." in line for line in lines[1:])
    assert str(other.pk) not in "".join(lines)


def test_staff_bound_to_a_client_find_the_rows_of_their_own_batches(operator: Client) -> None:
    bound = browser(Role.OPERATOR, "bo")
    owned.bind(User.objects.get(username="bo"), ["ttd"], by="ada", now=clock.now())
    ours, theirs = orders(2)
    begun([ours], user="bo")
    begun([theirs])

    for reader, seen in ((bound, [True, False]), (operator, [True, True])):
        page = reader.get(url(BatchRow)).text
        assert [str(order.pk) in page for order in (ours, theirs)] == seen


# --- kept ---------------------------------------------------------------------------------


def test_what_ended_long_ago_is_forgotten_and_the_trail_of_it_stays() -> None:
    now, real = clock.now(), clock.real()
    long_ago, lately = timedelta(days=91), timedelta(days=89)
    old = ended(real=real - long_ago, now=now - long_ago)
    kept = [
        ended(real=real - lately, now=now - lately),
        ended(real=real - 2 * long_ago, now=now - lately),
        ended(real=real - 3 * long_ago, now=now, state=BatchState.RUNNING),
    ]
    BatchRow.objects.filter(batch=kept[-1]).update(outcome=Outcome.OPEN)
    entries = Entry.objects.count()

    batches.prune(now=now, real=real)

    assert set(Batch.objects.values_list("pk", flat=True)) == {one.pk for one in kept}
    assert not BatchRow.objects.filter(batch_id=old.pk).exists()
    assert Entry.objects.count() == entries


def test_the_sweep_prunes() -> None:
    moment = timedelta(days=91)
    ended(real=clock.real() - moment, now=clock.now() - moment)
    tasks.carry_on()
    assert not Batch.objects.exists()
