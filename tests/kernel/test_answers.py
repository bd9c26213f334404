"""Reading answers off a connection, and writing what is asked (delivery contract 5)."""

import http.client
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications_platform.http.answering import Answering, Unreadable
from notifications_platform.http.asking import request_bytes

TOKENS = st.text("!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=8)
FRAMING = {"Content-Length", "Transfer-Encoding", "Connection"}
WITHOUT_A_BODY = {204, 304}
VALUES = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=12
).map(str.strip)


class Pieces:
    """What the other side says, as it comes in; then it closes."""

    def __init__(self, said: bytes, cuts: Sequence[int] = ()) -> None:
        ends = [0, *sorted({min(cut, len(said)) for cut in cuts}), len(said)]
        self._pieces = iter(
            [said[start:end] for start, end in itertools.pairwise(ends) if start < end]
        )

    def receive(self) -> bytes:
        return next(self._pieces, b"")


class EndlessHeaders:
    def __init__(self) -> None:
        self._left = itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: y\r\n" * 1000))

    def receive(self) -> bytes:
        return next(self._left)


@dataclass
class Said:
    """`whole` with nothing more behind it; `ends` by itself, not with the connection."""

    method: str
    whole: bytes
    ends: bool


@st.composite
def answers(draw: st.DrawFn) -> Said:
    end = draw(st.sampled_from(["\r\n", "\n"]))
    version = draw(st.sampled_from(["1.1", "1.0"]))
    status = draw(st.sampled_from([200, 204, 304, 404, 503]))
    method = draw(st.sampled_from(["GET", "GET", "HEAD"]))
    fields = draw(st.lists(st.tuples(TOKENS, VALUES)))
    body, framing = draw(st.sampled_from([sized, chunked, to_the_end]).flatmap(lambda one: one()))
    options = draw(st.sampled_from([[], ["close"], ["keep-alive"], ["Keep-Alive, x"], ["Close"]]))
    fields += framing + [("Connection", option) for option in options]
    lines = [f"HTTP/{version} {status}{draw(st.sampled_from(['', ' ', ' OK', ' Vær så god']))}"]
    for name, value in draw(st.permutations(fields)):
        space = draw(st.sampled_from(["", " ", "\t "]))
        fold = draw(st.sampled_from(["", "", f"{end} ", f"{end}\t more"]))
        lines.append(f"{name}:{space}{value}{fold if value and name not in FRAMING else ''}")
    interim = draw(st.sampled_from(["", f"HTTP/1.1 100 Continue{end}X: y{end}{end}"]))
    head = interim + end.join([*lines, "", ""])
    without = method == "HEAD" or status in WITHOUT_A_BODY
    return Said(
        method, head.encode("latin-1") + (b"" if without else body), without or bool(framing)
    )


Framed = tuple[bytes, list[tuple[str, str]]]


def sized() -> st.SearchStrategy[Framed]:
    return st.binary(max_size=40).map(lambda body: (body, [("Content-Length", str(len(body)))]))


def to_the_end() -> st.SearchStrategy[Framed]:
    return st.binary(max_size=40).map(lambda body: (body, []))


@st.composite
def chunked(draw: st.DrawFn) -> Framed:
    pieces = draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4))
    extension = draw(st.sampled_from(["", ";x", "; x=y", "  ;x"]))
    size = draw(st.sampled_from(["{:x}", "{:X}", "0{:x}"])) + extension
    chunks = [size.format(len(one)).encode() + b"\r\n" + one + b"\r\n" for one in pieces]
    trailers = draw(st.sampled_from([b"", b"X: y\r\n", b"X: y\r\nZ: \r\n"]))
    body = b"".join(chunks) + b"0" + extension.encode() + b"\r\n" + trailers + b"\r\n"
    return body, [("Transfer-Encoding", draw(st.sampled_from(["chunked", "Chunked"])))]


class _Socket:
    def __init__(self, said: bytes) -> None:
        self.file = io.BytesIO(said)

    def makefile(self, _mode: str) -> io.BytesIO:
        return self.file


def as_the_library_reads_it(said: Said) -> tuple[int, dict[str, str], bytes, bool]:
    response = http.client.HTTPResponse(cast(Any, _Socket(said.whole)), method=said.method)
    response.begin()
    headers = {name.lower(): unfolded(value) for name, value in response.getheaders()}
    # Of an answer without a body it would read chunks that are announced.
    body = b"" if response.status in WITHOUT_A_BODY else response.read()
    return response.status, headers, body, not response.will_close


def unfolded(value: str) -> str:
    return re.sub(r"\r?\n[ \t]+", " ", value).rstrip(" \t")


MORE = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CUTS = st.lists(st.integers(0, 300), max_size=8)


