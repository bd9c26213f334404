"""Signed webhook calls (delivery contract 5) to a local server."""

import base64
import hashlib
import hmac
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import OperationalError
from pytest_httpserver import HTTPServer
from werkzeug import Request

from notifications_platform.core import clock
from notifications_platform.delivery.channels import webhook
from notifications_platform.delivery.channels.base import (
    Content,
    NotTried,
    Parcel,
    Permanent,
    Sent,
    Transient,
)
from notifications_platform.delivery.channels.webhook import (
    Target,
    WebhookTransport,
    register_targets,
)
from notifications_platform.delivery.states import Reason
from tests.kernel.raw_server import raw_server, silent

KEY = b"k" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLDER_KEY = b"o" * 32
OLDER_SECRET = "whsec_" + base64.b64encode(OLDER_KEY).decode()


@pytest.fixture
def targets(monkeypatch, settings) -> dict[str, Target]:
    """What the owner of `test:` addresses knows at each attempt."""
    known: dict[str, Target] = {}
    monkeypatch.setattr(webhook, "_resolvers", {})
    settings.OUTBOUND_ALLOW_PRIVATE = True
    register_targets("test", lambda names: {name: known[name] for name in names if name in known})
    return known


@pytest.fixture
def endpoint(httpserver: HTTPServer, targets: dict[str, Target]) -> HTTPServer:
    httpserver.expect_request("/hook").respond_with_data(status=204)
    targets["one"] = Target(url=httpserver.url_for("/hook"), secrets=(SECRET,))
    return httpserver


def parcel(address="test:one", values=None, **changes) -> Parcel:
    content = Content(id=uuid4(), body='{"type": "æ"}', content_type="application/json")
    return Parcel(id=uuid4(), address=address, content=content, values=values or {}, **changes)


def send(one: Parcel):
    (verdict,) = WebhookTransport().send([one])
    return verdict


def signature(key: bytes, request: Request) -> str:
    names = ("webhook-id", "webhook-timestamp")
    signed = ".".join(request.headers[name] for name in names).encode() + b"." + request.data
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def test_a_call_is_signed(endpoint: HTTPServer):
    one = parcel()
    assert send(one) == Sent(answer="HTTP 204")
    ((request, _),) = endpoint.log
    assert request.method == "POST"
    assert request.data == '{"type": "æ"}'.encode()
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == str(one.id)
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 5
    assert request.headers["webhook-signature"] == signature(KEY, request)


def test_while_secrets_change_both_sign(endpoint: HTTPServer, targets):
    url = targets["one"].url
    targets["one"] = Target(url=url, secrets=(SECRET, OLDER_SECRET))
    send(parcel())
    ((request, _),) = endpoint.log
    assert request.headers["webhook-signature"].split(" ") == [
        signature(KEY, request),
        signature(OLDER_KEY, request),
    ]


def test_without_secret_there_is_no_signature(endpoint: HTTPServer, targets):
    targets["one"] = Target(url=targets["one"].url)
    send(parcel())
    assert "webhook-signature" not in endpoint.log[0][0].headers


def test_the_owner_may_give_the_id(endpoint: HTTPServer):
    send(parcel(values={"webhook-id": "een_42"}))
    assert endpoint.log[0][0].headers["webhook-id"] == "een_42"


def test_method_and_headers_of_the_target(httpserver: HTTPServer, targets):
    httpserver.expect_request("/hook", method="PUT").respond_with_data(status=200)
    targets["one"] = Target(
        url=httpserver.url_for("/hook"), method="PUT", headers={"X-Own": "1", "Content-Type": "x/y"}
    )
    assert send(parcel()) == Sent(answer="HTTP 200")
    headers = httpserver.log[0][0].headers
    assert headers["X-Own"] == "1"
    assert headers.getlist("Content-Type") == ["application/json"]


def test_a_repaired_target_helps_the_next_attempt(endpoint: HTTPServer, targets):
    good = targets["one"]
    targets["one"] = Target(url="http://127.0.0.1:1/")
    assert send(parcel()) == Transient("unreachable: Connection refused")
    targets["one"] = good
    assert send(parcel()) == Sent(answer="HTTP 204")


@pytest.mark.parametrize("address", ["test:unknown", "other:one", "one", ""])
def test_no_endpoint_is_final(endpoint: HTTPServer, address):
    assert send(parcel(address)) == Permanent(Reason.UNKNOWN, "no endpoint is configured")
    assert endpoint.log == []


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Sent(answer="HTTP 200")),
        (299, Sent(answer="HTTP 299")),
        (301, Transient("HTTP 301")),
        (400, Transient("HTTP 400")),
        (404, Transient("HTTP 404")),
        (410, Permanent(Reason.REJECTED, "HTTP 410")),
        (429, Transient("HTTP 429", timedelta(seconds=90))),
        (500, Transient("HTTP 500")),
        (503, Transient("HTTP 503", timedelta(seconds=90))),
    ],
)
def test_the_status_decides(httpserver: HTTPServer, targets, status, verdict):
    headers = {"Retry-After": "90", "Location": httpserver.url_for("/elsewhere")}
    httpserver.expect_request("/hook").respond_with_data("body", status=status, headers=headers)
    targets["one"] = Target(url=httpserver.url_for("/hook"), secrets=(SECRET,))
    assert send(parcel()) == verdict
    assert len(httpserver.log) == 1


