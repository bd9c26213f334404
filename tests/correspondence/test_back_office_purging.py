"""Letters and attachments deleted for good by staff, many at once and as their sender could."""

from typing import Any

import pytest
from django.test import Client

from correspondence import publishing
from correspondence.models import Attachment, Correspondence
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from notifications_platform.audit.models import Entry
from notifications_platform.back_office.roles import Role
from notifications_platform.core import clock
from notifications_platform.delivery import draining
from notifications_platform.delivery.channels.base import Permanent
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Reason, State
from orders import processing
from tests.correspondence.conftest import Api
from tests.correspondence.test_back_office_pages import NOTIFICATION, a_letter, an_attachment
from tests.staff import browser, url
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

REASON = {"reason": "Its sender asked for it."}


@pytest.fixture
def administrator() -> Client:
    return browser(Role.ADMINISTRATOR, "ada")


def choose(*rows: Any) -> dict[str, Any]:
    return {"action": "purge", "_selected_action": [str(row.pk) for row in rows]}


def unused(sender: Api) -> Attachment:
    one = an_attachment(a_letter(sender).letter)
    one.uses.all().delete()
    return one


def test_letters_are_deleted_together_once_it_was_told_what_goes_with_them(
    sender: Api, administrator: Client
) -> None:
    published = a_letter(sender)
    publishing.publish_due(now=clock.now())
    waiting = a_letter(sender, notification=NOTIFICATION)
    own = an_attachment(waiting.letter)

    shown = administrator.post(url(Correspondence), choose(published, waiting))
    assert "This can be done to 1 of 2 rows that you chose; 1 cannot." in shown.text
    assert "that tell of them are withdrawn." in shown.text
    assert "Of their 1 attachment" in shown.text
    assert not Entry.objects.filter(action="correspondence.purge").exists()
    administrator.post(url(Correspondence), choose(published, waiting) | REASON)

    statuses = dict(Correspondence.objects.values_list("pk", "status"))
    assert statuses[waiting.pk] == CorrespondenceStatus.PurgedByAltinn
    assert statuses[published.pk] == CorrespondenceStatus.Published
    own.refresh_from_db()
    assert own.status == AttachmentStatus.Purged


def test_only_an_attachment_that_no_letter_has_is_deleted(
    sender: Api, administrator: Client
) -> None:
    free, used = unused(sender), an_attachment(a_letter(sender).letter)
    assert (
        url(Attachment, "purge", used.pk)
        not in administrator.get(url(Attachment, "change", used.pk)).text
    )
    why = "A correspondence has the attachment: it goes with that."
    assert why in administrator.get(url(Attachment, "purge", used.pk)).text

    outcome = administrator.post(url(Attachment), choose(free, used) | REASON, follow=True)

    assert "1 attachment deleted." in outcome.text
    assert why in outcome.text
    free.refresh_from_db()
    used.refresh_from_db()
    assert (free.status, used.status) == (AttachmentStatus.Purged, AttachmentStatus.Published)
    entry = Entry.objects.get(action="correspondence.attachment.purge")
    assert (entry.actor, entry.actor_kind, entry.reason) == ("ada", "staff", REASON["reason"])


@pytest.mark.parametrize("role", [Role.READER, Role.OPERATOR])
def test_nobody_but_an_administrator_deletes_an_attachment(sender: Api, role: Role) -> None:
    one, staff = unused(sender), browser(role)
    page = url(Attachment, "purge", one.pk)
    assert page not in staff.get(url(Attachment, "change", one.pk)).text
    assert staff.post(page, REASON).status_code == 403
    staff.post(url(Attachment), choose(one) | REASON)
    one.refresh_from_db()
    assert one.status == AttachmentStatus.Published


def test_a_letter_that_its_recipient_deletes_is_not_told_of_at_a_better_address_either(
    sender: Api, recipient: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = FakeTransport(answer=lambda _parcel: Permanent(Reason.BOUNCED, "550"))
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    letter = sender.published(notification={**NOTIFICATION, "sendReminder": False})
    processing.process_due(now=clock.now())
    draining.drain(Channel.EMAIL)
    failed = list(Message.objects.filter(state=State.FAILED))
    operator = browser(Role.OPERATOR)
    chosen = {"action": "resend", "_selected_action": [str(one.pk) for one in failed]}
    operator.post(url(Message), chosen | REASON)
    assert Message.objects.filter(state=State.QUEUED).count() == len(failed) > 0

    assert recipient.delete(f"/correspondence/{letter}/purge").status_code == 200

    copies = Message.objects.filter(owner_kind="back_office")
    assert set(copies.values_list("state", "reason")) == {("failed", "withdrawn")}
    page = operator.get(url(Message, "resend", failed[0].pk)).text
    assert "Its cause has been withdrawn since." in page
