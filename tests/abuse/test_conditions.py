"""The send condition as a way into our own network (orders contract 7.2, delivery contract 5).

What the caller below does in detail, blocks of addresses one by one, redirects and answers that
drip or never end, stands in tests/kernel/test_outbound.py.
"""

import ipaddress
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from pytest_httpserver import HTTPServer

from notifications_platform.core import clock
from notifications_platform.core.ids import uuid7
from notifications_platform.delivery.models import Message
from notifications_platform.http import outbound
from orders import conditions, processing
from orders.conditions import Verdict
from orders.models import Order
from tests.factories import make_order
from tests.kernel.raw_server import raw_server, silent
from tests.orders.conftest import Api

INSIDE = [
    "http://localhost/",
    "http://localhost.localdomain./",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.01/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[fe80::1%25eth0]/",
    "http://[64:ff9b::7f00:1]/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://example.org:x/",
    "http://user:pass@example.org\\@127.0.0.1/",
    "http://127.0.0.1#@example.org/",
    "http://example.org\t.evil.example/",
    "http://example.org/\r\nX-Evil: yes",
    "http://①②⑦.⓪.⓪.①/",
    "file:///etc/passwd",
    "gopher://example.org/",
    "//example.org/",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused_when_the_order_is_placed(
    api: Api, address: str, settings: Settings
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    order = {"subject": "S", "body": "B", "recipients": [{"emailAddress": "k@x.no"}]}

    answer = api.post("/orders/email", order | {"conditionEndpoint": address})

    if address == "http://localhost.localdomain./":
        # A full name by its form; where it leads is looked at when it is called.
        assert answer.status_code == 202
        return
    assert answer.status_code == 400
    assert "ConditionEndpoint" in answer.json()["errors"]
    assert not Order.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "leads_to",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.1.2.3", "169.254.169.254", "fd00::1", "0.0.0.1"],
)
def test_a_name_that_leads_inside_is_never_called(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, settings: Settings, leads_to: str
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = False
    monkeypatch.setattr(outbound, "_DEFAULT_PORTS", {"http": httpserver.port, "https": 443})
    name_server(monkeypatch, leads_to)
    order = make_order(condition_endpoint="http://innocent.example.org/")

    processing.process_due(now=clock.now())

    assert httpserver.log == []
    assert not Message.objects.filter(owner_id=order.pk).exists()


def test_a_name_server_that_changes_its_mind_is_not_asked_again(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """First an address outside, then one inside: what was looked at is what is called."""
    settings.OUTBOUND_ALLOW_PRIVATE = False
    asked = name_server(monkeypatch, "8.8.8.8", "127.0.0.1")
    called: list[object] = []

    def refuse(address: tuple[str, int], **_options: object) -> socket.socket:
        called.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)

    assert ask(f"http://innocent.example.org:{httpserver.port}/") == Verdict.INCONCLUSIVE
    assert called == [("8.8.8.8", httpserver.port)]
    assert len(asked) == 1


def name_server(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Names lead to each of these in turn. Gives a list of what was asked."""
    asked: list[str] = []
    asking = socket.getaddrinfo

    def look_up(host: str, *more: Any, **options: Any) -> object:
        if not host.endswith("innocent.example.org"):
            return asking(host, *more, **options)
        answer = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        family = socket.AF_INET6 if ipaddress.ip_address(answer).version == 6 else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (answer, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 50_000_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000_000,
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + b"\x1f\x8b" * 10,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"[" * 60_000,
        b'HTTP/1.1 200 OK\r\n\r\n{"sendNotification": "false"}',
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        b"",
    ],
    ids=["endless", "endless headers", "packed", "deep", "text", "redirect", "file", "silent"],
)
def test_an_answer_made_to_hurt_is_inconclusive_within_its_time(
    answer: bytes, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_ALLOW_PRIVATE = True
    monkeypatch.setattr(conditions, "TIMEOUT", timedelta(seconds=1))

    def serve(connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(answer)
        silent(connection)

    with raw_server(serve) as address:
        began = time.monotonic()
        assert ask(address) == Verdict.INCONCLUSIVE
        assert time.monotonic() - began < 3


def ask(endpoint: str) -> Verdict:
    order = uuid7()
    return conditions.ask({order: endpoint})[order]
