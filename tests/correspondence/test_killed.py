"""A worker that is killed between two steps (contract, "Must show"): another finishes its work,
once.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from correspondence import expiring, publishing, verdicts
from correspondence.models import Attachment, Correspondence, Event
from correspondence.states import AttachmentStatus, CorrespondenceStatus
from correspondence.storage import configured
from notifications_platform.core import clock
from orders import in_house
from orders.models import Order
from tests.correspondence import uploads
from tests.correspondence.conftest import Api

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_storage"),
]
REMIND = {
    "notificationChannel": "Email",
    "emailSubject": "New",
    "emailBody": "Hello",
    "sendReminder": True,
    "reminderEmailSubject": "Again",
    "reminderEmailBody": "Hello",
}


def killed(act: Callable[[], object]) -> None:
    """In a process of its own, which must not survive it."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(7)
    _, how = os.waitpid(child, 0)
    assert os.WIFSIGNALED(how), "it was not killed"


def die(*_: object, **__: object) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def test_between_publication_and_the_release_of_its_orders(
    sender: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = sender.sent(notification=REMIND)
    with monkeypatch.context() as patch:
        patch.setattr(in_house, "release", die)
        killed(lambda: publishing.publish_due(now=clock.now()))
    assert Correspondence.objects.get(pk=id).status == CorrespondenceStatus.ReadyForPublish
    assert publishing.publish_due(now=clock.now()) == 1
    assert Order.objects.filter(due_at__isnull=False).count() == 2
    assert Event.objects.filter(type="correspondencepublished").count() == 1


def test_between_upload_and_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    one = uploads.uploaded()
    with monkeypatch.context() as patch:
        patch.setattr(verdicts, "pieces_of", die)
        killed(lambda: verdicts.scan_next(now=clock.now()))
    assert verdicts.scan_next(now=clock.now()) == 0
    real = clock.real
    monkeypatch.setattr(clock, "real", lambda: real() + settings.DELIVERY_LEASE)
    assert verdicts.scan_next(now=clock.now()) == 1
    one.refresh_from_db()
    assert one.status == AttachmentStatus.Published


@pytest.mark.parametrize("already_gone", [False, True])
def test_between_purge_and_the_end_of_the_removal(
    sender: Api, monkeypatch: pytest.MonkeyPatch, already_gone: bool
) -> None:
    one = uploads.scanned()
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    id = sender.sent(existingAttachments=[str(one.id)], requestedPublishTime=tomorrow)
    assert sender.delete(f"/correspondence/{id}/purge").status_code == 200
    storage = type(configured.storage())
    remove = storage.remove

    def removed_and_died(self: Any, key: str) -> None:
        if already_gone:
            remove(self, key)
        die()

    with monkeypatch.context() as patch:
        patch.setattr(storage, "remove", removed_and_died)
        killed(lambda: expiring.remove_bytes(now=clock.now()))
    assert len(uploads.keys()) == (0 if already_gone else 1)
    assert expiring.remove_bytes(now=clock.now()) == 1
    assert uploads.keys() == set()
    assert Attachment.objects.get().status == AttachmentStatus.Purged


def test_between_the_bytes_and_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    new = uploads.new_letter(uploads.new_attachment())
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "initialize", die)
        killed(lambda: uploads.send(new, b"hello"))
    assert not Correspondence.objects.exists()
    assert len(uploads.keys()) == 1
    monkeypatch.setattr(expiring, "_ORPHANED_AFTER", timedelta(seconds=-60))
    assert expiring.remove_orphans() == 1
    assert uploads.keys() == set()
