"""What the service owner is told: CloudEvents, stored and sent on (contract 9)."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request

from correspondence import delivery_check, due_dates, publishing
from correspondence.models import Event
from notifications_platform.core import clock
from notifications_platform.delivery import tasks as delivery
from notifications_platform.delivery.models import Content
from notifications_platform.registers.models import ServiceOwner
from notifications_platform.registers.service_owners import forget
from orders import processing
from orders.models import Order
from tests.correspondence.conftest import ALT, ORGANIZATION, PERSON, RITA, TTD, UTEN, Api, Load
from tests.correspondence.test_api_at_once import at_once

KEY = b"0123456789abcdef"
MAIL = {"notificationChannel": "Email", "emailSubject": "New", "emailBody": "Hello"}


def told(type: str) -> int:
    return Event.objects.filter(type=type).count()


def is_signed(call: Request) -> bool:
    names = ("webhook-id", "webhook-timestamp")
    signed = ".".join(call.headers[name] for name in names).encode() + b"." + call.data
    mark = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    return call.headers["webhook-signature"] == f"v1,{mark}"


@pytest.mark.django_db(transaction=True)
def test_events_arrive_signed_under_their_ids(
    sender: Api, httpserver: HTTPServer, settings: Settings
) -> None:
    httpserver.expect_request("/events").respond_with_data(status=204)
    settings.OUTBOUND_ALLOW_PRIVATE = True
    secret = "whsec_" + base64.b64encode(KEY).decode()
    ServiceOwner.objects.update(events_url=httpserver.url_for("/events"), events_secret=secret)
    forget()
    id = sender.sent(notification=MAIL)
    publishing.publish_due(now=clock.now())
    delivery.drain("webhook")
    calls = {call.headers["webhook-id"]: call for call, _ in httpserver.log}
    assert set(calls) == {str(one.id) for one in Event.objects.all()}
    assert all(map(is_signed, calls.values()))
    assert {one.headers["content-type"] for one in calls.values()} == {
        "application/cloudevents+json"
    }
    (policy,) = set(Content.objects.values_list("retry_spread", "retry_last_repeats"))
    assert policy == (10, False)
    (published,) = Event.objects.filter(type="correspondencepublished")
    assert json.loads(calls[str(published.id)].data) == {
        "specversion": "1.0",
        "id": str(published.id),
        "type": "no.altinn.correspondence.correspondencepublished",
        "time": published.time.isoformat().replace("+00:00", "Z"),
        "source": f"{settings.PUBLIC_URL}/correspondence/api/v1/correspondence",
        "resource": "urn:altinn:resource:ttd-letters",
        "resourceinstance": id,
        "subject": ORGANIZATION + ALT,
        "alternativesubject": f"/organisation/{ALT}",
    }


def test_a_reserved_recipient_is_told_of_as_such(sender: Api) -> None:
    answer = sender.initialize(recipients=[f"0192:{ALT}", PERSON + RITA], notification=MAIL)
    first, reserved = (one["correspondenceId"] for one in answer.json()["correspondences"])
    by_letter = {
        str(one.resource_instance): (one.type, one.subject)
        for one in Event.objects.filter(about="correspondence")
    }
    assert by_letter == {
        first: ("correspondenceinitialized", ORGANIZATION + TTD),
        reserved: ("correspondencereceiverreserved", ORGANIZATION + TTD),
    }
    assert told("notificationcreated") == 1


def test_an_order_that_could_not_be_made_is_told_of(sender: Api) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE orders_order ADD CONSTRAINT poison "
            f"CHECK (recipients::text NOT LIKE '%%{UTEN}%%') NOT VALID"
        )
    answer = sender.initialize(recipients=[f"0192:{ALT}", f"0192:{UTEN}"], notification=MAIL)
    good, bad = answer.json()["correspondences"]
    assert [one["notifications"][0]["status"] for one in (good, bad)] == ["Success", "Failure"]
    (failed,) = Event.objects.filter(type="correspondencenotificationcreationfailed")
    assert str(failed.resource_instance) == bad["correspondenceId"]


@pytest.mark.django_db(transaction=True)
def test_workers_that_meet_tell_of_each_thing_once(sender: Api, registers: Load) -> None:
    numbers = [f"9{number:08}" for number in range(30)]
    registers({"organizations": [{"organizationNumber": one, "name": one} for one in numbers]})
    now = clock.now()
    sender.initialize(
        recipients=[f"0192:{one}" for one in numbers],
        notification=MAIL,
        dueDateTime=(now + timedelta(days=1)).isoformat(),
    )

    def all_at(job: Any, at: Any) -> None:
        at_once(*[lambda: job(now=at)] * 3)
        job(now=at)

    all_at(publishing.publish_due, clock.now())
    assert told("correspondencepublished") == 30
    assert Order.objects.filter(due_at__isnull=False).count() == 30
    far = now + timedelta(days=2)
    all_at(due_dates.look_at_due, far)
    assert told("correspondencereceiverneverread") == 30
    processing.process_due(now=far)
    all_at(delivery_check.check, far)
    assert told("correspondencenotificationallfailed") == 30
