"""That calls and jobs which meet do not wait for each other in a circle."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from correspondence import events, expiring, publishing, receiving, verdicts
from correspondence.models import Correspondence, Event
from correspondence.scanning.eicar import SIGNATURE
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from notifications_platform.registers.models import ServiceOwner
from notifications_platform.registers.service_owners import forget
from tests.correspondence import uploads
from tests.correspondence.conftest import UTEN, Api, Load
from tests.correspondence.test_api_at_once import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("own_storage", "endpoints"),
]
MAIL = {"notificationChannel": "Email", "emailSubject": "New", "emailBody": "Hello"}


@pytest.fixture
def endpoints(registers: Load) -> None:
    ServiceOwner.objects.update(
        events_url="http://127.0.0.1:9/", events_secret="whsec_MDEyMzQ1Njc4OWFiY2RlZg=="
    )
    forget()


def taken_after_the_line(act: Callable[[], Any]) -> list[str]:
    """What is still locked, or changed, in a transaction that has taken its place in line."""
    with CaptureQueriesContext(connection) as captured:
        act()
    in_line, late = False, []
    for sql in (one["sql"] for one in captured):
        if sql.startswith("INSERT INTO delivery_turn") or "INTO delivery_turn" in sql:
            late += ["delivery_turn again"] if in_line else []
            in_line = True
        elif sql.startswith(("COMMIT", "BEGIN")):
            in_line = False
        elif in_line and (" FOR " in sql or sql.startswith(("UPDATE", "DELETE", "INSERT"))):
            late.append(sql)
    assert any("INTO delivery_turn" in one["sql"] for one in captured), "told nobody"
    return late


def test_the_place_in_line_is_the_last_that_a_transaction_takes(
    sender: Api, recipient: Api
) -> None:
    shared = uploads.scanned(expiration_in_days=14)
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    gone = sender.sent(existingAttachments=[str(shared.id)], requestedPublishTime=tomorrow)
    waiting = uploads.new_letter(uploads.new_attachment())
    uploads.send(waiting, b"clean")
    bypass = uploads.new_letter(uploads.new_attachment(), resource_id="ttd-letters-bypass")
    letter = sender.sent(recipients=[f"0192:{UTEN}"], notification=MAIL)
    read = sender.sent()
    assert recipient.get(f"/correspondence/{read}").status_code == 200
    for act in (
        lambda: sender.sent(existingAttachments=[str(shared.id)], notification=MAIL),
        lambda: sender.delete(f"/correspondence/{gone}/purge"),
        lambda: verdicts.scan_next(now=clock.now()),
        lambda: uploads.send(bypass, b"x"),
        lambda: uploads.uploaded(resource_id="ttd-letters-bypass"),
        lambda: sender.delete(f"/correspondence/{letter}/purge"),
        lambda: publishing.publish_due(now=clock.now()),
        lambda: recipient.post(f"/correspondence/{read}/confirm"),
        lambda: expiring.expire(now=clock.now() + timedelta(days=40)),
    ):
        assert taken_after_the_line(act) == []
    uploads.send(waiting, b"x" + SIGNATURE)
    assert taken_after_the_line(lambda: verdicts.scan_next(now=clock.now())) == []


def test_letters_are_made_and_purged_with_one_attachment_at_once(sender: Api) -> None:
    one = uploads.scanned()
    later = (clock.now() + timedelta(days=1)).isoformat()
    shared = {"existingAttachments": [str(one.id)], "requestedPublishTime": later}
    sender.sent(**shared)
    seen = set()
    for _ in range(4):
        ids = [sender.sent(**shared) for _ in range(2)]
        answers = at_once(
            *[lambda id=id: sender.delete(f"/correspondence/{id}/purge") for id in ids],
            *[lambda: sender.initialize(**shared)] * 2,
        )
        seen |= {answer.status_code for answer in answers}
    assert seen == {200}


def test_events_of_several_owners_take_their_places_together() -> None:
    """One statement, whatever the order in which they came up."""
    happened = [
        events.Happened(
            type="correspondencepublished",
            about="correspondence",
            instance=Event().id,
            resource_id=f"{owner}-letters",
            subject="urn:altinn:organization:identifier-no:310131075",
            service_owner=owner,
        )
        for owner in ("ttd", "digdir", "ttd")
    ]
    assert taken_after_the_line(lambda: events.store(happened, now=clock.now())) == []
    assert Event.objects.filter(queued=True).count() == 3
    sent = Message.objects.filter(channel="webhook").order_by("fair_at", "id")
    assert sorted(sent.values_list("client", flat=True)) == ["digdir", "ttd", "ttd"]


def test_who_has_no_secret_gets_nothing_unsigned(sender: Api) -> None:
    ServiceOwner.objects.update(events_secret="")
    forget()
    sender.sent()
    assert Event.objects.get().queued is False
    assert not Message.objects.exists()
    assert events.targets(["ttd"]) == {}


def test_a_reader_does_not_wait_for_ever_for_a_row(
    sender: Api, recipient: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = sender.published()
    monkeypatch.setattr(receiving, "LONGEST_WAIT", "100ms")
    with transaction.atomic():
        Correspondence.objects.select_for_update().get(pk=id)
        (answer,) = at_once(lambda: recipient.get(f"/correspondence/{id}"))
    assert (answer.status_code, "Retry-After" in answer) == (503, True)
    assert recipient.get(f"/correspondence/{id}").json()["status"] == "Published"
