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
from tests.correspondence.conftest import Api
from tests.correspondence.test_back_office_pages import NOTIFICATION, a_letter, an_attachment
from tests.staff import browser, url

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
