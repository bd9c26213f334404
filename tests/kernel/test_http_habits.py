"""How the platform behaves over HTTP, whatever is asked (runtime contract 8).

Most of it is asked of the real server: what a WSGI server makes of a header or a path is
half of the answer.
"""

import io
import json
import logging
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse

import pytest
import structlog
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from notifications_platform.http.correlation import current
from tests.kernel.sinks import eventually

CLOCK = "/sandbox/api/v1/clock"
JSON = {"Content-Type": "application/json"}
TRACE_ID = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-00")
LIMIT = 30_000_000


@pytest.fixture(scope="module")
def port(django_db_setup) -> Iterator[int]:
    """Of a web server as `make run` starts it, on the test database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    database = {**connection.settings_dict}
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    options = [f"--port={number}", "--interface=wsgi", "--blocking-threads=4", "--log-level=error"]
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", *options, "notifications_platform.wsgi:application"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "LOG_FORMAT": "json"},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        eventually(lambda: is_up(number), seconds=30)
        yield number
    finally:
        server.terminate()
        server.wait(10)


def is_up(port: int) -> bool:
    try:
        return ask(port, "GET", "/health/live")[0] == 200
    except OSError:
        return False


def ask(port, method, url, headers=None, body=None) -> tuple[int, HTTPResponse, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as http:
        http.putrequest(method, url, skip_accept_encoding=True, skip_host="Host" in (headers or {}))
        for name, value in (headers or {}).items():
            http.putheader(name, value)
        if body is not None and "Content-Length" not in (headers or {}):
            http.putheader("Content-Length", str(len(body)))
        http.endheaders(body)
        answer = http.getresponse()
        return answer.status, answer, answer.read()


def raw(port: int, request: bytes) -> tuple[int, bytes]:
    """Status and body of an answer to bytes that no client library would send."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as http:
        http.sendall(request)
        answer = b"".join(iter(lambda: http.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def assert_problem(answer: HTTPResponse, body: bytes, status: int) -> None:
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    told = json.loads(body)
    assert told["status"] == status
    assert told["type"].startswith("https://tools.ietf.org/html/rfc9110#section-15.")
    assert told["title"]
    assert TRACE_ID.fullmatch(told["traceId"])


# --- unknown routes, methods, media types ---------------------------------------------------
@pytest.mark.parametrize(
    "url",
    ["/", "/nope", "/health/live/", "/sandbox/", "/notifications/api/v1/", "/static/none.css"],
)
def test_an_unknown_route_is_404(port, url):
    _, answer, body = ask(port, "GET", url)

    assert_problem(answer, body, 404)


@pytest.mark.parametrize(
    "url",
    [
        "/a%00b",
        "/%zz%",
        "/%ff%fe",
        "/%ed%a0%80",
        "/" + "x" * 10_000,
        "/../../etc/passwd",
        "/static/../../settings.py",
        "/static/%00",
        "/static/" + "x" * 5_000,
        "/sandbox/api/v1/%2e%2e/clock",
    ],
)
def test_a_weird_path_is_404_too(port, url):
    _, answer, body = ask(port, "GET", url)

    assert_problem(answer, body, 404)


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("PUT", CLOCK, "GET, POST, HEAD, OPTIONS"),
        ("POST", "/sandbox/api/v1/outbox", "GET, DELETE, HEAD, OPTIONS"),
        ("BREW", CLOCK, "GET, POST, HEAD, OPTIONS"),
        ("POST", "/health/live", "GET, HEAD"),
        ("BREW", "/health/ready", "GET, HEAD"),
        ("TRACE", "/metrics", "GET, HEAD"),
        ("DELETE", "/sandbox/outbox", "GET, HEAD"),
        ("POST", "/api/schema/", "GET, HEAD, OPTIONS"),
    ],
)
def test_an_unknown_method_is_405_and_says_which_there_are(port, method, url, allowed):
    _, answer, body = ask(port, method, url)

    assert_problem(answer, body, 405)
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "",
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        ";;;=",
        "application/json; charset=iso-8859-1",
        "application/json; charset=utf-16",
    ],
)
def test_an_unknown_media_type_is_415(port, media_type):
    headers = {} if media_type is None else {"Content-Type": media_type}

    _, answer, body = ask(port, "POST", CLOCK, headers, b'{"reset": true}')

    assert_problem(answer, body, 415)


@pytest.mark.parametrize("media_type", ["application/json", 'Application/JSON; charset="UTF-8"'])
def test_json_is_understood_however_it_is_spelled(port, media_type):
    status, *_ = ask(port, "POST", CLOCK, {"Content-Type": media_type}, b'{"reset": true}')

    assert status == 200


@pytest.mark.parametrize("accept", ["image/png", "text/html;q=0", "///", "*/*", ""])
def test_an_accept_that_cannot_be_met_gets_json_all_the_same(port, accept):
    status, answer, body = ask(port, "GET", CLOCK, {"Accept": accept})

    assert status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(body)["offset"] == "P0D"


