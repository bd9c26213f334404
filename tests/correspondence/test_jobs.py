"""What jobs do with letters as time goes by: publish, due dates, what became of notifications
(contract 7.4, 8.5, 9).
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from correspondence import delivery_check, due_dates, expiring, publishing, tasks, verdicts
from correspondence.models import Attachment, Correspondence, Event, LetterNotification
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.core import clock
from notifications_platform.registers import configured
from notifications_platform.registers.lookup import RegisterUnavailable
from notifications_platform.registers.models import Organization, Person, ServiceOwner
from notifications_platform.registers.service_owners import forget
from orders import processing
from orders.models import Order
from tests.correspondence import uploads
from tests.correspondence.conftest import KARI, PERSON, UTEN, Api, Load

pytestmark = pytest.mark.usefixtures("own_storage")
_C = CorrespondenceStatus
MAIL = {"notificationChannel": "Email", "emailSubject": "New", "emailBody": "Hello"}
REMIND = {**MAIL, "sendReminder": True, "reminderEmailSubject": "Again", "reminderEmailBody": "Hi"}


def later(**delta: float) -> datetime:
    return clock.now() + timedelta(**delta)


def letter(id: Any) -> Correspondence:
    return Correspondence.objects.get(pk=id)


def told(id: Any = None) -> list[str]:
    rows = Event.objects.filter(resource_instance=id) if id else Event.objects.all()
    return list(rows.order_by("id").values_list("type", flat=True))


def organizations(registers: Load, count: int) -> list[str]:
    numbers = [f"9{number:08}" for number in range(count)]
    registers({"organizations": [{"organizationNumber": one, "name": one} for one in numbers]})
    return [f"0192:{one}" for one in numbers]


def poisoned(column: str, table: str, text: str) -> None:
    """Rows that say this cannot be written any more."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT poison "
            f"CHECK ({column}::text NOT LIKE '%%{text}%%') NOT VALID"
        )


class Down:
    def lookup(self, _: object) -> Any:
        raise RegisterUnavailable("krr")


