"""Outbound HTTP to addresses that somebody else chose (delivery contract 5)."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from ipaddress import ip_address

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from notifications_platform.http import outbound
from notifications_platform.http.kept import Connections
from notifications_platform.http.outbound import Answer, OutboundFailed, request
from notifications_platform.http.reachable import may_reach
from tests.kernel.certificates import Certificates
from tests.kernel.raw_server import raw_server

SECOND = timedelta(seconds=1)


def call(url, *, method="GET", allow_private=True, timeout=SECOND * 5, **options) -> Answer:
    options.setdefault("read_limit", 1000)
    return request(method, url, allow_private=allow_private, timeout=timeout, **options)


def failure(url, **options) -> str:
    with pytest.raises(OutboundFailed) as failed:
        call(url, **options)
    return failed.value.kind


def test_the_answer_has_status_headers_and_body(httpserver: HTTPServer):
    httpserver.expect_request("/a b", query_string="q=%C3%A6", method="PUT").respond_with_data(
        "taken", status=202, headers={"X-Seen": "yes"}
    )
    answer = call(
        httpserver.url_for("/a%20b?q=æ"), method="PUT", body=b"{}", headers={"X-Mine": "1"}
    )
    assert (answer.status, answer.body, answer.truncated) == (202, b"taken", False)
    assert answer.headers["x-seen"] == "yes"
    seen, _ = httpserver.log[0]
    assert (seen.get_data(), seen.headers["X-Mine"]) == (b"{}", "1")
    assert seen.headers["Host"] == f"{httpserver.host}:{httpserver.port}"


def test_an_error_status_is_an_answer(httpserver: HTTPServer):
    httpserver.expect_request("/").respond_with_data("no", status=503)
    assert call(httpserver.url_for("/")).status == 503


def test_no_more_than_the_limit_is_read(httpserver: HTTPServer):
    httpserver.expect_request("/").respond_with_data("x" * 5000)
    answer = call(httpserver.url_for("/"), read_limit=100)
    assert (answer.body, answer.truncated) == (b"x" * 100, True)


def test_an_endless_body_ends_at_the_limit():
    def serve(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"y" * 65536)

    with raw_server(serve) as url:
        answer = call(url, read_limit=2000)
    assert (len(answer.body), answer.truncated) == (2000, True)


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"]
)
def test_an_answer_that_drips_is_cut_off_at_the_deadline(start):
    def serve(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(b"a")
            time.sleep(0.05)

    with raw_server(serve) as url:
        before = time.monotonic()
        assert failure(url, timeout=SECOND * 0.4) == "timeout"
        assert time.monotonic() - before < 2


def test_a_slow_name_server_is_cut_off_at_the_deadline():
    answered = threading.Event()

    def slow(_host):
        answered.wait(10)
        return [ip_address("127.0.0.1")]

    before = time.monotonic()
    assert failure("http://slow.example/", resolve=slow, timeout=SECOND * 0.2) == "timeout"
    assert time.monotonic() - before < 2
    answered.set()


def test_a_name_that_is_not_answered_for_takes_one_look_up_from_the_others(
    httpserver: HTTPServer, monkeypatch
):
    httpserver.expect_request("/").respond_with_data("reached")
    answered, asked = threading.Event(), []

    def one_does_not_answer(host):
        asked.append(host)
        if host == "dead.example":
            answered.wait(10)
        return [ip_address("127.0.0.1")]

    with ThreadPoolExecutor(2) as lookups, ThreadPoolExecutor(4) as callers:
        monkeypatch.setattr(outbound, "_lookups", lookups)
        urls = (f"http://{host}.example:{httpserver.port}/" for host in ["dead"] * 3 + ["alive"])
        *dead, alive = [callers.submit(call, url, resolve=one_does_not_answer) for url in urls]
        assert alive.result(5).body == b"reached"
        assert not any(one.done() for one in dead)
        answered.set()
        assert {one.result(5).body for one in dead} == {b"reached"}

    assert sorted(asked) == ["alive.example", "dead.example"]
    assert not [host for resolve, host in outbound._looking_up if resolve is one_does_not_answer]


@pytest.mark.parametrize(
    "said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 two hundred\r\n\r\n", b"SSH-2.0-x\r\n"]
)
def test_what_is_not_http_is_unreadable(said):
    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with raw_server(serve) as url:
        assert failure(url) == "unreadable"


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        (b"", "closed without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf", "cut short"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: secret\r\n\r\n", "a length that is none"),
    ],
)
def test_why_it_is_unreadable_is_told_without_a_word_of_what_came(said, detail):
    def serve(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with raw_server(serve) as url, pytest.raises(OutboundFailed) as failed:
        call(url)
    assert str(failed.value) == f"unreadable: {detail}"


def test_nobody_listening_is_unreachable():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    assert failure(f"http://127.0.0.1:{port}/") == "unreachable"


def test_a_name_nobody_knows():
    def unknown(_host):
        raise socket.gaierror

    assert failure("http://nowhere.example/", resolve=unknown) == "no_such_host"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "example.com",
        "http://",
        "http:///path",
        "http://user:pass@example.com/",
        "http://user@example.com/",
        "http://example.com:0/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://exa mple.com/",
        "http://example.com/\r\nX: y",
        "http://example.com\\@evil.example/",
        "http://[::1/",
        "http://-.example/",
        "http://a..b/",
        "http://example.com/\ud800",
        "http://example.com/?\ud800",
    ],
)
def test_urls_that_are_not_called(url):
    def never(_host):
        raise AssertionError("looked up")

    assert failure(url, resolve=never) == "bad_url"
    assert not outbound.can_be_called(url)


# --- private addresses ------------------------------------------------------------------------
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0",
        "localhost",
        "[::1]",
        "[::ffff:7f00:1]",
    ],
)
def test_private_hosts_are_refused_however_written(host, httpserver: HTTPServer):
    httpserver.expect_request("/").respond_with_data("reached")
    url = f"http://{host}:{httpserver.port}/"
    assert failure(url, allow_private=False) == "refused"
    assert httpserver.log == []


def test_the_setting_decides_where_the_caller_does_not(httpserver: HTTPServer, settings):
    httpserver.expect_request("/").respond_with_data("reached")
    settings.OUTBOUND_ALLOW_PRIVATE = False
    assert failure(httpserver.url_for("/"), allow_private=None) == "refused"
    settings.OUTBOUND_ALLOW_PRIVATE = True
    assert call(httpserver.url_for("/"), allow_private=None).body == b"reached"


def test_a_name_is_looked_up_once_and_the_checked_address_called(httpserver: HTTPServer):
    """No second look-up that could answer otherwise (DNS rebinding)."""
    httpserver.expect_request("/").respond_with_data("reached")
    asked = []

    def turncoat(host):
        asked.append(host)
        return [ip_address("93.184.215.14" if len(asked) > 1 else "127.0.0.1")]

    url = f"http://turncoat.example:{httpserver.port}/"
    assert failure(url, allow_private=False, resolve=turncoat) == "refused"
    asked.clear()
    assert call(url, resolve=turncoat).body == b"reached"
    assert asked == ["turncoat.example"]


def test_of_several_addresses_only_allowed_ones_are_called():
    called = []

    def connect(address, timeout):
        called.append(address[0])
        raise ConnectionRefusedError

    def mixed(_host):
        return [ip_address("10.0.0.1"), ip_address("93.184.215.14"), ip_address("::1")]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "create_connection", connect)
        assert failure("http://mixed.example/", allow_private=False, resolve=mixed) == "unreachable"
    assert called == ["93.184.215.14"]


def test_the_next_address_is_tried_when_one_does_not_answer(httpserver: HTTPServer):
    httpserver.expect_request("/").respond_with_data("reached")
    with closing(socket.create_server(("127.0.0.2", httpserver.port))) as taken:
        taken.close()

    def two(_host):
        return [ip_address("127.0.0.2"), ip_address("127.0.0.1")]

    assert call(f"http://two.example:{httpserver.port}/", resolve=two).body == b"reached"


@pytest.mark.parametrize(
    "address",
    [
        *("0.1.2.3", "10.1.2.3", "100.64.0.1", "127.255.0.1", "169.254.169.254", "172.16.0.1"),
        *("192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1"),
        *("203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "::127.0.0.1", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1"),
        *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1"),
        *("2002:7f00:1::", "2002:a00:1::1", "2001::1", "2001:db8::1", "3fff::1", "100::1"),
    ],
)
def test_addresses_never_reached_for_a_stranger(address):
    assert not may_reach(ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        *("93.184.215.14", "1.1.1.1", "172.32.0.1", "100.128.0.1", "::ffff:1.1.1.1"),
        *("2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"),
    ],
)
def test_public_addresses_are_reached(address):
    assert may_reach(ip_address(address), allow_private=False)


@pytest.mark.parametrize(
    ("address", "reached"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.0.0.1", True),
        ("fd12::1", True),
        ("::ffff:127.0.0.1", True),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("0.1.2.3", False),
        ("224.0.0.1", False),
    ],
)
def test_the_sandbox_reaches_private_but_not_link_local(address, reached):
    assert may_reach(ip_address(address), allow_private=True) is reached


# --- redirects --------------------------------------------------------------------------------
def redirecting(httpserver: HTTPServer, location: str, status: int = 302) -> str:
    httpserver.expect_request("/from").respond_with_data(
        status=status, headers={"Location": location}
    )
    httpserver.expect_request("/to").respond_with_data("arrived")
    return httpserver.url_for("/from")


def test_redirects_are_answers_unless_asked_for(httpserver: HTTPServer):
    assert call(redirecting(httpserver, "/to")).status == 302


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(httpserver: HTTPServer, status):
    url = redirecting(httpserver, "/to", status)
    assert call(url, redirects="same-host").body == b"arrived"


@pytest.mark.parametrize(
    "location",
    [
        "http://other.example/to",
        "//127.0.0.2/to",
        "ftp://localhost/to",
        "http://user@localhost/to",
        "http://localhost:1/to",
        "",
    ],
)
def test_other_redirects_are_the_answer(httpserver: HTTPServer, location):
    answer = call(redirecting(httpserver, location), redirects="same-host")
    assert (answer.status, len(httpserver.log)) == (302, 1)


def test_three_redirects_are_enough(httpserver: HTTPServer):
    def onward(asked: Request) -> Response:
        number = int(asked.args["n"]) + 1
        return Response(status=302, headers={"Location": f"/loop?n={number}"})

    httpserver.expect_request("/loop").respond_with_handler(onward)
    answer = call(httpserver.url_for("/loop?n=0"), redirects="same-host")
    assert (answer.status, len(httpserver.log)) == (302, 4)


def test_a_post_is_never_redirected(httpserver: HTTPServer):
    url = redirecting(httpserver, "/to", 307)
    assert call(url, method="POST", body=b"", redirects="same-host").status == 307


# --- TLS --------------------------------------------------------------------------------------
@pytest.fixture
def tls_server(certificates: Certificates, monkeypatch) -> Iterator[int]:
    monkeypatch.setattr(outbound, "_tls", certificates.client_context)
    context = certificates.server_context("known.example")

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            secured.recv(1000)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with raw_server(serve) as url:
        yield int(url.rstrip("/").rpartition(":")[2])


def loopback(_host):
    return [ip_address("127.0.0.1")]


def test_tls_is_verified_against_the_name_that_was_called(tls_server):
    assert call(f"https://known.example:{tls_server}/", resolve=loopback).body == b"ok"
    assert failure(f"https://other.example:{tls_server}/", resolve=loopback) == "tls"


def test_a_certificate_of_an_unknown_authority_is_refused(tls_server, monkeypatch):
    monkeypatch.setattr(outbound, "_tls", ssl.create_default_context)
    assert failure(f"https://known.example:{tls_server}/", resolve=loopback) == "tls"


def test_a_secured_connection_serves_again_whatever_size_is_asked_and_answered(
    certificates: Certificates, monkeypatch
):
    monkeypatch.setattr(outbound, "_tls", certificates.client_context)
    context = certificates.server_context("known.example")
    asked, large = [], b"x" * 1_000_000

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            while request_line := read_whole(secured):
                asked.append((secured.getpeername(), request_line))
                secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Len")
                secured.sendall(b"gth: 1000000\r\n\r\n" + large)

    with raw_server(serve) as url, closing(Connections()) as connections:
        port = url.rstrip("/").rpartition(":")[2]
        for method in ("POST", "PUT"):
            answer = call(
                f"https://known.example:{port}/",
                method=method,
                body=large,
                read_limit=len(large),
                resolve=loopback,
                connections=connections,
            )
            assert (answer.body, answer.truncated) == (large, False)
    assert asked[0][0] == asked[1][0]
    assert [line for _, line in asked] == [b"POST / HTTP/1.1", b"PUT / HTTP/1.1"]


def read_whole(connection: socket.socket) -> bytes:
    """A request of a million bytes and its head; its first line, empty at the end."""
    taken = bytearray()
    while b"\r\n\r\n" not in taken or len(taken) < taken.find(b"\r\n\r\n") + 4 + 1_000_000:
        if not (piece := connection.recv(65536)):
            return b""
        taken += piece
    return bytes(taken.partition(b"\r\n")[0])


def test_who_does_not_listen_is_not_spoken_to_for_ever():
    asked = threading.Event()

    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        asked.wait(5)

    with raw_server(serve) as url:
        assert failure(url, method="POST", body=b"x" * 20_000_000, timeout=SECOND * 0.3) == (
            "timeout"
        )
        asked.set()


def test_a_header_that_would_be_two_is_not_sent(httpserver: HTTPServer):
    url = httpserver.url_for("/")
    assert failure(url, headers={"X-Mine": "1\r\nX-Evil: 2"}) == "unreadable"
    assert httpserver.log == []


def test_a_failure_tells_nothing_of_path_and_query():
    with pytest.raises(OutboundFailed) as failed:
        call("http://127.0.0.1:1/secret?token=abc")
    assert "secret" not in str(failed.value)
    assert "abc" not in str(failed.value)
    assert failed.value.kind == "unreachable"


def test_proxies_of_the_environment_are_ignored(httpserver: HTTPServer, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    httpserver.expect_request("/").respond_with_data("reached")
    assert call(httpserver.url_for("/")).body == b"reached"
