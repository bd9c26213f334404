"""Senders that take their time, and connections on which nobody says a word."""

import io
import resource
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Event, Thread
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client

from notifications_platform.back_office import middleware
from notifications_platform.back_office.roles import Role
from notifications_platform.http import arriving, limits
from tests.abuse.server import ORDERS, REPORTS, WebProcess, running_web
from tests.kernel.sinks import eventually
from tests.staff import browser
from tests.tokens import make_token

MORE_THAN_THREADS = 40
MOST_ARE_REFUSED = 35
IDLE = 1_000
BEGUN = {
    "length": b"Content-Length: 1000\r\n\r\n{",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
}


@contextmanager
def hanging(web: WebProcess, begun: bytes, count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as open_ones:
        connections = [open_ones.enter_context(web.connect()) for _ in range(count)]
        for one in connections:
            one.sendall(begun)
        yield connections


def begin(path: str, kind: str, **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, ""]).encode() + BEGUN[kind]


def told(connections: list[socket.socket], *, at_least: int) -> list[bytes]:
    """What was answered so far; nothing until it is enough."""
    answered, _, _ = select.select(connections, [], [], 0)
    if len(answered) < at_least:
        return []
    return [one.recv(4096, socket.MSG_PEEK) for one in answered]


@pytest.mark.parametrize("kind", BEGUN)
@pytest.mark.parametrize("path", [f"{ORDERS}/email", f"{ORDERS}/sms", REPORTS])
def test_without_a_token_nobody_is_waited_for(web: WebProcess, path: str, kind: str) -> None:
    """The refusal comes before the body, so that a slow one holds no thread."""
    begun = begin(path, kind, Content_Type="application/json")
    with hanging(web, begun, MORE_THAN_THREADS) as connections:
        assert web.is_alive()
        for one in connections:
            assert one.recv(4096).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("kind", BEGUN)
@pytest.mark.parametrize("path", [f"{ORDERS}/email", "/admin/login/"])
def test_slow_bodies_hold_some_threads_and_never_all(web: WebProcess, path: str, kind: str) -> None:
    """A few may take as long as they like. Whoever comes on top hears soon that it is full."""
    token = make_token()
    type_ = "application/json" if path.startswith(ORDERS) else "application/x-www-form-urlencoded"
    begun = begin(path, kind, Content_Type=type_, Authorization=f"Bearer {token}")
    with hanging(web, begun, MORE_THAN_THREADS) as connections:
        refused = eventually(lambda: told(connections, at_least=MOST_ARE_REFUSED), seconds=20)
        assert {answer[:13] for answer in refused} == {b"HTTP/1.1 503 "}
        assert eventually(web.is_alive)
        assert web.ask(f"{ORDERS}?sendersReference=x", Authorization=f"Bearer {token}").seconds < 2
    order = b'{"subject": ""}'
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    assert eventually(
        lambda: web.ask(f"{ORDERS}/email", "POST", order, **headers).statuses == [400], seconds=10
    )


def test_slow_forms_from_one_address_hold_up_nobody_elsewhere(web: WebProcess) -> None:
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    with hanging(web, begin("/admin/login/", "length", **form), 6) as connections:
        assert eventually(lambda: told(connections, at_least=5))
        with socket.create_connection(("127.0.0.1", web.port), 10, ("127.0.0.2", 0)) as elsewhere:
            whole = begin("/admin/login/", "length", **form).replace(b"1000", b"1")
            elsewhere.sendall(whole)
            # What its sender lacks is a token, not room.
            assert elsewhere.recv(4096).startswith(b"HTTP/1.1 403 ")


class Silent:
    """A body that does not come before its sender hangs up."""

    def __init__(self) -> None:
        self.hung_up = Event()

    def read(self, _size: int) -> bytes:
        self.hung_up.wait(30)
        return b""

    readline = read


@pytest.mark.django_db
def test_a_form_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sender has a share of the threads that go on reading until everybody has hung up."""
    monkeypatch.setattr(middleware, "_SECONDS_FOR_A_FORM", 0.05)
    monkeypatch.setattr(arriving, "_OF_FORMS", arriving._Threads(6, share=3))
    silent = Silent()

    def post(address: str) -> int:
        environ: dict[str, Any] = {"wsgi.input": silent, "CONTENT_LENGTH": "10"}
        return Client().post("/admin/login/", **environ, REMOTE_ADDR=address).status_code

    try:
        assert [post("192.0.2.1") for _ in range(4)] == [408] * 3 + [503]
        assert [post("192.0.2.2") for _ in range(3)] == [408] * 3
        assert post("192.0.2.3") == 503
    finally:
        silent.hung_up.set()
    form = {"username": "x"}
    assert eventually(lambda: "Log in" in Client().post("/admin/login/", form).text)


@pytest.mark.django_db
def test_strangers_with_slow_forms_hold_up_nobody_who_is_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staff, long_ago = browser(Role.OPERATOR), 0.0
    slow = {number: limits._Reading(long_ago, f"192.0.2.{number}") for number in (1, 2)}
    monkeypatch.setattr(middleware._FORMS, "_reading", slow)
    monkeypatch.setattr(arriving, "_OF_FORMS", arriving._Threads(0, share=0))

    assert Client().post("/admin/login/", {"username": "x"}).status_code == 503
    # A cookie that is nobody's session opens no room.
    forged = Client()
    forged.cookies["sessionid"] = "x" * 32
    assert forged.post("/admin/login/", {"username": "x"}).status_code == 503
    assert staff.post("/admin/orders/order/", {}).status_code == 200


def test_a_body_for_which_no_thread_starts_takes_nobodys_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arriving, "_OF_FORMS", arriving._Threads(1, share=1))

    def read() -> bytes:
        return arriving.whole(io.BytesIO(b"x"), length=1, limit=9, within=5, caller="a")

    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        for _ in range(2):
            with pytest.raises(RuntimeError):
                read()
    assert read() == b"x"


@pytest.mark.parametrize(
    "begun", [b"", b"GET /health/live HTTP/1.1\r\nHost: loc"], ids=["silent", "in mid-header"]
)
def test_a_thousand_idle_connections_keep_nobody_out(web: WebProcess, begun: bytes) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * IDLE), hard))
    before = web.megabytes()
    with hanging(web, begun, IDLE):
        assert web.is_alive()
        assert web.megabytes() - before < 60


def test_more_connections_than_the_shell_allows_files_keep_nobody_out(
    db: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Shells usually allow 1,024; the web process takes as many as it may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        starting = running_web(tmp_path_factory.mktemp("few-handles"))
        web = starting.__enter__()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        with hanging(web, b"", 400):
            assert web.is_alive()
    finally:
        starting.__exit__(None, None, None)