# --- publish ---------------------------------------------------------------------------------
def test_a_run_ends_when_nothing_is_due_any_more(
    sender: Api, registers: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    for job in (publishing, due_dates, delivery_check):
        monkeypatch.setattr(job, "BATCH", 4)
    recipients = organizations(registers, 9)
    due = later(hours=1).isoformat()
    sender.initialize(recipients=recipients, notification=MAIL, dueDateTime=due)
    tasks.publish()
    assert Correspondence.objects.filter(published__isnull=False).count() == 9
    processing.process_due(now=clock.now())
    tasks.check_deliveries()
    assert told().count("correspondencenotificationallfailed") == 9
    Correspondence.objects.update(due_at=clock.now())
    tasks.look_at_due()
    assert told().count("correspondencereceiverneverread") == 9


def test_the_sender_and_the_recipient_must_still_be_there(sender: Api) -> None:
    orphan = sender.sent(requestedPublishTime=later(hours=1).isoformat())
    gone = sender.sent(recipients=[f"0192:{UTEN}"], notification=REMIND)
    reserved = sender.sent(recipients=[PERSON + KARI], notification=MAIL)
    Organization.objects.filter(organization_number=UTEN).delete()
    Person.objects.filter(national_identity_number=KARI).update(reserved=True)
    publishing.publish_due(now=clock.now())
    assert letter(gone).status_text == "The recipient is no longer in the register"
    assert letter(reserved).status_text == "The recipient has been reserved against digital letters"
    assert set(Order.objects.values_list("status", flat=True)) == {"Cancelled"}
    ServiceOwner.objects.filter(org="ttd").delete()
    forget()
    publishing.publish_due(now=later(hours=2))
    assert letter(orphan).status_text == "The sender is no longer in the register"
    for id in (orphan, gone, reserved):
        assert letter(id).status == _C.Failed
        assert told(id) == ["correspondenceinitialized", "correspondencepublishfailed"]


def test_a_register_that_is_down_holds_up_those_that_need_it(
    sender: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_organization = sender.sent()
    to_person = sender.sent(recipients=[PERSON + KARI])
    whatever = sender.sent(recipients=[PERSON + KARI], ignoreReservation=True)
    monkeypatch.setattr(configured, "persons", Down)
    tasks.publish()
    assert letter(to_organization).status == letter(whatever).status == _C.Published
    assert letter(to_person).status == _C.ReadyForPublish
    monkeypatch.undo()
    publishing.publish_due(now=later(minutes=2))
    assert letter(to_person).status == _C.Published


def test_failing_costs_the_same_for_one_and_for_many(sender: Api, registers: Load) -> None:
    recipients = organizations(registers, 20)
    gone = [{"organizationNumber": one.removeprefix("0192:"), "name": "A"} for one in recipients]

    def cost(some: list[str]) -> int:
        registers({"organizations": gone})
        sender.initialize(recipients=some, notification=MAIL)
        Organization.objects.filter(organization_number__startswith="900").delete()
        with CaptureQueriesContext(connection) as captured:
            publishing.publish_due(now=clock.now())
        return len(captured)

    assert cost(recipients) <= cost(recipients[:1]) + 2
    assert told().count("correspondencepublishfailed") == 21


def test_one_letter_that_cannot_be_published_stops_no_other(sender: Api) -> None:
    bad, good = sender.sent(recipients=[f"0192:{UTEN}"]), sender.sent()
    poisoned("subject", "correspondence_event", UTEN)
    tasks.publish()
    assert letter(good).status == _C.Published
    assert letter(bad).status == _C.ReadyForPublish
    assert (letter(bad).publish_at or clock.now()) > clock.now()


def test_a_late_publication_moves_the_orders_and_a_reader_is_not_reminded(
    sender: Api, recipient: Api
) -> None:
    id = sender.sent(notification=REMIND, requestedPublishTime=later(hours=1).isoformat())
    late = later(days=3)
    publishing.publish_due(now=late)
    main, reminder = Order.objects.order_by("requested_send_time")
    assert main.requested_send_time == late
    assert reminder.requested_send_time == late + timedelta(days=7)
    processing.process_due(now=late)
    assert recipient.get(f"/correspondence/{id}/content").status_code == 200
    processing.process_due(now=late + timedelta(days=7, minutes=1))
    reminder.refresh_from_db()
    assert reminder.status == "SendConditionNotMet"
    assert delivery_check.check(now=late + timedelta(days=8)) == 1
    assert not [one for one in told() if one.startswith("correspondencenotification")]


# --- clocks that jump ------------------------------------------------------------------------
def test_no_letter_waits_for_an_attachment_that_has_expired(sender: Api, recipient: Api) -> None:
    one = uploads.scanned(expiration_in_days=14)
    id = sender.sent(
        existingAttachments=[str(one.id)], requestedPublishTime=later(days=1).isoformat()
    )
    far = later(days=30)
    assert expiring.expire(now=far) == 1
    publishing.publish_due(now=far)
    assert letter(id).status == _C.Published
    download = recipient.get(f"/correspondence/{id}/attachment/{one.id}/download")
    assert (download.status_code, download.json()["errorCode"]) == (400, 2020)


def test_a_clock_that_was_set_back_holds_up_nothing(sender: Api) -> None:
    waiting = uploads.letter_of(uploads.send(uploads.new_letter(uploads.new_attachment()), b"x"))
    sender.sent(recipients=[f"0192:{UTEN}"], notification=MAIL)
    ahead = later(days=7)
    assert verdicts.scan_next(now=ahead) == 1
    tasks.publish()
    assert letter(waiting.id).status == _C.Published
    processing.process_due(now=ahead)
    assert delivery_check.check(now=clock.now()) == 1


def test_what_is_scanned_after_its_time_expires_then() -> None:
    answer = uploads.send(
        uploads.new_letter(uploads.new_attachment(expiration_in_days=14)), b"hello"
    )
    far = later(days=15)
    assert expiring.expire(now=far) == 0
    verdicts.scan_next(now=far)
    assert expiring.expire(now=far) == 1
    one = Attachment.objects.get(pk=answer.attachment_ids[0])
    assert one.status == AttachmentStatus.Expired


# --- due dates -------------------------------------------------------------------------------
def test_who_has_neither_read_nor_confirmed_is_told_of_once(sender: Api, recipient: Api) -> None:
    asked = {"dueDateTime": later(days=1).isoformat(), "isConfirmationNeeded": True}
    unread, read, purged = sender.sent(**asked), sender.sent(**asked), sender.sent(**asked)
    tasks.publish()
    assert recipient.get(f"/correspondence/{read}/content").status_code == 200
    Correspondence.objects.filter(pk=purged).update(status=_C.PurgedByAltinn.value)
    assert due_dates.look_at_due(now=later(hours=23)) == 0
    assert due_dates.look_at_due(now=later(days=2)) == 3
    assert due_dates.look_at_due(now=later(days=2)) == 0
    assert told(unread)[2:] == [
        "correspondencereceiverneverread",
        "correspondencereceiverneverconfirmed",
    ]
    assert told(read)[3:] == ["correspondencereceiverneverconfirmed"]
    assert len(told(purged)) == 2
    assert letter(unread).status == _C.Published


def test_a_due_date_that_passed_before_publication_is_told_of_after_it(sender: Api) -> None:
    new = uploads.new_letter(uploads.new_attachment(), due_date_time=later(days=1))
    id = uploads.letter_of(uploads.send(new, b"hello")).id
    late = later(days=2)
    assert due_dates.look_at_due(now=late) == 1
    assert told(id) == ["correspondenceinitialized"]
    verdicts.scan_next(now=late)
    publishing.publish_due(now=late)
    assert due_dates.look_at_due(now=late) == 1
    assert told(id)[1:] == ["correspondencepublished", "correspondencereceiverneverread"]


# --- what became of notifications ------------------------------------------------------------
def settle(sent: bool, *, now: datetime) -> None:
    """All notifications have come to their end."""
    Order.objects.update(
        status="Completed",
        due_at=None,
        open_notifications=0,
        email_generated=1,
        email_succeeded=int(sent),
    )
    delivery_check.on_finished(list(Order.objects.values_list("id", flat=True)), now)


@pytest.mark.parametrize(
    ("sent", "main", "custom", "reminder"),
    [
        (True, "delivered", "delivered", "reminderdelivered"),
        (False, "allfailed", "failed", "failed"),
    ],
)
def test_senders_learn_what_became_of_each_order(
    sender: Api, sent: bool, main: str, custom: str, reminder: str
) -> None:
    asked = {**REMIND, "customRecipients": [{"emailAddress": "a@b.example"}]}
    sender.sent(notification=asked)
    settle(sent, now=clock.now())
    tasks.check_deliveries()
    rows = list(LetterNotification.objects.order_by("position"))
    outcomes = [told(one.order_id)[1:] for one in rows]
    prefix = "correspondencenotification"
    assert outcomes == [[prefix + one] for one in (main, reminder, custom, reminder)]
    tasks.check_deliveries()
    assert [told(one.order_id)[1:] for one in rows] == outcomes


def test_what_a_purge_has_stopped_has_not_failed(sender: Api, recipient: Api) -> None:
    id = sender.sent(notification=MAIL)
    assert recipient.get(f"/correspondence/{id}").status_code == 200
    processing.process_due(now=clock.now())
    assert recipient.delete(f"/correspondence/{id}/purge").status_code == 200
    assert Order.objects.get().status == "Completed"
    assert delivery_check.check(now=clock.now()) == 1
    assert told()[-1] == "correspondencepurged"


# --- attachments -----------------------------------------------------------------------------
def test_one_attachment_that_cannot_expire_stops_no_other() -> None:
    for name in ("bad.pdf", "good.pdf"):
        one = uploads.scanned(expiration_in_days=14, resource_id="ttd-letters", file_name=name)
        uploads.send(uploads.new_letter(existing_attachments=(one.id,)))
    bad, good = Attachment.objects.order_by("id")
    poisoned("resource_instance", "correspondence_event", str(bad.id))
    assert expiring.expire(now=later(days=20)) == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (bad.status, good.status) == (AttachmentStatus.Published, AttachmentStatus.Expired)


def test_an_overview_names_the_newest_letters_only(
    sender: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("correspondence.attachments.MOST_USES_SHOWN", 2)
    one = uploads.scanned()
    ids = [sender.sent(existingAttachments=[str(one.id)]) for _ in range(3)]
    assert sender.get(f"/attachment/{one.id}").json()["correspondenceIds"] == ids[1:]
