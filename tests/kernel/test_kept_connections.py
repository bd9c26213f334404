"""Connections kept for the next call to the same place (delivery contract 5)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from notifications_platform.http import kept
from notifications_platform.http.kept import Connections
from notifications_platform.http.outbound import OutboundFailed, request

Reply = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """HTTP/1.1; `callers` has the caller's port of each request. `reply` answers."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.reply = reply
        self.callers: list[int] = []

    def call(self, connections: Connections | None) -> int:
        """Asks it, without reading the body."""
        url = f"http://127.0.0.1:{self.server_port}/hook"
        options: dict[str, Any] = {"timeout": timedelta(seconds=5), "allow_private": True}
        answer = request("POST", url, body=b"{}", read_limit=0, connections=connections, **options)
        return answer.status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.callers.append(self.client_address[1])
        self.server.reply(self)

    def log_message(self, *_: Any) -> None:
        """Nothing to stderr."""


@contextmanager
def serving(reply: Reply) -> Iterator[Server]:
    with Server(reply) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def saying(body: bytes, *, length: int | None = None, **headers: str) -> Reply:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def hanging_up(handler: BaseHTTPRequestHandler) -> None:
    """Without a word of an answer, except to the first call."""
    if len(handler.server.callers) == 2:  # type: ignore[attr-defined]
        handler.close_connection = True
    else:
        saying(b"ok")(handler)


def half_an_answer(handler: BaseHTTPRequestHandler) -> None:
    if len(handler.server.callers) == 2:  # type: ignore[attr-defined]
        handler.wfile.write(b"HTTP/1.1 20")
        handler.close_connection = True
    else:
        saying(b"ok")(handler)


@pytest.fixture
def connections() -> Iterator[Connections]:
    one = Connections()
    yield one
    one.close()


@pytest.mark.parametrize("body", [b"", b"a short answer"])
def test_calls_to_one_place_share_a_connection(connections: Connections, body: bytes) -> None:
    with serving(saying(body)) as server:
        assert [server.call(connections) for _ in range(3)] == [200] * 3
        assert len(set(server.callers)) == 1
        connections.close()
        server.call(connections)
        assert len(set(server.callers)) == 2


@pytest.mark.parametrize(
    "reply",
    [saying(b"x" * 10_000), saying(b"x", length=2), saying(b"", Connection="close")],
    ids=["long", "unfinished", "closing"],
)
def test_one_whose_answer_is_not_at_its_end_is_not_kept(
    connections: Connections, reply: Reply
) -> None:
    with serving(reply) as server:
        assert [server.call(connections) for _ in range(2)] == [200] * 2
        assert len(set(server.callers)) == 2


def test_without_a_place_to_keep_it_each_call_has_its_own() -> None:
    with serving(saying(b"")) as server:
        assert [server.call(None) for _ in range(2)] == [200] * 2
        assert len(set(server.callers)) == 2


def test_one_that_the_other_side_has_closed_costs_only_a_new_one(connections: Connections) -> None:
    with serving(hanging_up) as server:
        assert [server.call(connections) for _ in range(2)] == [200] * 2
        assert len(server.callers) == 3


def test_half_an_answer_is_not_asked_for_again(connections: Connections) -> None:
    with serving(half_an_answer) as server:
        server.call(connections)
        with pytest.raises(OutboundFailed, match="unreadable"):
            server.call(connections)
        assert len(server.callers) == 2


def test_an_old_one_is_left(connections: Connections, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_SECONDS", 0.0)
    with serving(saying(b"")) as server:
        assert [server.call(connections) for _ in range(2)] == [200] * 2
        assert len(set(server.callers)) == 2


def test_no_more_are_kept_than_there_is_room_for(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_MOST", 0)
    with serving(saying(b"")) as server:
        assert [server.call(connections) for _ in range(2)] == [200] * 2
        assert len(set(server.callers)) == 2


def early_hints(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
    failed = len(handler.server.callers) == 2  # type: ignore[attr-defined]
    handler.send_response(500 if failed else 200)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_what_is_said_before_the_answer_is_not_the_answer(connections: Connections) -> None:
    with serving(early_hints) as server:
        assert [server.call(connections) for _ in range(3)] == [200, 500, 200]
    assert len(set(server.callers)) == 1


def test_what_is_said_after_an_answer_does_not_answer_the_next_call(
    connections: Connections,
) -> None:
    """It would tell of a call that failed that it went well."""
    more = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    with serving(saying(b"ok" + more, length=2)) as server:
        assert [server.call(connections) for _ in range(2)] == [200, 200]
    assert len(set(server.callers)) == 2


def untidy(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Trace : a\r\n\r\n")


def cut_short(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    handler.close_connection = True


@pytest.mark.parametrize("reply", [untidy, cut_short, saying(b"", length=-1)])
def test_a_call_that_was_taken_is_not_made_again_for_an_untidy_answer(
    connections: Connections, reply: Reply
) -> None:
    with serving(reply) as server:
        assert [server.call(connections) for _ in range(2)] == [200, 200]
    assert len(set(server.callers)) == len(server.callers) == 2
