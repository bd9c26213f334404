"""The pages of one letter and one attachment, as staff read them."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from correspondence import history, letter_page, publishing, purging
from correspondence.models import (
    Attachment,
    AttachmentStatusEntry,
    Correspondence,
    Event,
    Letter,
    LetterAttachment,
    LetterNotification,
)
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import circumstances, draining
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel
from orders import processing
from orders.models import Order
from tests.correspondence.conftest import ALT, KARI, PERSON, RITA, UTEN, Api, Load
from tests.staff import browser, url
from tests.stories import headline, links, order_of, story
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db

NOTIFICATION = {
    "notificationChannel": "Email",
    "emailSubject": "New letter",
    "emailBody": "Open it",
    "sendReminder": True,
    "reminderEmailSubject": "Unread",
    "reminderEmailBody": "Please read it",
}
TEXTS = {"messageTitle": "Om søknaden", "messageSummary": "I korthet", "messageBody": "Innvilget"}


@pytest.fixture
def reader() -> Client:
    return browser(Role.READER)


@pytest.fixture
def operator() -> Client:
    return browser(Role.OPERATOR, "odd")


def page(client: Client, row: Any, name: str = "change") -> str:
    answer = client.get(url(type(row), name, row.pk))
    assert answer.status_code == 200
    return answer.text


def a_letter(sender: Api, **changes: Any) -> Correspondence:
    return Correspondence.objects.get(pk=sender.sent(**changes))


def an_attachment(letter: Letter, number: int = 0, **changes: Any) -> Attachment:
    """Stored and used by the letter."""
    status = AttachmentStatus(changes.pop("status", AttachmentStatus.Published))
    given = {
        "resource_id": letter.resource_id,
        "service_owner": letter.service_owner,
        "sender": letter.sender,
        "file_name": f"vedtak-{number}.pdf",
        "senders_reference": "1",
        "size": 12345,
        "status_text": status.name,
        **changes,
    }
    now = letter.created_at
    made = Attachment.objects.create(
        status=status.value, status_changed=now, created_at=now, **given
    )
    AttachmentStatusEntry.objects.create(
        attachment=made, status=status.value, text=made.status_text, at=now
    )
    LetterAttachment.objects.create(
        letter=letter,
        attachment=made,
        position=number,
        expiration_time=now + timedelta(days=14),
    )
    return made


def test_a_letter_is_one_page(sender: Api, recipient: Api, reader: Client) -> None:
    one = a_letter(sender, notification=NOTIFICATION)
    attachment = an_attachment(one.letter)
    publishing.publish_due(now=clock.now())
    recipient.get(f"/correspondence/{one.id}")

    shown = page(reader, one)

    for told in (ALT, "991825827", "ttd-letters", "2031/77", "vedtak-0.pdf", "12345"):
        assert told in shown
    assert "It is published; its recipient has not read it." in shown
    moments = [
        "Initialized: the letter was asked for by",
        "vedtak-0.pdf: Published",
        "Published: its",
    ]
    assert sorted(order_of(shown, *moments)) == order_of(shown, *moments)
    assert url(Attachment, "change", attachment.pk) in shown
    for order in Order.objects.all():
        assert url(Order, "change", order.pk) in shown
    assert shown.count("<td>Success</td>") == 2
    for event in Event.objects.all():
        assert url(Event, "change", event.pk) in shown


@pytest.mark.parametrize("role", Role)
def test_what_a_letter_says_is_not_on_its_page(sender: Api, role: Role) -> None:
    one = a_letter(sender, recipients=[PERSON + KARI], **TEXTS)
    staff = browser(role)
    for row in (one, one.letter):
        shown = page(staff, row)
        for private in (*TEXTS.values(), KARI, one.recipient_name):
            assert private not in shown
    assert "059…19" in page(staff, one)


def test_opening_a_letter_is_noted(sender: Api, reader: Client) -> None:
    one = a_letter(sender)
    page(reader, one)
    entry = Entry.objects.get(action="back_office.view")
    assert (entry.actor, entry.subject_kind, entry.subject_id) == (
        "olga",
        "correspondence",
        str(one.id),
    )


def test_operators_read_what_a_letter_says_and_that_is_noted(sender: Api, operator: Client) -> None:
    one = a_letter(sender, recipients=[PERSON + KARI], **TEXTS)
    content = url(Correspondence, "content", one.pk)
    assert content in page(operator, one)

    shown = page(operator, one, "content")

    for told in (*TEXTS.values(), KARI, one.recipient_name):
        assert told in shown
    entry = Entry.objects.get(action=letter_page.READ_CONTENT)
    assert (entry.actor, entry.subject_id, entry.detail) == ("odd", str(one.id), None)
    assert letter_page.READ_CONTENT in page(operator, one)


@pytest.mark.parametrize("role", [Role.READER, None])
def test_nobody_else_reads_what_a_letter_says(sender: Api, role: Role | None) -> None:
    one = a_letter(sender, **TEXTS)
    staff = browser(role)
    content = url(Correspondence, "content", one.pk)
    assert content not in staff.get(url(Correspondence, "change", one.pk)).text
    answer = staff.get(content)
    assert answer.status_code == 403
    assert "Innvilget" not in answer.text
    assert not Entry.objects.filter(action=letter_page.READ_CONTENT).exists()


def test_a_letter_that_is_not_there_is_404(db: None, operator: Client) -> None:
    missing = url(Correspondence, "content", "00000000-0000-0000-0000-000000000001")
    assert operator.get(missing).status_code == 404
    assert not Entry.objects.filter(action=letter_page.READ_CONTENT).exists()


def test_its_recipient_sees_its_own_name_in_it(sender: Api, operator: Client) -> None:
    one = a_letter(sender, messageTitle="Til {{recipientName}}")
    assert f"Til {one.recipient_name}" in page(operator, one, "content")


def test_html_in_a_letter_is_shown_as_written(sender: Api, operator: Client) -> None:
    one = a_letter(sender, messageBody="`<b>fet</b>`")
    assert "`&lt;b&gt;fet&lt;/b&gt;`" in page(operator, one, "content")


def test_the_page_says_where_a_letter_stands(sender: Api, recipient: Api, reader: Client) -> None:
    later = clock.now() + timedelta(days=2)
    waiting = a_letter(sender, requestedPublishTime=later.isoformat())
    assert f"It is published at {later.astimezone():%Y}" in page(reader, waiting)

    due = a_letter(sender)
    assert headline(page(reader, due)).startswith("Waiting: It is due for publication since")

    an_attachment(due.letter, status=AttachmentStatus.UploadProcessing)
    assert "It waits for 1 of its attachments" in page(reader, due)

    publishing.fail([due], "An attachment held malware", now=clock.now())
    assert "It will never be published. An attachment held malware." in page(reader, due)


def test_the_page_of_a_read_letter_says_so(sender: Api, recipient: Api, reader: Client) -> None:
    due = clock.now() + timedelta(days=2)
    one = a_letter(sender, isConfirmationNeeded=True, dueDateTime=due.isoformat())
    publishing.publish_due(now=clock.now())
    shown = page(reader, one)
    assert "It is to be confirmed by" in shown
    assert "+00:00" not in shown, "a time that is not Oslo's"
    one.refresh_from_db()
    one.read = clock.now()
    one.save()
    history.add([one], CorrespondenceStatus.Confirmed, now=clock.now())
    shown = page(reader, one)
    assert "Its recipient read it at" in shown
    assert "Its recipient has confirmed it." in shown


def test_the_page_of_a_reserved_letter_says_so(sender: Api, reader: Client) -> None:
    sender.initialize(recipients=[f"0192:{ALT}", RITA])
    reserved = Correspondence.objects.get(status=CorrespondenceStatus.Reserved.value)
    assert "has been reserved against digital letters" in page(reader, reserved)


def test_the_letter_of_several_shows_each(sender: Api, reader: Client) -> None:
    recipients = [f"0192:{ALT}", f"0192:{UTEN}", RITA]
    one = a_letter(sender, recipients=recipients)
    shown = page(reader, one.letter)
    for sibling in Correspondence.objects.all():
        assert url(Correspondence, "change", sibling.pk) in shown
    assert RITA not in shown
    assert Entry.objects.get(subject_kind="letter").subject_id == str(one.letter_id)


def test_the_page_of_an_attachment_tells_the_scan_and_its_letters(
    sender: Api, reader: Client
) -> None:
    one = a_letter(sender)
    bad = an_attachment(one.letter, status=AttachmentStatus.Failed, status_text="Malware: Eicar")
    shown = page(reader, bad)
    assert headline(shown).startswith("Problem: It cannot be fetched: Malware: Eicar, at")
    assert order_of(shown, "Failed: it cannot be fetched Malware: Eicar") == [0]
    assert url(Letter, "change", one.letter_id) in shown
    (place,) = order_of(page(reader, one), "vedtak-0.pdf: Failed")
    assert "Malware: Eicar" in story(page(reader, one))[place]


def test_the_page_of_an_event_leads_to_its_webhook_and_back(
    sender: Api, reader: Client, registers: Load
) -> None:
    a_letter(sender)
    event = Event.objects.get(type="correspondenceinitialized")
    shown = page(reader, event)
    message = Message.objects.filter(owner_id=event.id).first()
    if message is None:
        assert "had no endpoint" in shown
    else:
        assert url(Message, "change", message.pk) in shown
        assert url(Event, "change", event.pk) in page(reader, message)
    assert url(Correspondence, "change", event.resource_instance) in shown


def test_a_letters_story_leads_to_its_orders_and_their_messages_and_back(
    sender: Api, recipient: Api, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (draining, circumstances):
        monkeypatch.setattr(module, "transports", lambda _channel: [FakeTransport()])
    one = a_letter(sender, notification=NOTIFICATION)
    shown = page(reader, one)
    planned = "; ".join(one for one in story(shown) if "planned" in one)
    order_of(shown, "It is published", "Its recipient is told of it", "Its recipient is reminded")
    assert planned.count("planned") == 3
    publishing.publish_due(now=clock.now())
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    recipient.get(f"/correspondence/{one.id}/content")

    shown = page(reader, one)

    message = Message.objects.filter(owner_kind="orders")[0]
    assert headline(shown).startswith("Good: Its recipient read it at")
    told = [
        "Published: its",
        "Its recipient was told of it",
        "E-mail: Sent:",
        "Its recipient is rem",
    ]
    assert sorted(order_of(shown, *told)) == order_of(shown, *told)
    order_of(shown, "Fetched: its recipient looked at it", "Read: its recipient opened it")
    assert url(Message, "change", message.pk) in links(shown)
    main, reminder = Order.objects.order_by("requested_send_time")
    for row in (main, reminder):
        assert url(Order, "change", row.pk) in links(shown)
        assert url(Correspondence, "change", one.pk) in links(page(reader, row))
    assert url(Order, "change", reminder.pk) in links(page(reader, main))
    assert url(Correspondence, "change", one.pk) in links(page(reader, message))


def test_a_letter_nobody_could_be_told_of_says_so(sender: Api, reader: Client) -> None:
    one = a_letter(sender, recipients=[f"0192:{UTEN}"], notification=NOTIFICATION)
    publishing.publish_due(now=clock.now())
    processing.process_due(now=clock.now())
    shown = page(reader, one)
    assert "No notification of it has gone out." in shown
    order_of(shown, "Its recipient was not told of it", "no address is on file")


def test_staff_who_deleted_a_letter_stand_in_its_story(sender: Api, reader: Client) -> None:
    later = clock.now() + timedelta(days=2)
    one = a_letter(sender, requestedPublishTime=later.isoformat())
    purging.purge_by_staff(one.id, user="odd", reason="Sent by mistake.", now=clock.now())
    order_of(page(reader, one), "PurgedByAltinn: it was deleted for good by odd Sent by mistake.")


def test_headlines_of_many_letters_cost_what_one_costs(sender: Api) -> None:
    for _ in range(3):
        an_attachment(a_letter(sender).letter, status=AttachmentStatus.UploadProcessing)
    rows = list(Correspondence.objects.select_related("letter"))
    spent = []
    for some in (rows[:1], rows):
        with CaptureQueriesContext(connection) as queries:
            said = letter_page.headlines(some, now=clock.now())
        assert {line.text for line in said.values()} == {
            "It waits for 1 of its attachments to be published."
        }
        spent.append(len(queries))
    assert spent == [1, 1]


def test_a_page_costs_the_same_for_few_parts_and_for_many(sender: Api, reader: Client) -> None:
    one = a_letter(sender, notification=NOTIFICATION)
    an_attachment(one.letter)
    page(reader, one)
    with CaptureQueriesContext(connection) as few:
        page(reader, one)
    for number in range(1, 40):
        an_attachment(one.letter, number)
        history.add([one], CorrespondenceStatus.Fetched, now=clock.now())
        order = Order.objects.all()[0]
        order.pk, order.idempotency_id = None, None
        order.save(force_insert=True)
        LetterNotification.objects.create(
            correspondence=one, position=number + 2, order_id=order.pk, result="Success"
        )
    with CaptureQueriesContext(connection) as many:
        shown = page(reader, one)
    assert "vedtak-39.pdf" in shown
    assert sum("Fetched: its recipient" in moment for moment in story(shown)) == 39
    assert len(many) == len(few) < 30