def test_timestamps_are_utc_and_end_in_z(port):
    assert json.loads(ask(port, "GET", CLOCK)[2])["now"].endswith("Z")


# --- bodies ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}{}",
        b'{"reset": true,}',
        b"{'reset': true}",
        b'{"advance": NaN}',
        b'{"advance": "\\ud800"}',
        b'{"advance": "P1D\\u0000"}',
        b'{"advance": "\xff"}',
        '{"reset": true}'.encode("utf-16"),
        b"[" * 200_000,
        b"\x00",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_no_json_is_400(port, body):
    _, answer, told = ask(port, "POST", CLOCK, JSON, body)

    assert_problem(answer, told, 400)


def test_a_body_that_announces_too_much_is_413_before_it_is_read(port):
    headers = JSON | {"Content-Length": str(LIMIT + 1)}

    _, answer, body = ask(port, "POST", CLOCK, headers, b"")

    assert_problem(answer, body, 413)


def chunked(body: bytes, size: int) -> bytes:
    head = f"POST {CLOCK} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return head.encode() + b"".join(
        b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b"")
    )


@pytest.mark.parametrize("size", [1, 4, 1_000])
def test_a_body_may_come_in_chunks(port, size):
    status, body = raw(port, chunked(b'{"reset": true}', size))

    assert status == 200
    assert b'"offset":"P0D"' in body


def test_a_large_body_may_come_in_chunks_too(port):
    assert raw(port, chunked(b'{"reset": true}' + b" " * 3_000_000, 100_000))[0] == 200


def test_a_body_that_turns_out_too_large_is_413(port):
    status, body = raw(port, chunked(b" " * (LIMIT + 1), 1_000_000))

    assert status == 413
    assert b"Content Too Large" in body


@pytest.mark.parametrize("length", [b"abc", b"-5", b"1e3", b"5, 6", b"\xd9\xa3"])
def test_a_content_length_that_is_none_is_400(port, length):
    request = b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % CLOCK.encode()
    request += b"Content-Type: application/json\r\nContent-Length: " + length + b"\r\n\r\n{}"

    assert raw(port, request)[0] == 400


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["abc", "-5"])
def test_nor_does_another_server_bring_us_down_with_one(client, length):
    answer = client.post(CLOCK, {}, content_type="application/json", CONTENT_LENGTH=length)

    assert answer.status_code == 400


# --- hosts ----------------------------------------------------------------------------------
@pytest.mark.parametrize("host", ["evil.example", "a b", "", "blåbær.no", "127.0.0.1:x", "[::1"])
@pytest.mark.parametrize("url", ["/health/live", CLOCK, "/nope"])
def test_a_host_that_is_not_ours_is_400(port, host, url):
    _, answer, body = ask(port, "GET", url, {"Host": host.encode()})

    assert_problem(answer, body, 400)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost", "[::1]:{port}"])
def test_loopback_is_answered(port, host):
    assert ask(port, "GET", CLOCK, {"Host": host.format(port=port)})[0] == 200


def test_a_forwarded_host_changes_nothing(port):
    assert ask(port, "GET", CLOCK, {"X-Forwarded-Host": "evil.example"})[0] == 200


# --- correlation ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "header", ["X-Request-ID", "X-Correlation-ID", "call-id", "callId", "call_id", "CALL_ID"]
)
def test_the_callers_correlation_id_is_taken(port, header):
    _, answer, _ = ask(port, "GET", "/health/live", {header: "abc/1 ~"})

    assert answer.headers["X-Correlation-ID"] == "abc/1 ~"


@pytest.mark.parametrize("value", ["", " ", "a" * 129, "blåbær", "a\tb", b"\xff"])
def test_an_id_that_is_not_sane_is_replaced(port, value):
    _, answer, _ = ask(port, "GET", "/health/live", {"X-Correlation-ID": value or b""})

    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Correlation-ID"])


def test_the_first_header_counts(port):
    sent = {"call_id": "third", "callId": "fourth", "X-Correlation-ID": "second"}
    expected = {"X-Request-ID": "first", "X-Correlation-ID": "second", "call_id": "third"}

    headers = {"X-Request-ID": "first", **sent}
    for name, value in expected.items():
        _, answer, _ = ask(port, "GET", "/health/live", headers)
        assert answer.headers["X-Correlation-ID"] == value
        headers.pop(name, None)


@pytest.mark.parametrize("value", ["a\tb", "a" * 129])
def test_no_other_header_stands_in_for_a_first_one_that_is_not_sane(port, value):
    headers = {"X-Request-ID": value, "X-Correlation-ID": "second"}

    _, answer, _ = ask(port, "GET", "/health/live", headers)

    assert re.fullmatch(r"[0-9a-f-]{36}", answer.headers["X-Correlation-ID"])


