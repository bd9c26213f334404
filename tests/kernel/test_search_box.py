"""The search box: what a caller says, and everything that is known of it, over HTTP."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import FloatField, Func, Value
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.back_office.searching import merging
from notifications_platform.core import clock
from notifications_platform.delivery import claiming
from notifications_platform.delivery.models import Message, Receipt, Stop
from notifications_platform.delivery.states import Channel
from notifications_platform.registers.models import (
    Organization,
    Person,
    ServiceOwner,
    UserContactPoint,
)
from orders import processing, services
from orders.models import Order
from orders.states import NotificationChannel
from tests.bound_staff import bound
from tests.factories import DIGDIR, make_messages, make_order
from tests.searching import BOX, lines, links, plans, search
from tests.staff import browser

pytestmark = pytest.mark.django_db

KARI, ALT = "05909803219", "310131075"
EMAIL, MOBILE = "kari@demo.example", "+4740000001"


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


def kari(**changes: Any) -> Person:
    given = {"name": "Kari", "email": EMAIL, "mobile_number": "400 00 001", **changes}
    return Person.objects.create(national_identity_number=KARI, **given)


def sent_to_kari(**fields: Any) -> Order:
    order = make_order({"nationalIdentityNumber": KARI}, **fields)
    processing.process_due(now=clock.now())
    return order


# --- what is found ------------------------------------------------------------------------


def test_a_person_is_found_with_everything_that_was_for_her(reader: Client) -> None:
    person = kari()
    order = sent_to_kari()
    (message,) = Message.objects.filter(owner_id=order.id)
    direct = make_messages(address=EMAIL.upper())[0]
    waiting = make_order({"nationalIdentityNumber": KARI}, due_in=timedelta(days=1))
    make_order({"nationalIdentityNumber": "01877731193"}, due_in=timedelta(days=1))
    found = links(reader, KARI)
    assert found[0] == str(person.pk)
    assert set(found[1:]) == {str(one.pk) for one in (order, message, direct, waiting)}
    said = dict(zip(found, lines(reader, f"{KARI[:6]} {KARI[6:]}"), strict=True))
    assert said[str(person.pk)] == "Kari, a person in the register"
    assert said[str(waiting.pk)].startswith("Order from ttd, waits for its send time tomorrow ")
    details = {one.hit.link.split("/")[-3]: str(one.hit.detail) for one in _found(reader, KARI)}
    assert details[str(direct.pk)] == "to K…@DEMO.EXAMPLE, which is on file now for this number"
    assert details[str(message.pk)] == "to k…@demo.example"


def test_an_organisation_is_found_as_recipient_and_as_service_owner(reader: Client) -> None:
    Organization.objects.create(organization_number=ALT, name="Alt", email_addresses=[EMAIL])
    ServiceOwner.objects.create(org="ttd", organization_number=ALT, name="Testdep")
    order = make_order({"organizationNumber": ALT})
    processing.process_due(now=clock.now())
    said = lines(reader, ALT)
    assert {"Alt, an organisation in the register", "Testdep, a service owner"} <= set(said)
    assert {str(order.pk)} == set(links(reader, ALT, group="orders"))
    assert len(lines(reader, ALT, group="messages")) == 1
    assert lines(reader, "ttd", group="registers") == ["Testdep, a service owner"]


@pytest.mark.parametrize("term", [EMAIL, "KARI@demo.EXAMPLE", "Kari <kari@demo.example>"])
def test_an_address_is_found_wherever_it_was_used(reader: Client, term: str) -> None:
    person = kari()
    (message,) = make_messages(address=EMAIL)
    waiting = make_order({"emailAddress": EMAIL}, due_in=timedelta(days=1))
    done = make_order({"emailAddress": EMAIL})
    processing.process_due(now=clock.now())
    make_messages(address="other@demo.example")
    found = links(reader, term)
    own = Message.objects.get(owner_id=done.id)
    assert set(found) == {str(one.pk) for one in (person, message, waiting, done, own)}
    claiming.claim(Channel.EMAIL, limit=9, now=clock.now())
    assert links(reader, term) == found


@pytest.mark.parametrize("term", ["40000001", "+47 400 00 001", "0047 40000001"])
def test_a_mobile_number_is_found_however_it_is_said(reader: Client, term: str) -> None:
    person = kari()
    organization = Organization.objects.create(
        organization_number=ALT, name="Alt", mobile_numbers=[MOBILE]
    )
    UserContactPoint.objects.create(
        organization=organization, national_identity_number=KARI, mobile_number="0047 40 00 00 01"
    )
    (message,) = make_messages(address=MOBILE)
    channel = NotificationChannel.SMS
    waiting = make_order({"mobileNumber": MOBILE}, channel=channel, due_in=timedelta(days=1))
    wanted = {str(one.pk) for one in (person, organization, message, waiting)}
    assert set(links(reader, term)) == wanted
    # In the hands of a worker.
    held = {"status": "Processing", "due_at": None, "lease_until": clock.real()}
    Order.objects.filter(pk=waiting.pk).update(**held, lease_token=waiting.pk)
    assert set(links(reader, term)) == wanted


def test_everything_is_found_by_its_id_and_by_what_others_call_it(reader: Client) -> None:
    order = make_order(senders_reference="case-2031/77")
    processing.process_due(now=clock.now())
    (message,) = Message.objects.filter(owner_id=order.id)
    Message.objects.filter(pk=message.pk).update(provider_reference="prov-1", provider="smtp")
    Receipt.objects.create(
        provider="smtp", provider_reference="prov-1", raw="x", received_at=clock.now()
    )
    stray = Receipt.objects.create(
        provider="smtp",
        provider_reference="prov-2",
        raw="x",
        received_at=clock.now(),
        settled_at=clock.now(),
    )
    assert set(links(reader, str(order.pk))) == {str(order.pk), str(message.pk)}
    assert links(reader, str(message.pk).upper()) == [str(message.pk)]
    assert links(reader, "case-2031/77") == [str(order.pk)]
    assert links(reader, "CASE-2031/77") == []
    assert set(links(reader, "prov-1", group="messages")) >= {str(message.pk)}
    assert links(reader, "prov-2") == [str(stray.pk)]
    Stop.objects.create(client="ttd", by="olga", because="x", since=clock.now())
    assert lines(reader, "ttd")[0].startswith("All messages of ttd have been stopped since today")


def test_the_words_say_how_it_ended_and_why(reader: Client) -> None:
    (message,) = make_messages(address=EMAIL)
    at = clock.now() - timedelta(days=400)
    changed = {"state": "failed", "reason": "bounced", "state_at": at, "final_at": at}
    Message.objects.filter(pk=message.pk).update(**changed)
    (said,) = lines(reader, str(message.pk))
    assert re.fullmatch(
        r"E-mail from ttd, failed \d{4}-\d\d-\d\d \d\d:\d\d\. Not delivered: the address does not "
        r"exist, or nothing reaches it\.",
        said,
    )
    order = make_order(due_in=timedelta(days=1))
    services.cancel_by_staff(order.id, user="olga", reason="x", now=clock.now())
    assert lines(reader, str(order.id))[0].startswith("Order from ttd, cancelled today ")


# --- the page -----------------------------------------------------------------------------


def test_every_page_has_the_box_and_one_only(reader: Client) -> None:
    order = make_order()
    for page in ("/admin/", f"/admin/orders/order/{order.pk}/change/", "/admin/orders/order/", BOX):
        text = reader.get(page).text
        assert text.count('id="bo-search-term"') == 1, page
        assert "back_office/search.js" in text
        # The theme's own search would send what is typed in the address.
        assert "search-input-command" not in text, page


def test_one_thing_only_is_shown_at_once(reader: Client) -> None:
    order = make_order(senders_reference="case-1")
    answer = reader.post(BOX, {"term": "case-1"}, follow=True)
    (shown, _status), (thing, _status) = answer.redirect_chain
    assert thing == f"/admin/orders/order/{order.pk}/change/"
    assert "only thing found" in answer.text
    # Whoever goes back to the answer sees it.
    assert len(reader.get(shown).context["answer"].lines) == 1
    make_order(senders_reference="case-1")
    answer = reader.post(BOX, {"term": "case-1"}, follow=True)
    assert len(answer.context["answer"].lines) == 2


def test_a_page_goes_on_with_what_is_older(reader: Client, monkeypatch: Any) -> None:
    made: list[Any] = [make_messages(address=EMAIL)[0] for _ in range(7)]
    made += [make_order({"emailAddress": EMAIL}, due_in=timedelta(days=1))]
    monkeypatch.setattr(merging.search, "__kwdefaults__", {"places": None, "size": 3})
    answer, shown = search(reader, EMAIL), []
    for _ in range(3):
        shown += [line.hit.link.split("/")[-3] for line in answer.context["answer"].lines]
        assert EMAIL.partition("@")[0] not in answer.context["older"]
        if answer.context["older"]:
            answer = reader.get(answer.context["older"])
    assert shown == [str(one.pk) for one in reversed(made)]
    assert not answer.context["older"]
    newest = reader.get(answer.context["newest"])
    assert newest.context["answer"].lines[0].hit.link.split("/")[-3] == shown[0]
    forged = reader.get(BOX, {"found": "x", "older": "e30:x"})
    assert forged.status_code == 200


def test_nothing_found_says_what_was_looked_for(reader: Client) -> None:
    text = search(reader, "40000001").text
    for words in ("Nothing found", "a mobile number", "What may help"):
        assert words in text
    assert "Type what the caller can tell you" in reader.post(BOX, {"term": " "}, follow=True).text


def test_the_row_of_filters_narrows(reader: Client) -> None:
    order = make_order()
    processing.process_due(now=clock.now())
    everything = links(reader, str(order.pk))
    assert links(reader, str(order.pk), group="orders") == [str(order.pk)]
    assert links(reader, str(order.pk), group="nonsense") == everything
    page = search(reader, str(order.pk), group="orders").text
    assert re.search(r'aria-current="true">\s*Orders', page)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_gets_an_answer(reader: Client, typed: str) -> None:
    sent = typed.encode("utf-8", "surrogatepass").decode("latin-1")
    answer = reader.post(BOX, {"term": sent}, follow=True)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body", [b"term=%00", b"term=%ED%A0%80", b"term=%00a%ED%A0%80b", b"", b"term=\xff"]
)
def test_odd_bytes_get_an_answer(reader: Client, body: bytes) -> None:
    form = "application/x-www-form-urlencoded"
    answer = reader.post(BOX, body, content_type=form, follow=True)
    assert answer.status_code == 200


# --- who looked for whom ------------------------------------------------------------------


def test_a_search_says_in_the_trail_for_what_kind_of_thing(reader: Client) -> None:
    person = kari()
    for term in (KARI, "01877731193", "01877731193", EMAIL):
        search(reader, term)
    known, unknown, again, other = Entry.objects.filter(action="back_office.search").order_by("id")
    assert (known.subject_kind, known.subject_id) == ("person", str(person.pk))
    assert unknown.subject_id.startswith("digest-")
    assert again.subject_id == unknown.subject_id
    assert (other.subject_kind, other.subject_id) == ("search", "")
    assert known.detail == {"kinds": ["person", "number", "text"]}
    assert known.actor == "olga"
    told = str(list(Entry.objects.values()))
    assert not [word for word in (KARI, "01877731193", EMAIL) if word in told]


def test_what_was_typed_is_in_no_address_and_no_title(reader: Client) -> None:
    kari()
    sent_to_kari()
    posted = reader.post(BOX, {"term": KARI})
    answer = reader.get(posted["Location"])
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', answer.text)
    title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)
    assert title
    for text in (posted["Location"], title[1], *addresses):
        assert KARI not in text
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_a_shared_link_tells_nobody_else_anything(reader: Client) -> None:
    kari()
    make_messages(address=EMAIL)
    location = reader.post(BOX, {"term": EMAIL})["Location"]
    assert reader.get(location).context["answer"].lines
    other = browser(Role.ADMINISTRATOR, "ada").get(location)
    assert not other.context["answer"].lines
    assert "searched for by somebody else" in other.text
    assert EMAIL not in other.text


# --- rights -------------------------------------------------------------------------------


def test_whoever_has_no_role_may_not_search() -> None:
    nobody = browser(None)
    assert nobody.post(BOX, {"term": "x"}).status_code == 403
    assert Client().post(BOX, {"term": "x"}).status_code == 302
    assert not Entry.objects.filter(action="back_office.search").exists()


def test_bound_staff_find_what_is_their_clients_and_no_person() -> None:
    kari()
    ours, theirs = sent_to_kari(senders_reference="r"), sent_to_kari(client=DIGDIR)
    make_messages(address=EMAIL)
    staff = bound(Role.READER, "digdir")
    own = {str(theirs.pk), str(Message.objects.get(owner_id=theirs.id).pk)}
    assert set(links(staff, KARI)) == own
    assert set(links(staff, EMAIL)) == own
    for term in (str(ours.pk), "r", "ttd"):
        assert links(staff, term) == []


# --- cost ---------------------------------------------------------------------------------


def test_a_search_costs_the_same_for_one_and_for_many(reader: Client) -> None:
    def costs() -> dict[str, int]:
        spent = {}
        for term in (KARI, EMAIL, str(Order.objects.all()[0].pk), "r"):
            with CaptureQueriesContext(connection) as queries:
                search(reader, term)
            spent[term[:4]] = len(queries)
        return spent

    kari()
    sent_to_kari(senders_reference="r")
    few = costs()
    for _ in range(9):
        sent_to_kari(senders_reference="r")
        make_order({"nationalIdentityNumber": KARI, "emailAddress": EMAIL}, senders_reference="r")
    assert list(costs().values()) == list(few.values())
    assert max(few.values()) < 100


def test_what_takes_too_long_is_said_and_the_rest_is_found(
    reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_messages(address=EMAIL)
    nap = Func(Value(1.0), function="pg_sleep", output_field=FloatField())
    napping = Order.objects.alias(nap=nap).filter(nap__isnull=False)
    monkeypatch.setattr(merging, "PATIENCE", timedelta(milliseconds=40))
    monkeypatch.setattr("orders.finders.newest_of_few", lambda *_args, **_more: napping)
    make_order()
    answer = search(reader, EMAIL)
    assert "Orders: there is too much to go through" in answer.text
    assert [line.group.value for line in answer.context["answer"].lines] == ["messages"]


def _found(client: Client, term: str) -> Any:
    return search(client, term).context["answer"].lines


@pytest.mark.parametrize(
    ("term", "table", "index"),
    [
        (EMAIL, "delivery_message", "message_of_address"),
        (KARI, "delivery_message", "message_of_recipient"),
        ("prov-1", "delivery_message", "message_provider_reference"),
        ("prov-1", "delivery_receipt", "receipt_of_nobody"),
        (KARI, "orders_order", "order_waits_for"),
        ("r", "orders_order", "order_reference"),
        (EMAIL, "registers_person", "person_by_email"),
        (MOBILE, "registers_person", "person_by_mobile"),
        (EMAIL, "registers_organization", "organization_by_email"),
        (MOBILE, "registers_organization", "organization_by_mobile"),
        (MOBILE, "registers_usercontactpoint", "contact_point_by_mobile"),
    ],
)
def test_each_is_found_by_an_index(reader: Client, term: str, table: str, index: str) -> None:
    kari()
    sent_to_kari(senders_reference="r")
    organization = Organization.objects.create(organization_number=ALT, name="Alt")
    UserContactPoint.objects.create(
        organization=organization, national_identity_number=KARI, mobile_number=MOBILE
    )
    Receipt.objects.create(provider_reference="prov-1", received_at=clock.now())
    plan = plans(reader, term, table)
    assert index in plan
    assert "Seq Scan" not in plan