@settings(max_examples=60)
@given(answers(), CUTS, st.sampled_from([b"", b"\r\n", MORE]), st.integers(0, 30))
def test_an_answer_is_read_as_the_standard_library_reads_it(
    said: Said, cuts: list[int], more: bytes, limit: int
) -> None:
    status, headers, body, goes_on = as_the_library_reads_it(said)
    more = more if said.ends else b""

    answering = Answering(said.method, Pieces(said.whole + more, cuts))
    assert (answering.status, answering.headers) == (status, headers)
    assert (answering.read(1000), answering.is_over) == (body, True)

    has_body = said.method != "HEAD" and status not in WITHOUT_A_BODY
    is_doubtful = has_body and "transfer-encoding" in headers and b"HTTP/1.0" in said.whole
    assert answering.keeps == (goes_on and not is_doubtful)
    if not cuts:
        assert answering.said_more == bool(more)

    # No more is read than is wanted, until the rest is passed over.
    answering = Answering(said.method, Pieces(said.whole, cuts))
    read = answering.read(limit)
    assert read == body or (len(read) > limit and body.startswith(read))
    answering.pass_over(1000)
    assert (answering.is_over, answering.said_more) == (True, False)


@settings(max_examples=40)
@given(said=answers().filter(lambda said: said.ends), cuts=CUTS, at=st.floats(0, 1))
def test_half_an_answer_is_none(said: Said, cuts: list[int], at: float) -> None:
    half = said.whole[: int(at * (len(said.whole) - 1))]

    with pytest.raises(Unreadable):
        Answering(said.method, Pieces(half, cuts)).read(1000)


