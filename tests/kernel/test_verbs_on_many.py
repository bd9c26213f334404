"""What staff do to many rows at once: shown first, carried out row by row, told of afterwards."""

import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.audit.models import Entry
from notifications_platform.back_office import acting, batches, owned, tasks
from notifications_platform.back_office.batch_models import Batch, BatchRow
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.verbs import in_words
from notifications_platform.core import clock, jobs
from notifications_platform.core.connections import parameters
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason
from notifications_platform.delivery.verbs import MESSAGE_VERBS
from orders import services
from orders.models import Order
from orders.states import OrderStatus
from tests.factories import DIGDIR, make_content, make_messages, make_order
from tests.staff import browser, url

pytestmark = pytest.mark.django_db(transaction=True)

TOMORROW = timedelta(days=1)
REASON = "The owner rang."
ACROSS = {"action": "cancel", "select_across": "1", "_selected_action": "-"}


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The wake-ups that have left."""
    names: list[str] = []
    monkeypatch.setattr(jobs, "wake", lambda task, *_args: names.append(task))
    return names


def choose(rows: Sequence[Any], verb: str = "cancel") -> dict[str, Any]:
    return {"action": verb, "_selected_action": [str(row.pk) for row in rows]}


def settle(page: Any) -> dict[str, str]:
    """The form that was shown, with a reason."""
    hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    return {**dict(hidden), "reason": REASON}


def status_of(*orders: Order) -> list[str]:
    found = dict(Order.objects.values_list("pk", "status"))
    return [found[order.pk] for order in orders]


def cancelled() -> int:
    return Entry.objects.filter(action="orders.cancel").count()


def stored() -> list[int]:
    models = (Order, Message, Entry, Batch, BatchRow)
    return [model.objects.count() for model in models]


def test_a_preview_says_what_becomes_of_each_row_and_changes_nothing(
    operator: Client, woken: list[str]
) -> None:
    good, late = make_order(due_in=TOMORROW), make_order(due_in=timedelta(minutes=4))
    rows, words = list(Order.objects.order_by("pk").values()), stored()
    woken.clear()

    shown = operator.post(url(Order), choose([good, late]))

    assert "This can be done to 1 of 2 rows that you chose; 1 cannot." in shown.text
    assert "Nothing is sent to 1 recipient." in shown.text
    assert "An order can be cancelled until five minutes" in shown.text
    lines = shown.context["preview"].rows
    assert [(line.now, line.then, bool(line.refused)) for line in lines] == [
        ("Registered", "Cancelled", True),
        ("Registered", "Cancelled", False),
    ]
    assert (list(Order.objects.order_by("pk").values()), stored()) == (rows, words)
    assert woken == []


def test_a_preview_costs_the_same_for_one_row_and_for_many(operator: Client) -> None:
    failed = make_messages(40, failed=Reason.BOUNCED)

    def queries(rows: Sequence[Any], verb: str) -> int:
        operator.post(url(Message), choose(rows, verb))
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert operator.post(url(Message), choose(rows, verb)).status_code == 200
        return len(counted)

    for verb in ("resend", "release"):
        assert queries(failed[:2], verb) == queries(failed, verb)


def test_the_first_fifty_are_shown_the_refused_ones_before_the_others(operator: Client) -> None:
    failed = make_messages(51, failed=Reason.BOUNCED)
    (queued,) = make_messages()

    page = operator.post(url(Message), choose([*failed, queued], "resend"))

    preview = page.context["preview"]
    assert len(preview.rows) == 50
    assert "this one is queued" in preview.rows[0].refused
    assert "and 2 more rows" in page.text
    assert "This can be done to 51 of 52 rows" in page.text


def test_what_was_shown_is_what_is_done_and_each_refused_row_says_why(operator: Client) -> None:
    orders = [make_order(due_in=TOMORROW) for _ in range(3)]
    shown = operator.post(url(Order), choose(orders))
    # Somebody else was faster with one of them.
    services.cancel_by_staff(orders[0].pk, user="ole", reason="", now=clock.now())

    outcome = operator.post(url(Order), settle(shown), follow=True)

    assert "2 orders cancelled." in outcome.text
    assert "1 row was refused and stayed as it was." in outcome.text
    assert "It has been cancelled already." in outcome.text
    assert url(Order, "change", orders[0].pk) in outcome.text
    assert set(status_of(*orders)) == {"Cancelled"}
    batch = Batch.objects.get()
    assert (batch.user, batch.reason, batch.state) == ("olga", REASON, "done")
    assert Entry.objects.get(action="back_office.cancel").detail == {
        "model": "orders.order",
        "rows": 3,
    }


def test_every_refused_row_is_named_however_many_there_are(operator: Client) -> None:
    queued = make_messages(60)
    outcome = operator.post(
        url(Message), choose(queued, "resend") | {"reason": REASON}, follow=True
    )
    assert "60 rows were refused" in outcome.text
    assert all(url(Message, "change", row.pk) in outcome.text for row in queued)
    assert Message.objects.count() == 60


def test_a_form_that_is_sent_twice_does_it_once(operator: Client) -> None:
    failed = make_messages(2, failed=Reason.BOUNCED)
    form = settle(operator.post(url(Message), choose(failed, "resend")))

    first = operator.post(url(Message), form)
    second = operator.post(url(Message), form)

    batch = Batch.objects.get()
    assert first["Location"] == url(Message)
    assert second["Location"] == url(Batch, "change", batch.pk)
    assert Message.objects.count() == 4
    assert Entry.objects.filter(action="delivery.resend").count() == 2


def test_a_form_from_the_day_before_yesterday_does_nothing(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [make_order(due_in=TOMORROW)]
    with monkeypatch.context() as patched:
        long_ago = signing.b62_encode(int(time.time()) - 2 * 86_400)
        patched.setattr(signing.TimestampSigner, "timestamp", lambda _self: long_ago)
        form = settle(operator.post(url(Order), choose(orders)))

    assert "Choose the rows once more." in operator.post(url(Order), form, follow=True).text
    assert (status_of(*orders), Batch.objects.count()) == (["Registered"], 0)


def test_all_that_match_are_frozen_as_they_were_shown(operator: Client) -> None:
    ours = [make_order(due_in=TOMORROW) for _ in range(3)]
    theirs = make_order(due_in=TOMORROW, client=DIGDIR)
    of_one = f"{url(Order)}?creator=ttd"

    shown = operator.post(of_one, ACROSS)
    assert "This can be done to all 3 rows" in shown.text
    later = make_order(due_in=TOMORROW)
    operator.post(of_one, settle(shown))

    assert status_of(*ours, theirs, later) == ["Cancelled"] * 3 + ["Registered"] * 2


def test_what_is_too_much_to_wait_for_is_carried_out_by_workers(
    operator: Client, monkeypatch: pytest.MonkeyPatch, woken: list[str]
) -> None:
    monkeypatch.setattr(acting, "MOST_WHILE_WAITING", 1)
    orders = [make_order(due_in=TOMORROW) for _ in range(3)]

    begun = operator.post(url(Order), settle(operator.post(url(Order), ACROSS)), follow=True)

    assert "It has begun; workers carry it on." in begun.text
    assert "3 rows are still to come" in begun.text
    assert cancelled() == 0
    assert batches.TASK in woken
    tasks.carry_on()
    assert set(status_of(*orders)) == {"Cancelled"}
    assert "3 orders cancelled." in operator.get(url(Batch, "change", Batch.objects.get().pk)).text


def test_a_batch_that_was_broken_off_is_gone_on_with_where_it_stopped(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [make_order(due_in=TOMORROW) for _ in range(3)]
    cancel = services.cancel_by_staff
    calls = iter(range(10))

    def dies(*args: Any, **kwargs: Any) -> Order:
        if next(calls) == 1:
            raise OperationalError("the database is away")
        return cancel(*args, **kwargs)

    monkeypatch.setattr(services, "cancel_by_staff", dies)
    begun = operator.post(url(Order), choose(orders) | {"reason": REASON}, follow=True)
    assert "2 rows are still to come" in begun.text
    assert cancelled() == 1

    tasks.carry_on()

    assert set(status_of(*orders)) == {"Cancelled"}
    assert cancelled() == 3


def test_a_defect_costs_the_row_that_brings_it_about(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = [make_order(due_in=TOMORROW) for _ in range(2)]
    cancel = services.cancel_by_staff

    def fails(order_id: Any, **kwargs: Any) -> Order:
        if order_id == orders[0].pk:
            raise ZeroDivisionError
        return cancel(order_id, **kwargs)

    monkeypatch.setattr(services, "cancel_by_staff", fails)
    outcome = operator.post(url(Order), choose(orders) | {"reason": REASON}, follow=True)

    assert "It failed inside the platform" in outcome.text
    assert status_of(*orders) == ["Registered", "Cancelled"]


def test_two_workers_do_each_row_once() -> None:
    browser(Role.OPERATOR)
    failed = make_messages(8, failed=Reason.BOUNCED)
    verb = next(verb for verb in MESSAGE_VERBS if verb.name == "resend")
    batch = batches.begin(
        Batch().pk,
        "delivery.message",
        verb,
        [str(row.pk) for row in failed],
        user="olga",
        reason=REASON,
        now=clock.now(),
    )

    def work(_number: int) -> None:
        try:
            batches.carry_on(batch)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as workers:
        list(workers.map(work, range(3)))
    batches.carry_on_all()

    told = batches.told(batch)
    assert (told.done, told.refused, told.open) == (8, 0, 0)
    assert Message.objects.count() == 16
    assert Batch.objects.get().state == "done"


def test_nobody_turns_in_a_circle_while_another_has_the_last_row_in_hand(
    operator: Client, monkeypatch: pytest.MonkeyPatch, woken: list[str]
) -> None:
    monkeypatch.setattr(acting, "MOST_WHILE_WAITING", 0)
    orders = [make_order(due_in=TOMORROW) for _ in range(2)]
    operator.post(url(Order), choose(orders) | {"reason": REASON})
    last = BatchRow.objects.order_by("number")[1]

    with psycopg.connect(**parameters("tests") | {"autocommit": False}) as other:
        other.execute("SELECT FROM back_office_batchrow WHERE id = %s FOR UPDATE", [last.pk])
        woken.clear()
        tasks.carry_on()
        assert (cancelled(), Batch.objects.get().state) == (1, "running")
        assert batches.TASK not in woken
    # Where a turn was too short, another follows.
    with monkeypatch.context() as patched:
        patched.setattr(batches, "_TURN_SECONDS", 0.0)
        tasks.carry_on()
    assert batches.TASK in woken

    tasks.carry_on()
    assert (cancelled(), Batch.objects.get().state) == (2, "done")


def test_who_has_lost_the_right_meanwhile_does_nothing_more(
    operator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acting, "MOST_WHILE_WAITING", 0)
    order = make_order(due_in=TOMORROW)
    operator.post(url(Order), choose([order]) | {"reason": REASON})
    User.objects.get(username="olga").groups.clear()

    tasks.carry_on()

    assert status_of(order) == ["Registered"]
    assert [row.words for row in BatchRow.objects.all()] == ["Whoever asked for it may not."]


def test_staff_bound_to_a_client_act_on_its_rows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    bound = browser(Role.OPERATOR, "bo")
    owned.bind(User.objects.get(username="bo"), ["ttd"], by="ada", now=clock.now())
    ours, theirs = make_order(due_in=TOMORROW), make_order(due_in=TOMORROW, client=DIGDIR)

    shown = bound.post(url(Order), choose([ours, theirs]))
    assert str(theirs.pk) not in shown.text
    bound.post(url(Order), settle(shown))
    assert status_of(ours, theirs) == ["Cancelled", "Registered"]
    assert bound.post(url(Order, "cancel", theirs.pk), {"reason": REASON}).status_code == 404

    # Their batches are their own; those of others are not to be found.
    mine = Batch.objects.get()
    assert bound.get(url(Batch, "change", mine.pk)).status_code == 200
    Batch.objects.update(user="olga")
    assert bound.get(url(Batch, "change", mine.pk)).status_code == 404


def test_a_choice_of_somebody_else_is_not_taken(operator: Client) -> None:
    order = make_order(due_in=TOMORROW)
    form = settle(operator.post(url(Order), choose([order])))

    answer = browser(Role.OPERATOR, "ole").post(url(Order), form, follow=True)

    assert "Choose the rows once more." in answer.text
    assert status_of(order) == ["Registered"]


def test_a_reader_sees_what_came_of_a_batch_and_begins_none(operator: Client) -> None:
    order = make_order(due_in=TOMORROW)
    form = settle(operator.post(url(Order), choose([order])))
    reader = browser(Role.READER, "rita")

    reader.post(url(Order), form)
    assert status_of(order) == ["Registered"]
    assert not Batch.objects.exists()
    operator.post(url(Order), form)
    assert reader.get(url(Batch, "change", Batch.objects.get().pk)).status_code == 200


def test_what_a_preview_says_of_each_row_is_what_becomes_of_it(operator: Client) -> None:
    mixed = [
        *(make_messages(failed=reason)[0] for reason in Reason),
        *make_messages(address="", failed=Reason.NOT_IDENTIFIED),
        *make_messages(not_before=clock.now() + TOMORROW),
        *make_messages(content=make_content(Channel.WEBHOOK), failed=Reason.GAVE_UP),
    ]
    orders = [
        *(make_order(due_in=TOMORROW) for _ in OrderStatus),
        make_order(due_in=timedelta(minutes=4)),
        make_order(),
    ]
    for order, status in zip(orders, OrderStatus, strict=False):
        Order.objects.filter(pk=order.pk).update(status=status, due_at=None)
    for rows, verb in (
        (mixed, "resend"),
        (mixed, "release"),
        (orders, "release"),
        (orders, "cancel"),
    ):
        model = type(rows[0])
        shown = operator.post(url(model), choose(rows, verb))
        foreseen = {
            line.link: line.refused for line in shown.context["preview"].rows if line.refused
        }
        operator.post(url(model), settle(shown))

        batch = Batch.objects.latest("started_at")
        refused = {
            url(model, "change", row.row_id): in_words(row.words, row.parameters or {})
            for row in batches.refused(batch)
        }
        assert refused == foreseen
        assert 0 < len(refused) <= len(rows)