def test_an_empty_header_is_as_good_as_none(port):
    headers = {"X-Request-ID": b"", "X-Correlation-ID": "second"}

    _, answer, _ = ask(port, "GET", "/health/live", headers)

    assert answer.headers["X-Correlation-ID"] == "second"


@pytest.mark.parametrize("url", ["/nope", "/health/live", CLOCK, "/static/sandbox/outbox.css"])
def test_every_answer_carries_one_also_refusals(port, url):
    for headers in ({}, {"Host": "evil.example"}):
        _, answer, _ = ask(port, "GET", url, headers)
        assert answer.headers["X-Correlation-ID"]


# --- our own failures -----------------------------------------------------------------------
def breaks(_request):
    structlog.get_logger("tests").info("about to break")
    raise ZeroDivisionError("kari@example.com")


def tells(_request):
    return HttpResponse(current())


def is_away(_request):
    return HttpResponse(status=503)


urlpatterns = [
    path("breaks", breaks),
    path("is-away", is_away),
    path("tells", tells),
    path("", include("notifications_platform.urls")),
]
handler500 = "notifications_platform.http.problems.server_error"
with_failures = override_settings(ROOT_URLCONF=__name__)


@with_failures
def test_a_failure_of_ours_is_a_500_that_tells_no_more_than_its_trace_id():
    answer = Client(raise_request_exception=False).get("/breaks")

    assert answer.status_code == 500
    assert answer["Content-Type"].startswith("application/problem+json")
    assert TRACE_ID.fullmatch(answer.json()["traceId"])
    assert "ZeroDivision" not in answer.content.decode()
    assert "kari" not in answer.content.decode()


@pytest.fixture
def logged():
    """What the platform writes, as it is written."""
    (handler,) = (
        found for found in logging.getLogger().handlers if type(found) is logging.StreamHandler
    )
    usual = handler.setStream(io.StringIO())
    yield handler.stream
    handler.setStream(usual)


@with_failures
def test_the_log_lines_of_a_request_carry_its_correlation_id(logged):
    client = Client(raise_request_exception=False, headers={"X-Request-ID": "call-77"})
    answer = client.get("/breaks")

    lines = [line for line in logged.getvalue().splitlines() if "[tests" in line or "[not" in line]
    assert any("about to break" in line for line in lines)
    assert any(answer.json()["traceId"] in line for line in lines)
    assert all("x_correlation_id=call-77" in line for line in lines)


@with_failures
def test_what_django_says_of_an_answer_carries_the_correlation_id_too(logged):
    Client(headers={"X-Request-ID": "call-78"}).get("/is-away")

    (line,) = [line for line in logged.getvalue().splitlines() if "Service Unavailable" in line]
    assert "x_correlation_id=call-78" in line


@with_failures
def test_the_id_is_there_for_whatever_the_request_causes():
    assert Client(headers={"callId": "c-1"}).get("/tells").content == b"c-1"
    assert current() == ""


@with_failures
def test_log_lines_name_no_one(logged):
    Client(raise_request_exception=False).get("/breaks?to=ola@example.com&pid=01017012345")

    said = logged.getvalue()
    assert "about to break" in said
    for name in ("kari@", "ola@", "01017012345"):
        assert name not in said


# --- other requests that must not bring anything down ---------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "/sandbox/api/v1/outbox?to=%00",
        "/sandbox/api/v1/outbox?to=%ff&limit=%ff",
        "/sandbox/api/v1/outbox?limit=" + "9" * 5_000,
        "/sandbox/outbox?to=%ff%00&channel=%00",
        "/sandbox/outbox?to=%ed%a0%80",
        "/health/live?" + "x" * 10_000,
        "/api/schema/?lang=%00%ff&format=%00",
        "/api/docs/?x=%00&lang=%ff",
    ],
)
def test_no_query_string_is_a_failure_of_ours(port, url):
    assert ask(port, "GET", url)[0] in (200, 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "sessionid=%00; csrftoken=;;="},
        {"Cookie": b"sessionid=\xff"},
        {"If-None-Match": b"\xff", "If-Modified-Since": "nonsense"},
        {"Range": "bytes=99-1"},
        {"Authorization": "Bearer " + "x" * 5_000},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Accept-Language": "%00,\x7f;q=nan"},
        {"Expect": "nonsense"},
    ],
    ids=str,
)
def test_no_header_is_a_failure_of_ours(port, headers):
    for url in (CLOCK, "/sandbox/outbox", "/api/docs/"):
        assert ask(port, "GET", url, headers)[0] in (200, 400, 417)


@pytest.mark.parametrize("url", ["/api/docs/", "/api/schema/", "/sandbox/outbox"])
def test_a_page_refuses_as_problem_details_too(port, url):
    status, answer, body = ask(port, "POST", url)

    assert status == 405
    assert answer.getheader("Content-Type") == "application/problem+json; charset=utf-8"
    assert json.loads(body)["status"] == 405
