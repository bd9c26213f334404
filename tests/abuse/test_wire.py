"""Requests that no client library sends: odd lengths, smuggled requests, endless headers.

Of each the server makes one answer and hangs up, or a refusal: never does it take the rest of
the bytes for another request that a proxy before it has not seen.
"""

import pytest

from tests.abuse.server import ORDERS, WebProcess

SMUGGLED = b"GET /sandbox/api/v1/clock HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = f"POST {ORDERS}/email HTTP/1.1\r\nHost: localhost\r\n".encode()
JSON = b"Content-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\n" + CHUNKED,
        CHUNKED + b"Content-Length: 5\r\n",
    ],
    ids=["CL.TE", "TE.CL"],
)
def test_with_both_lengths_the_connection_ends_after_one_answer(
    web: WebProcess, headers: bytes
) -> None:
    answers = web.say(POST + JSON + headers + b"\r\n0\r\n\r\n" + SMUGGLED)

    assert answers.statuses in ([400], [401])
    assert answers.closed


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: 5, 6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 5 5\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Content-Length : 5\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"X: y\r\n Transfer-Encoding: chunked\r\n",
        b"X: y\x00z\r\n",
    ],
)
def test_lengths_that_mean_nothing_are_refused(web: WebProcess, headers: bytes) -> None:
    answers = web.say(POST + JSON + headers + b"\r\nabcde" + SMUGGLED)

    assert answers.statuses == [400]
    assert answers.closed


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-1\r\nabc\r\n0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcX\r\n0\r\n\r\n",
        b"3;" + b"x" * 20_000 + b"\r\nabc\r\n0\r\n\r\n",
    ],
    ids=["no number", "negative", "overflow", "too long", "extension"],
)
def test_broken_chunks_end_the_connection(web: WebProcess, chunks: bytes) -> None:
    answers = web.say(POST + JSON + CHUNKED + b"\r\n" + chunks + SMUGGLED)

    assert len(answers.statuses) == 1
    assert answers.statuses[0] in {400, 401}
    assert answers.closed


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/9.9\r\n",
        b"GET  / HTTP/1.1\r\n",
        b"G\x00T / HTTP/1.1\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\xff\x04\x00\x00\x00\x00\x00" + b"\xff" * 64,
    ],
    ids=["version", "blanks", "nul", "TLS", "HTTP/2"],
)
def test_what_is_no_http_of_ours_is_not_answered_in_kind(
    web: WebProcess, request_line: bytes
) -> None:
    answers = web.say(request_line + b"Host: localhost\r\n\r\n", patience=3)

    assert 200 not in answers.statuses


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"X-%d: y\r\n" % number for number in range(2_000)),
        b"X: " + b"y" * 2_000_000 + b"\r\n",
        b"Authorization: Bearer " + b"e" * 1_000_000 + b"\r\n",
    ],
    ids=["many", "long", "token of a megabyte"],
)
def test_headers_without_end_are_refused(web: WebProcess, headers: bytes) -> None:
    before = web.megabytes()

    answers = web.say(POST + headers + b"\r\n")

    assert answers.statuses in ([], [400], [401], [431])
    assert answers.closed
    assert answers.seconds < 5
    assert web.megabytes() - before < 20
