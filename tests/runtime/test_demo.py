"""The first order of `make run`, against a web server that answers like the platform."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.core.windows import Window
from notifications_platform.runtime.demo import (
    EMAIL,
    MOBILE,
    Demo,
    DemoStopped,
    opening_to_wait_for,
)
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient

HOURS = Window.parse("9-17")


class FakePlatform:
    """Places orders at once; SMS leave only while `now` is inside the window."""

    def __init__(self, server: HTTPServer, now: str) -> None:
        self.now = now
        self.moves: list[dict[str, Any]] = []
        self.orders: list[dict[str, Any]] = []
        self.status_of_order = 202
        self.sends_sms = True
        server.expect_request("/notifications/api/v1/orders").respond_with_handler(self._order)
        server.expect_request("/sandbox/api/v1/outbox").respond_with_handler(self._outbox)
        server.expect_request("/sandbox/api/v1/clock").respond_with_handler(self._clock)

    def _order(self, request: Request) -> Response:
        assert request.headers["Authorization"] == "Bearer token-of-ttd"
        self.orders.append(request.get_json())
        return _json({"orderId": "one"}, self.status_of_order)

    def _outbox(self, request: Request) -> Response:
        order = self.orders[-1]
        if request.args.to_dict() == {"channel": "email", "to": EMAIL}:
            template = order["emailTemplate"]
            return _json([{"subject": template["subject"], "body": template["body"]}])
        assert request.args.to_dict() == {"channel": "sms", "to": MOBILE}
        is_open = HOURS.is_open(datetime.fromisoformat(self.now))
        leaves = is_open and self.sends_sms
        return _json([{"subject": None, "body": order["smsTemplate"]["body"]}] if leaves else [])

    def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            self.moves.append(request.get_json())
            self.now = self.moves[-1].get("now", "2026-01-01T00:00:00Z")
        return _json({"now": self.now, "offset": "P0D"})


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def demo(httpserver: HTTPServer, shown: io.StringIO) -> Demo:
    web = WebClient((httpserver.host, httpserver.port), "http://127.0.0.1:8000")
    return Demo(web, Output(shown), HOURS, patience=0.5)


def test_inside_the_window_both_messages_are_shown_and_the_clock_is_left_alone(
    demo, httpserver, shown
):
    platform = FakePlatform(httpserver, "2026-11-23T12:00:00Z")

    demo.show("token-of-ttd")

    assert f"email delivered to {EMAIL}" in shown.getvalue()
    assert f"sms   delivered to {MOBILE}" in shown.getvalue()
    assert platform.moves == []
    assert len(platform.orders) == 1


def test_outside_the_window_the_clock_moves_to_the_opening_and_back(demo, httpserver, shown):
    platform = FakePlatform(httpserver, "2026-11-23T19:30:00Z")

    demo.show("token-of-ttd")

    assert platform.moves == [{"now": "2026-11-24T08:00:01Z"}, {"reset": True}]
    assert "SMS window is closed" in shown.getvalue()
    assert f"sms   delivered to {MOBILE}" in shown.getvalue()


def test_the_clock_is_reset_even_when_the_sms_never_comes(demo, httpserver):
    platform = FakePlatform(httpserver, "2026-11-23T19:30:00Z")
    platform.sends_sms = False

    with pytest.raises(DemoStopped, match="no sms"):
        demo.show("token-of-ttd")

    assert platform.moves[-1] == {"reset": True}


def test_a_service_owner_that_is_not_registered_skips_the_demo(demo, httpserver):
    platform = FakePlatform(httpserver, "2026-11-23T12:00:00Z")
    platform.status_of_order = 403

    with pytest.raises(DemoStopped, match="skipped"):
        demo.show("token-of-ttd")

    assert platform.moves == []


@pytest.mark.parametrize(
    ("now", "opening"),
    [
        ("2026-11-23T12:00:00Z", None),
        ("2026-11-23T08:00:00Z", "2026-11-23T08:00:01Z"),  # 9 o'clock sharp is still closed
        ("2026-11-23T03:00:00Z", "2026-11-23T08:00:01Z"),
        ("2026-11-23T16:00:00Z", "2026-11-24T08:00:01Z"),
        ("2026-07-01T15:30:00Z", "2026-07-02T07:00:01Z"),  # summer time
        ("2026-03-28T20:00:00Z", "2026-03-29T07:00:01Z"),  # the night that is an hour short
    ],
)
def test_the_opening_to_wait_for(now, opening):
    at = opening_to_wait_for(datetime.fromisoformat(now), HOURS)

    assert at == (datetime.fromisoformat(opening) if opening else None)
    assert at is None or HOURS.is_open(at)
    assert at is None or at.tzinfo is UTC


def _json(value: object, status: int = 200) -> Response:
    return Response(response=json.dumps(value), status=status, content_type="application/json")
