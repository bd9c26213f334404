"""A receiver of webhooks on loopback, the workers that call it, and what a notification shows;
a clock that stands still.
"""

import base64
import hashlib
import hmac
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from enrollment.models import EnrollmentEventNotification, NotificationHistory
from notifications_platform.core import clock
from notifications_platform.delivery import draining, tasks
from notifications_platform.delivery.states import Channel
from tests.cases.lifecycle.living import NOON, Moment
from tests.enrollment.conftest import Api

KEYS = (b"first-key-of-our-endpoint", b"second-key-of-our-endpoint")
SECRETS = tuple("whsec_" + base64.b64encode(key).decode() for key in KEYS)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    """Business time stands until a test moves it."""
    standing = Moment(NOON)
    monkeypatch.setattr(clock, "now", standing)
    return standing


@pytest.fixture
def receiver(httpserver: HTTPServer, moment: Moment) -> "Receiver":
    return Receiver(httpserver)


Reply = int | Response | Callable[[], int]


class Receiver:
    """Answers with `replies`, one by one, then 204. A function is asked as the call comes in."""

    def __init__(self, server: HTTPServer, path: str = "/hook") -> None:
        server.expect_request(path).respond_with_handler(self._answer)
        self.url = server.url_for(path)
        self.replies: deque[Reply] = deque()
        self.requests: list[Request] = []

    @property
    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.requests]

    def _answer(self, request: Request) -> Response:
        request.get_data()
        self.requests.append(request)
        reply = self.replies.popleft() if self.replies else 204
        if callable(reply) and not isinstance(reply, Response):
            try:
                reply = reply()
            finally:
                # On the server's thread nobody else does.
                connection.close()
        return reply if isinstance(reply, Response) else Response(status=reply)


def signatures(request: Request, *keys: bytes) -> list[str]:
    """What the keys say of it, by the public formula."""
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    digests = (hmac.new(key, signed + request.get_data(), hashlib.sha256) for key in keys)
    return ["v1," + base64.b64encode(digest.digest()).decode() for digest in digests]


def work() -> None:
    """What is due is swept into line, and leaves."""
    tasks.sweep()
    draining.drain(Channel.WEBHOOK)


def shown(api: Api, one: EnrollmentEventNotification) -> dict[str, Any]:
    answer = api.get(f"generic/enrollmenteventnotifications/{one.pk}")
    assert answer.status_code == 200, answer.content
    body: dict[str, Any] = answer.json()
    return body


def lines(one: EnrollmentEventNotification) -> Sequence[tuple[str, str, int | None]]:
    """Of its history: what was done, where that led, what the endpoint said."""
    history = NotificationHistory.objects.filter(notification_id=one.pk).order_by("id")
    return list(history.values_list("action", "to_status", "http_status"))
