"""Lists of tables that may hold millions of rows, and looking for one of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import FloatField, Func, Value
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications_platform.audit import trail
from notifications_platform.audit.models import Entry
from notifications_platform.back_office import large_tables
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery import claiming
from notifications_platform.delivery.models import Content, Message, Receipt
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.models import Access, Organization, Person
from orders.admin import OrderAdmin
from orders.models import Order
from tests.factories import DIGDIR, make_messages, make_order
from tests.plans import plan_of, pretend_much
from tests.staff import browser, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def find(client: Client, model: Any, term: str) -> Any:
    return client.post(url(model, "find"), {"term": term}, follow=True)


def rows(answer: Any) -> list[Any]:
    return list(answer.context["cl"].result_list)


def _receipt() -> None:
    Receipt.objects.create(
        provider="p", provider_reference=str(uuid7()), raw="x", received_at=clock.now()
    )


def _person() -> None:
    number = f"{Person.objects.count():011}"
    Person.objects.create(national_identity_number=number, name="Kari")


def _organization() -> None:
    number = f"{Organization.objects.count():09}"
    Organization.objects.create(organization_number=number, name="Eksempel")


def _access() -> None:
    Access.objects.create(
        national_identity_number=f"{Access.objects.count():011}",
        organization_number="310000043",
        resource_id="r",
    )


def _entry() -> None:
    trail.record("orders.place", "order", [uuid7()], by=trail.By.client("ttd"), now=clock.now())


MAKERS: dict[Any, Callable[[], object]] = {
    Order: make_order,
    Message: make_messages,
    Content: make_messages,
    Receipt: _receipt,
    Entry: _entry,
    Person: _person,
    Organization: _organization,
    Access: _access,
}


@pytest.mark.parametrize("model", MAKERS)
def test_a_list_of_one_and_of_twenty_costs_the_same(reader: Client, model: Any) -> None:
    MAKERS[model]()
    reader.get(url(model))
    with CaptureQueriesContext(connection) as one:
        reader.get(url(model))
    for _ in range(19):
        MAKERS[model]()
    with CaptureQueriesContext(connection) as twenty:
        answer = reader.get(url(model))
    assert len(rows(answer)) >= 20
    assert len(twenty) == len(one)


@pytest.mark.parametrize("model", MAKERS)
def test_no_list_is_counted_to_its_end(reader: Client, model: Any) -> None:
    with CaptureQueriesContext(connection) as queries:
        reader.get(url(model))
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 1000" in sql for sql in counts)


def test_the_pages_end_at_the_cap_and_say_so(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_tables, "CAP", 60)
    make_messages(61)
    answer = reader.get(url(Message))
    assert answer.context["cl"].result_count == 60
    assert "Only the first 60 rows" in answer.text


def test_a_list_that_takes_too_long_is_given_up(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_order()
    nap = Func(Value(1.0), function="pg_sleep", output_field=FloatField())
    monkeypatch.setattr(large_tables, "PATIENCE", timedelta(milliseconds=20))
    monkeypatch.setattr(
        OrderAdmin,
        "get_queryset",
        lambda _self, request: Order.objects.alias(nap=nap).filter(nap__isnull=request.GET == {}),
    )
    answer = reader.get(url(Order), {"status": "Registered"})
    assert (answer.status_code, answer["Location"]) == (302, url(Order))


def test_columns_are_not_sorted_by_others_than_the_list_is(reader: Client) -> None:
    make_order()
    assert "?o=" not in reader.get(url(Order)).text


def test_filters_narrow_the_list(reader: Client) -> None:
    ours, theirs = make_order(), make_order(client=DIGDIR, due_in=timedelta(days=1))
    assert rows(reader.get(url(Order), {"creator": "digdir"})) == [theirs]
    assert rows(reader.get(url(Order), {"status": "Registered", "period": "hour"})) == [
        theirs,
        ours,
    ]
    Order.objects.filter(pk=ours.pk).update(created_at=clock.now() - timedelta(days=2))
    assert rows(reader.get(url(Order), {"period": "day"})) == [theirs]
    assert rows(reader.get(url(Order), {"period": "week"})) == [theirs, ours]


def test_messages_of_a_period_are_found_by_their_ids(reader: Client) -> None:
    (new,) = make_messages()
    long_ago = large_tables.first_id_at(clock.real() - timedelta(days=2))
    Message.objects.filter(pk=new.pk).update(id=long_ago)
    (new,) = make_messages()
    assert rows(reader.get(url(Message), {"period": "day"})) == [new]
    assert len(rows(reader.get(url(Message), {"period": "week"}))) == 2


def test_messages_of_one_order_are_listed(reader: Client) -> None:
    (mine, *_others) = make_messages(2)
    make_messages(1)
    assert len(rows(reader.get(url(Message), {"owner_id": str(mine.owner_id)}))) == 2


# --- finding ------------------------------------------------------------------------------


def test_an_address_never_comes_into_a_url(reader: Client) -> None:
    (message, other) = make_messages(2)
    answer = find(reader, Message, " NR0@demo.example ")
    assert rows(answer) == [message]
    (location, _status) = answer.redirect_chain[-1]
    assert "nr0" not in location.lower()
    assert other.pk != message.pk


def test_a_mobile_number_is_found_however_it_is_written(reader: Client) -> None:
    (message,) = make_messages(address="+4740000001")
    assert rows(find(reader, Message, "0047 40 00 00 01")) == [message]


def test_a_message_is_found_by_its_address_while_a_worker_has_it(reader: Client) -> None:
    (message,) = make_messages(address="kari@demo.example")
    claiming.claim(Channel.EMAIL, limit=1, now=clock.now())
    assert rows(find(reader, Message, "kari@demo.example")) == [message]


def test_a_message_is_found_by_its_id_and_its_owner(reader: Client) -> None:
    (message,) = make_messages()
    make_messages()
    for term in (message.pk, message.owner_id):
        assert rows(find(reader, Message, str(term))) == [message]


def test_an_order_is_found_by_id_and_by_the_exact_reference(reader: Client) -> None:
    order = make_order(senders_reference="case-2031/77")
    make_order(senders_reference="case-2031/78")
    assert rows(find(reader, Order, str(order.pk))) == [order]
    assert rows(find(reader, Order, "case-2031/77")) == [order]
    assert rows(find(reader, Order, "CASE-2031/77")) == []
    assert rows(find(reader, Order, "case-2031")) == []


def test_what_was_found_can_be_filtered_further(reader: Client) -> None:
    make_order(senders_reference="a")
    digdirs = make_order(senders_reference="a", client=DIGDIR)
    (found, _status) = find(reader, Order, "a").redirect_chain[-1]
    assert rows(reader.get(f"{found}&creator=digdir")) == [digdirs]


def test_a_search_belongs_to_its_session(reader: Client) -> None:
    make_order(senders_reference="a")
    (found, _status) = find(reader, Order, "a").redirect_chain[-1]
    assert rows(browser(Role.READER, "rita").get(found)) == []


def test_nothing_found_is_an_empty_list(reader: Client) -> None:
    make_messages()
    assert rows(find(reader, Message, "nobody@demo.example")) == []
    assert rows(find(reader, Message, "'; DROP TABLE delivery_message; --")) == []


def test_the_trail_is_found_by_subject_and_by_staff(reader: Client) -> None:
    order = make_order()
    assert {entry.action for entry in rows(find(reader, Entry, str(order.pk)))} == {"orders.place"}
    assert {entry.actor for entry in rows(find(reader, Entry, "olga"))} == {"olga"}


def test_a_search_is_noted_without_what_was_searched_for(reader: Client) -> None:
    find(reader, Person, "17858230187")
    entry = Entry.objects.get(action="back_office.find")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("olga", "person", "")
    assert "17858230187" not in str(entry.__dict__)


@pytest.mark.parametrize(
    ("model", "term", "index"),
    [
        (Message, "nr0@demo.example", "message_of_address"),
        (Order, "case-2031/77", "order_reference"),
        (Entry, "01a1ff89-e445-7000-be30-924cecfe1ab7", "audit_of_subject"),
    ],
)
def test_a_search_goes_by_an_index(reader: Client, model: Any, term: str, index: str) -> None:
    (found, _status) = find(reader, model, term).redirect_chain[-1]
    with CaptureQueriesContext(connection) as queries:
        reader.get(found)
    table = model._meta.db_table
    (sql, *_rest) = [
        query["sql"]
        for query in queries
        if query["sql"].startswith("SELECT COUNT") and table in query["sql"]
    ]
    pretend_much("seqscan")
    assert index in plan_of(sql)


# --- looking ------------------------------------------------------------------------------


def test_lists_show_addresses_and_numbers_masked(reader: Client) -> None:
    make_messages(address="kari.nordmann@demo.example")
    make_messages(address="+4740000001")
    Person.objects.create(national_identity_number="17858230187", name="Kari")
    messages = reader.get(url(Message)).text
    assert "k…@demo.example" in messages
    assert "kari.nordmann" not in messages
    assert "+4740000001" not in messages
    assert "17858230187" not in reader.get(url(Person)).text


@pytest.mark.parametrize("model", [Message, Order, Person])
def test_opening_a_page_with_personal_data_is_noted(reader: Client, model: Any) -> None:
    MAKERS[model]()
    row = model.objects.get()
    reader.get(url(model))
    assert not Entry.objects.filter(action="back_office.view").exists()

    reader.get(url(model, "change", row.pk))

    entry = Entry.objects.get(action="back_office.view")
    assert (entry.actor_kind, entry.actor, entry.subject_id) == ("staff", "olga", str(row.pk))
    assert entry.subject_kind == model._meta.model_name
