"""What an attempt sends, and what becomes of a notification by its answer (contract 6)."""

import base64
import time
from datetime import timedelta

import pytest
from pytest_django import Settings
from werkzeug import Response

from enrollment.states import Status
from tests.cases.lifecycle.living import Moment
from tests.enrollment.conftest import OURS, Api, Load
from tests.enrollment.receiving import (
    KEYS,
    SECRETS,
    Receiver,
    lines,
    moment,
    receiver,
    shown,
    signatures,
    work,
)
from tests.enrollment.telling import DEFINITIONS, define, event, told
from tests.kernel.raw_server import raw_server, silent

__all__ = ["moment", "receiver"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_reaches_its_endpoint_signed(api: Api, receiver: Receiver) -> None:
    define(api, endpointUrl=receiver.url, signingSecret=SECRETS[0])
    (one,) = told(api, event(descr="joined plan Å"))

    work()

    (request,) = receiver.requests
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")
    assert request.headers["webhook-id"] == f"een_{one.pk}"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 30
    assert request.headers["webhook-signature"] == signatures(request, KEYS[0])[0]
    notification = shown(api, one)
    assert request.json["data"] == notification["payload"]
    assert request.json["data"]["descr"] == "joined plan Å"
    assert (notification["status"], notification["attemptCount"]) == ("Sent", 1)
    assert notification["sentDate"] == {"value": "2031-03-04T11:00:00.000Z"}
    assert notification["lastResponseStatus"] == 204
    assert not {"nextAttemptDate", "lastErrorText"} & set(notification)
    assert lines(one) == [
        ("created", "Ready", None),
        ("claimed", "In process", None),
        ("sent", "Sent", 204),
    ]


def test_for_a_day_former_secrets_sign_too(api: Api, receiver: Receiver, moment: Moment) -> None:
    define(api, endpointUrl=receiver.url, signingSecret=SECRETS[0])
    # What came between was a mistake, of which the receiver never heard.
    mistaken = b"nobody-has-this-one-anywhere"
    between = "whsec_" + base64.b64encode(mistaken).decode()
    for secret in (between, SECRETS[1]):
        answer = api.patch(f"{DEFINITIONS}/key/ENROLLED", {"signingSecret": secret})
        assert answer.status_code == 200
    for person, hours in (("P-1", 23.99), ("P-2", 0.02)):
        told(api, event(person))
        moment.passes(hours=hours)
        work()

    during, after = receiver.requests
    told_apart = during.headers["webhook-signature"].split(" ")
    assert told_apart == signatures(during, KEYS[1], mistaken, KEYS[0])
    assert after.headers["webhook-signature"].split(" ") == signatures(after, KEYS[1])


def test_without_an_endpoint_of_its_own_the_register_names_it(
    api: Api, receiver: Receiver, registered: Load
) -> None:
    define(api, endpointUrl=None, httpMethod="PUT")
    (lost,) = told(api)
    work()
    assert receiver.requests == []
    notification = shown(api, lost)
    assert (notification["status"], notification["attemptCount"]) == ("Failed", 1)
    assert notification["lastErrorText"] == "no endpoint is configured"
    assert "lastResponseStatus" not in notification
    assert lines(lost)[-1] == ("failed", "Failed", None)

    registered(OURS, deliveryUrl=receiver.url, signingSecret=SECRETS[1])
    told(api, event("P-2"))
    work()
    (request,) = receiver.requests
    assert request.method == "PUT"
    assert request.headers["webhook-signature"] == signatures(request, KEYS[1])[0]


def test_the_answer_decides(api: Api, receiver: Receiver, moment: Moment) -> None:
    """Each is told alone, so that each gets its own reply."""
    define(api, endpointUrl=receiver.url, retrySchedule=[10])
    patience = Response(status=429, headers={"Retry-After": "90"})
    elsewhere = Response(status=302, headers={"Location": receiver.url})
    replies: list[tuple[int | Response, Status, int | None]] = [
        (299, Status.SENT, None),
        (410, Status.FAILED, None),
        (elsewhere, Status.IN_PROCESS, 10),
        (400, Status.IN_PROCESS, 10),
        (patience, Status.IN_PROCESS, 90),
    ]
    for number, (reply, status, pause) in enumerate(replies):
        receiver.replies.append(reply)
        (one,) = told(api, event(f"P-{number}"))
        work()
        one.refresh_from_db()
        assert (one.status, one.attempt_count) == (status, 1)
        code = reply if isinstance(reply, int) else reply.status_code
        assert one.last_response_status == code
        assert one.last_error_text == ("" if status is Status.SENT else f"HTTP {code}")
        assert lines(one)[-1][2] == code
        if pause is None:
            assert one.next_attempt_at is None
        else:
            assert one.next_attempt_at
            waits = (one.next_attempt_at - moment.at) / timedelta(seconds=pause)
            assert (1 if pause == 90 else 0.9) <= waits <= 1.1
    assert len(receiver.requests) == 5


def test_no_answer_is_a_failure_without_a_status(
    api: Api, receiver: Receiver, settings: Settings
) -> None:
    settings.ENROLLMENT_DELIVERY_TIMEOUT = timedelta(seconds=0.1)
    with raw_server(silent) as url:
        define(api, endpointUrl=url)
        (one,) = told(api)
        work()
    define(api, "NOBODY", endpointUrl="http://127.0.0.1:1/hook", retrySchedule=[])
    settings.OUTBOUND_ALLOW_PRIVATE = False
    _, private = told(api, event("P-2"))
    work()
    assert receiver.requests == []
    for notification, status, text in (
        (shown(api, one), "In process", "timeout"),
        (shown(api, private), "Failed", "refused: the address may not be reached"),
    ):
        assert (notification["status"], notification["lastErrorText"]) == (status, text)
        assert "lastResponseStatus" not in notification
        assert notification["attemptCount"] == 1