@given(start=st.sampled_from(["", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\n"]), said=st.binary())
def test_whatever_is_said_is_read_or_refused(start: str, said: bytes) -> None:
    try:
        Answering("GET", Pieces(start.encode() + said)).read(1000)
    except Unreadable as refused:
        assert re.fullmatch(r"[a-zA-Z ]+", str(refused))  # noqa: PT017 - it may well be read


@pytest.mark.parametrize(
    "said",
    [
        *(b"\r\nHTTP/1.1 200 OK\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 20\r\n\r\n"),
        *(b"HTTP/1.1 099 X\r\n\r\n", b"HTTP/1.1 +200 OK\r\n\r\n", b"ICY 200 OK\r\n\r\n"),
        b"HTTP/1.1 200 O\rK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding\xa0: chunked\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nX: y\rContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
        *(
            b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\nok" % length
            for length in (b"-2", b"+2", b"0x2", b"2 2", b"1_0", b"", b"2, 3", b"2,", b"\xb2")
        ),
        *(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"\r\n0\r\n\r\n"
            for body in (b"-2\r\nok", b"0x2\r\nok", b"2 2\r\nok", b"\r\nok", b"2\nok", b"2\r\nok!")
        ),
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50 + MORE,
        (b"HTTP/1.1 103 Early Hints\r\nX: " + b"y" * 40_000 + b"\r\n\r\n") * 2 + MORE,
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;" + b"x" * 5000 + b"\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 101 + b"\r\n",
    ],
)
def test_what_has_no_bounds_or_could_be_read_in_two_ways_is_not_read(said: bytes) -> None:
    with pytest.raises(Unreadable):
        Answering("GET", Pieces(said)).read(1000)


@pytest.mark.parametrize(
    "field", ["X", "X y: z", ": z", "X : z", "Sæ: z", "X: \0", "X: y\rZ: z", "X: y\r\nZ\r\n more"]
)
@pytest.mark.parametrize(
    ("body", "framing"),
    [
        ("ok", "Content-Length: 2"),
        ("2\r\nok\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        ("ok", ""),
    ],
)
def test_a_field_that_cannot_be_read_costs_the_next_call_its_connection(
    field: str, body: str, framing: str
) -> None:
    fields = [line for line in (framing, field, "Y: z") if line]
    head = "\r\n".join(["HTTP/1.1 200 OK", *fields, "", ""])
    answering = Answering("GET", Pieces((head + body).encode("latin-1")))

    assert (answering.status, answering.headers["y"]) == (200, "z")
    assert (answering.read(1000), answering.keeps, answering.is_over) == (b"ok", False, True)


@pytest.mark.parametrize(
    "rest",
    [
        *("Content-Length : 2\r\n\r\nok", "Content-Length: two\r\n\r\nok"),
        *("Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!", "", "\r", "Y: z\r\nRetry-Aft"),
    ],
)
@pytest.mark.parametrize("interim", ["", "HTTP/1.1 103 Early Hints\r\nX\r\n\r\n"])
def test_a_status_is_told_whatever_doubt_there_is_of_the_body(interim: str, rest: str) -> None:
    answering = Answering("POST", Pieces(f"{interim}HTTP/1.1 202 Accepted\r\n{rest}".encode()))
    assert (answering.status, answering.keeps, answering.is_over) == (202, False, False)
    assert "retry-aft" not in answering.headers
    with pytest.raises(Unreadable):
        answering.read(1000)


@pytest.mark.parametrize("said", ["", "HTTP/1.1 202", "HTTP/1.1 103 X\r\nX: y", "HTTP/1.1 20\r\n"])
def test_a_status_that_was_not_told_is_none(said: str) -> None:
    with pytest.raises(Unreadable):
        Answering("POST", Pieces(said.encode()))


def test_what_is_said_before_an_answer_leaves_it_its_room() -> None:
    field = b"\r\nX: " + b"y" * 60_000
    before, head = b"HTTP/1.1 103 X" + field, b"HTTP/1.1 200 OK\r\nContent-Length: 2" + field
    answering = Answering("GET", Pieces(before + b"\r\n\r\n" + head + b"\r\n\r\nok"))
    assert (answering.read(1000), answering.keeps) == (b"ok", True)


def test_headers_without_end_are_not_waited_for() -> None:
    with pytest.raises(Unreadable, match="too long"):
        Answering("GET", EndlessHeaders())


def test_who_speaks_something_else_is_not_waited_for() -> None:
    pieces = Pieces(b"SSH-2.0-x\r\n")
    with pytest.raises(Unreadable, match="no HTTP"):
        Answering("GET", pieces)


@pytest.mark.parametrize(
    ("said", "body", "keeps"),
    [
        # One length, said twice.
        (b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", b"ok", True),
        (b"Content-Length: 2, 2\r\n\r\nok", b"ok", True),
        # Of two ways to tell the end, the chunks count, and the next answer cannot be trusted.
        (
            b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
            b"ok",
            False,
        ),
        # An end that nobody knows but who closes.
        (b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", None, False),
        (
            b"Connection: keep-alive\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
            b"ok",
            False,
        ),
    ],
)
def test_where_an_answer_ends_is_said_in_one_way_or_not_trusted(
    said: bytes, body: bytes | None, keeps: bool
) -> None:
    answering = Answering("GET", Pieces(b"HTTP/1.1 200 OK\r\n" + said))
    read = answering.read(1000)
    assert read == (said.partition(b"\r\n\r\n")[2] if body is None else body)
    assert (answering.keeps, answering.is_over) == (keeps, True)


def test_another_protocol_is_an_answer_and_the_end_of_the_talk() -> None:
    said = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n\x00"
    answering = Answering("GET", Pieces(said))
    assert (answering.status, answering.read(10), answering.keeps) == (101, b"", False)


# --- what is asked ----------------------------------------------------------------------------
def asked(method: str = "POST", target: str = "/hook?x=1", **options: Any) -> bytes:
    usual: dict[str, Any] = {"headers": {}, "body": b"{}", "closes": False}
    return request_bytes(method, target, **{"authority": "a.example:81", **usual, **options})


def test_a_request_says_where_it_ends_and_whom_it_is_for() -> None:
    assert asked(headers={"x-mine": "æ"}, closes=True) == (
        b"POST /hook?x=1 HTTP/1.1\r\nHost: a.example:81\r\nUser-Agent: notifications-platform\r\n"
        b"Accept-Encoding: identity\r\nConnection: close\r\nx-mine: \xe6\r\n"
        b"Content-Length: 2\r\n\r\n{}"
    )
    assert asked("PUT", body=None).endswith(b"\r\nContent-Length: 0\r\n\r\n")
    assert b"Content-Length" not in asked("GET", body=None)


@given(headers=st.dictionaries(TOKENS | st.text(max_size=5), VALUES | st.text(max_size=10)))
def test_a_caller_adds_the_headers_that_are_meant_or_none(headers: dict[str, str]) -> None:
    plain = asked()
    try:
        written = asked(headers=headers)
    except ValueError:
        return
    start, _, rest = written.partition(b"\r\n")
    assert start == plain.partition(b"\r\n")[0]
    assert rest.endswith(b"\r\n\r\n{}")
    fields = rest.removesuffix(b"\r\n\r\n{}").decode("latin-1").split("\r\n")
    assert fields[3:-1] == [f"{name}: {value}" for name, value in headers.items()]


@pytest.mark.parametrize(
    "name", ["Host", "content-length", "Transfer-Encoding", "connection", "User-Agent"]
)
def test_a_caller_has_no_say_in_where_a_request_ends(name: str) -> None:
    assert asked(headers={name: "7"}) == asked()


@pytest.mark.parametrize(
    "wrong",
    [
        *({"headers": {"x": value}} for value in ("a\r\nb: c", "a\nb", "a\r", "\0", "\x7f", "☃")),
        *({"headers": {name: "a"}} for name in ("x: y", "x y", "", "x\r\n", "æ")),
        *({"target": target} for target in ("/a b", "/a\r\nx: y", "", "/æ")),
        *({"method": method} for method in ("GET / HTTP/1.1\r\nX:", "", "G T")),
        *({"authority": host} for host in ("a\r\nb", "a b", "")),
    ],
)
def test_what_would_be_another_request_is_not_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"cannot be sent|without a proper name"):
        asked(**wrong)
