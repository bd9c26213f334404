"""Lists of letters, attachments, events and what belongs to them; deleting a letter."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from correspondence import publishing
from correspondence.models import (
    Attachment,
    AttachmentStatusEntry,
    Correspondence,
    Event,
    IdempotencyKey,
    Letter,
    LetterAttachment,
    LetterNotification,
    StatusEntry,
)
from correspondence.states import CorrespondenceStatus
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from orders.models import Order
from orders.states import OrderStatus
from tests.correspondence.conftest import ALT, DIGDIR, KARI, PERSON, UTEN, Api, organization
from tests.correspondence.test_back_office_pages import NOTIFICATION, TEXTS, a_letter, an_attachment
from tests.plans import plan_of, pretend_much
from tests.staff import browser, url

pytestmark = pytest.mark.django_db

MODELS = (
    Attachment,
    AttachmentStatusEntry,
    Correspondence,
    Event,
    IdempotencyKey,
    Letter,
    LetterAttachment,
    LetterNotification,
    StatusEntry,
)
KEY = "7c9e6679-f42b-4de9-a1c3-b0d5e8f70a{:02x}"
REASON = {"reason": "Its sender asked for it."}


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


@pytest.fixture
def administrator() -> Client:
    return browser(Role.ADMINISTRATOR, "ada")


def rows(answer: Any) -> list[Any]:
    return list(answer.context["cl"].result_list)


def find(client: Client, model: Any, term: str) -> Any:
    return client.post(url(model, "find"), {"term": term}, follow=True)


def something_of_everything(sender: Api, number: int = 0) -> Correspondence:
    one = a_letter(
        sender,
        recipients=[PERSON + KARI],
        idempotentKey=KEY.format(number),
        notification=NOTIFICATION,
        **TEXTS,
    )
    an_attachment(one.letter)
    return one


# --- lists --------------------------------------------------------------------------------


def test_a_list_of_one_and_of_thirty_costs_the_same(sender: Api, reader: Client) -> None:
    def costs() -> dict[str, int]:
        spent = {}
        for model in MODELS:
            with CaptureQueriesContext(connection) as queries:
                answer = reader.get(url(model))
            assert rows(answer), model
            spent[model.__name__] = len(queries)
        return spent

    something_of_everything(sender)
    costs()
    few = costs()
    for number in range(1, 30):
        something_of_everything(sender, number)
    assert costs() == few
    assert max(few.values()) < 20


def test_no_list_is_counted_to_its_end(sender: Api, reader: Client) -> None:
    something_of_everything(sender)
    for model in MODELS:
        with CaptureQueriesContext(connection) as queries:
            reader.get(url(model))
        counts = [query["sql"] for query in queries if "COUNT(" in query["sql"]]
        assert counts
        assert all("LIMIT 1000" in sql for sql in counts)


def test_lists_show_neither_texts_nor_whole_national_numbers(sender: Api, reader: Client) -> None:
    one = something_of_everything(sender)
    for model in MODELS:
        shown = reader.get(url(model)).text
        for private in (*TEXTS.values(), KARI, one.recipient_name):
            assert private not in shown


def test_no_list_reads_what_letters_say(sender: Api, reader: Client) -> None:
    something_of_everything(sender)
    for model in (Correspondence, Letter):
        with CaptureQueriesContext(connection) as queries:
            reader.get(url(model))
        assert not [query for query in queries if 'body"' in query["sql"]]


def test_letters_are_filtered_by_status_resource_sender_and_time(
    sender: Api, reader: Client
) -> None:
    published = a_letter(sender)
    publishing.publish_due(now=clock.now())
    theirs = organization(DIGDIR).sent(resourceId="digdir-letters")
    waiting = a_letter(sender)

    def listed(**chosen: str) -> list[str]:
        return [str(row.pk) for row in rows(reader.get(url(Correspondence), chosen))]

    assert listed() == [str(waiting.id), theirs, str(published.id)]
    assert listed(status__exact=str(CorrespondenceStatus.Published.value)) == [str(published.id)]
    assert listed(resource_id="digdir-letters") == [theirs]
    assert listed(sender=waiting.sender) == [str(waiting.id), str(published.id)]
    Correspondence.objects.filter(pk=published.pk).update(
        created_at=clock.now() - timedelta(days=2)
    )
    assert listed(period="day", resource_id="ttd-letters") == [str(waiting.id)]


def test_events_are_filtered_by_type_owner_and_instance(sender: Api, reader: Client) -> None:
    ours = a_letter(sender, notification=NOTIFICATION)
    theirs = organization(DIGDIR).sent(resourceId="digdir-letters")

    def listed(**chosen: str) -> list[str]:
        return [str(row.resource_instance) for row in rows(reader.get(url(Event), chosen))]

    assert listed(type="correspondenceinitialized") == [theirs, str(ours.id)]
    assert listed(service_owner="digdir") == [theirs]
    assert listed(resource_instance=str(ours.id)) == [str(ours.id)]
    assert len(listed(type="notificationcreated")) == 2


def test_a_history_has_a_list_of_its_own(sender: Api, reader: Client) -> None:
    one = a_letter(sender)
    a_letter(sender)
    listed = rows(reader.get(url(StatusEntry), {"correspondence_id": str(one.id)}))
    assert {entry.correspondence_id for entry in listed} == {one.id}


# --- finding ------------------------------------------------------------------------------


def test_a_letter_is_found_by_every_number_it_goes_by(sender: Api, reader: Client) -> None:
    one = something_of_everything(sender, 1)
    other = a_letter(sender, recipients=[f"0192:{ALT}"])
    order = LetterNotification.objects.all()[0].order_id
    terms = (str(one.id), str(one.letter_id), str(order), KEY.format(1), KARI, PERSON + KARI)
    for term in terms:
        assert rows(find(reader, Correspondence, term)) == [one], term
    for term in (ALT, f"0192:{ALT}", other.recipient.upper()):
        assert rows(find(reader, Correspondence, term)) == [other], term
    for term in (UTEN, "2031/77", KEY.format(2), "x" * 400):
        assert rows(find(reader, Correspondence, term)) == [], term


def test_a_search_leaves_no_trace_of_whom_it_was_for(sender: Api, reader: Client) -> None:
    something_of_everything(sender)
    answer = find(reader, Correspondence, KARI)
    assert len(rows(answer)) == 1
    assert KARI not in answer.redirect_chain[-1][0]
    entry = Entry.objects.get(action="back_office.find")
    assert (entry.subject_kind, entry.subject_id) == ("correspondence", "")


@pytest.mark.parametrize(
    ("model", "chosen", "index"),
    [
        (Correspondence, {}, "corr_by_time"),
        (Attachment, {}, "attachment_by_time"),
        (Event, {"service_owner": "ttd"}, "event_of_owner"),
        (Event, {"resource_instance": KEY.format(1)}, "event_of_instance"),
    ],
)
def test_a_list_is_read_by_an_index_in_its_order(
    sender: Api, reader: Client, model: Any, chosen: dict[str, str], index: str
) -> None:
    something_of_everything(sender)
    with CaptureQueriesContext(connection) as queries:
        reader.get(url(model), chosen)
    plan = plan_of_page(queries, model)
    assert index in plan
    assert "Sort" not in plan


def test_letters_of_a_party_are_found_by_an_index(sender: Api, reader: Client) -> None:
    something_of_everything(sender)
    with CaptureQueriesContext(connection) as queries:
        find(reader, Correspondence, KARI)
    assert "corr_of_party" in plan_of_page(queries, Correspondence)


def plan_of_page(queries: CaptureQueriesContext, model: Any) -> str:
    """How the database reads a page of the list that it may neither sort nor walk through."""
    table = f'FROM "{model._meta.db_table}"'
    sql = [
        query["sql"]
        for query in queries
        if table in query["sql"] and "ORDER BY" in query["sql"] and "COUNT(" not in query["sql"]
    ][-1]
    pretend_much("seqscan", "bitmapscan", "sort")
    return plan_of(sql if " LIMIT " in sql else f"{sql} LIMIT 50")


# --- changing -----------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_changed_or_deleted_by_hand(
    sender: Api, administrator: Client, model: Any
) -> None:
    something_of_everything(sender)
    row = model.objects.all()[0]
    before = list(model.objects.order_by("pk").values())
    assert administrator.get(url(model, "add")).status_code == 403
    assert administrator.post(url(model, "change", row.pk), {"sender": "x"}).status_code == 403
    assert administrator.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"}
    administrator.post(url(model), chosen)
    assert list(model.objects.order_by("pk").values()) == before


def test_an_administrator_deletes_a_letter_that_is_not_published(
    sender: Api, administrator: Client
) -> None:
    one = a_letter(sender, notification=NOTIFICATION, **TEXTS)
    purge = url(Correspondence, "purge", one.pk)
    assert purge in administrator.get(url(Correspondence, "change", one.pk)).text
    assert "Nothing brings any of it back" in administrator.get(purge).text

    answer = administrator.post(purge, REASON, follow=True)

    assert "1 letter deleted." in answer.text
    assert "It was deleted by its sender, or for it" in answer.text
    one.refresh_from_db()
    assert one.status == CorrespondenceStatus.PurgedByAltinn
    assert Letter.objects.get().body == ""
    assert {order.status for order in Order.objects.all()} == {OrderStatus.CANCELLED}
    entry = Entry.objects.get(action="correspondence.purge")
    assert (entry.actor, entry.reason) == ("ada", REASON["reason"])
    content = administrator.get(url(Correspondence, "content", one.pk)).text
    assert "It has been erased." in content
    assert "Innvilget" not in content


def test_a_published_letter_is_not_deleted_and_the_refusal_is_shown(
    sender: Api, administrator: Client
) -> None:
    one = a_letter(sender)
    publishing.publish_due(now=clock.now())
    before = list(Correspondence.objects.values())
    purge = url(Correspondence, "purge", one.pk)
    assert purge not in administrator.get(url(Correspondence, "change", one.pk)).text

    answer = administrator.post(purge, REASON, follow=True)

    assert "A published correspondence is the recipient&#x27;s to delete." in answer.text
    assert list(Correspondence.objects.values()) == before
    assert Letter.objects.get().body
    assert not Entry.objects.filter(action="correspondence.purge").exists()


def test_without_a_reason_nothing_is_deleted(sender: Api, administrator: Client) -> None:
    one = a_letter(sender)
    answer = administrator.post(url(Correspondence, "purge", one.pk), {"reason": "  "})
    assert "This field is required" in answer.text
    one.refresh_from_db()
    assert one.status == CorrespondenceStatus.ReadyForPublish


@pytest.mark.parametrize("role", [Role.READER, Role.OPERATOR, None])
def test_nobody_but_an_administrator_deletes(sender: Api, role: Role | None) -> None:
    one = a_letter(sender)
    staff = browser(role)
    purge = url(Correspondence, "purge", one.pk)
    assert staff.get(purge).status_code == 403
    assert staff.post(purge, REASON).status_code == 403
    one.refresh_from_db()
    assert one.status == CorrespondenceStatus.ReadyForPublish