def test_a_receiver_that_does_not_answer_is_tried_later(targets):
    with raw_server(silent) as url:
        targets["one"] = Target(url=url, timeout=timedelta(seconds=0.1))
        assert send(parcel()) == Transient("timeout")


def test_a_private_target_is_refused(endpoint: HTTPServer, settings):
    settings.OUTBOUND_ALLOW_PRIVATE = False
    verdict = send(parcel())
    assert verdict == Transient("refused: the address may not be reached")
    assert endpoint.log == []


@pytest.mark.parametrize("secret", ["whsec_***", "whsec_", "", "whsec_æ"])
def test_an_unusable_secret_sends_nothing_unsigned(endpoint: HTTPServer, targets, secret):
    targets["one"] = Target(url=targets["one"].url, secrets=(SECRET, secret))
    assert send(parcel()) == Transient("the endpoint's secret is unusable")
    assert endpoint.log == []


def test_what_is_too_late_is_not_called(endpoint: HTTPServer):
    verdict = send(parcel(not_after=clock.real() - timedelta(seconds=1)))
    assert verdict == NotTried("not handed over: its time was over")
    assert endpoint.log == []


def test_headers_cannot_be_added_by_an_id(endpoint: HTTPServer):
    verdict = send(parcel(values={"webhook-id": "a\r\nX-Evil: 1"}))
    assert isinstance(verdict, Transient)
    assert endpoint.log == []


def test_the_targets_of_a_claim_are_asked_for_once_per_kind(endpoint: HTTPServer, targets):
    asked: list[list[str]] = []

    def resolve(names):
        asked.append(sorted(names))
        return targets

    register_targets("test", resolve)
    targets["two"] = targets["one"]
    transport = WebhookTransport()
    parcels = [parcel(), parcel(), parcel("test:two"), parcel("test:three")]
    transport.prepare(parcels)
    assert [type(one) for one in transport.send(parcels)] == [Sent, Sent, Sent, Permanent]
    transport.rest()
    assert asked == [["one", "three", "two"]]


def test_a_target_is_asked_for_again_after_a_second_or_by_the_next_claim(
    endpoint: HTTPServer, targets, monkeypatch
):
    good, transport, one = targets["one"], WebhookTransport(), parcel()
    del targets["one"]
    transport.prepare([one])
    targets["one"] = good
    assert list(transport.send([one])) == [Permanent(Reason.UNKNOWN, "no endpoint is configured")]
    transport.prepare([one])
    assert list(transport.send([one])) == [Sent(answer="HTTP 204")]
    del targets["one"]
    monkeypatch.setattr(webhook, "_IN_FORCE_SECONDS", 0.0)
    assert [type(verdict) for verdict in transport.send([one])] == [Permanent]


def test_an_answer_asked_for_earlier_does_not_replace_a_later_one(endpoint: HTTPServer, targets):
    good, transport, one = targets["one"], WebhookTransport(), parcel()

    def slow(_names):
        """Read before the endpoint was repaired; its word comes after the next one's."""
        register_targets("test", lambda _names: {"one": good})
        transport.prepare([one])
        return {}

    register_targets("test", slow)
    transport.prepare([one])
    assert list(transport.send([one])) == [Sent(answer="HTTP 204")]


@pytest.mark.parametrize(
    ("answer", "status"), [("HTTP 503", 503), ("timeout", None), ("HTTP x", None), ("503", None)]
)
def test_the_status_is_known_from_what_is_kept_of_an_attempt(answer, status):
    assert webhook.status_of(answer) == status


def test_many_threads_ask_together_through_one(endpoint: HTTPServer, targets, monkeypatch):
    seconds = [100.0]
    monkeypatch.setattr(webhook, "time", SimpleNamespace(monotonic=lambda: seconds[0]))
    asked: list[tuple[str, list[str]]] = []

    def resolve(names):
        asked.append((threading.current_thread().name, sorted(names)))
        return targets

    register_targets("test", resolve)
    targets["two"] = targets["one"]
    transport = WebhookTransport()
    parcels = [parcel("test:one"), parcel("test:two")] * 10
    transport.prepare(parcels)
    seconds[0] += 1.1
    with ThreadPoolExecutor(20) as threads:
        verdicts = list(threads.map(lambda one: next(transport.send([one])), parcels))
    assert set(verdicts) == {Sent(answer="HTTP 204")}
    assert [names for _, names in asked] == [["one", "two"]] * 2
    assert asked[1][0].startswith("webhook-targets")


def test_what_cannot_be_asked_for_is_not_tried(endpoint: HTTPServer, targets):
    def away(_names):
        raise OperationalError

    register_targets("test", away)
    assert send(parcel()) == NotTried("where it goes could not be looked up")
    assert endpoint.log == []
