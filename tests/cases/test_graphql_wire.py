"""The GraphQL door behind the real web server: what a server makes of headers and bodies."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.abuse.server import Answers, WebProcess, running_web
from tests.cases.graphql_door import APP, PATH
from tests.tokens import make_token

pytestmark = pytest.mark.django_db

WHOAMI = b'{"query": "{ whoami }"}'
FIVE = ["X-Request-ID", "X-Correlation-ID", "call-id", "callId", "call_id"]


@pytest.fixture(scope="module")
def web(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    with running_web(Path(tmp_path_factory.mktemp("web"))) as running:
        yield running


def post(web: WebProcess, *headers: str, body: bytes = WHOAMI, token: bool = True) -> Answers:
    """These very bytes, header names with their underscores and all."""
    lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += ["Content-Type: application/json", *headers]
    if token:
        lines.append(f"Authorization: Bearer {make_token(APP, '', kind='entra')}")
    if not any(line.startswith("Transfer-Encoding") for line in lines):
        lines.append(f"Content-Length: {len(body)}")
    return web.say("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def header(answers: Answers, name: str) -> str:
    found = re.search(rf"^{name}: (.*?)\r$".encode(), answers.raw, re.IGNORECASE | re.MULTILINE)
    return found[1].decode() if found else ""


@pytest.mark.parametrize("name", FIVE)
def test_each_correlation_header_reaches_the_answer_and_every_log_line(
    web: WebProcess, name: str
) -> None:
    value = f"case/{name}~1"

    answers = post(web, f"{name}: {value}")

    assert answers.statuses == [200]
    assert json.loads(answers.raw.partition(b"\r\n\r\n")[2]) == {"data": {"whoami": APP}}
    assert header(answers, "X-Correlation-ID") == value
    lines = [line for line in web.logged() if line.get("x_correlation_id") == value]
    assert [line["event"] for line in lines] == ["graphql.answered"]


def test_the_first_of_them_counts(web: WebProcess) -> None:
    answers = post(web, "call_id: third", "X-Correlation-ID: second", "X-Request-ID: first")
    assert header(answers, "X-Correlation-ID") == "first"


def test_one_is_made_when_none_is_sent_or_the_first_is_not_sane(web: WebProcess) -> None:
    made = [
        header(post(web, *headers), "X-Correlation-ID")
        for headers in ([], ["X-Request-ID: " + "a" * 129, "call_id: good"], ["call_id: a\tb"])
    ]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in made)
    assert len(set(made)) == 3


def test_a_refusal_has_one_too(web: WebProcess) -> None:
    answers = post(web, "call_id: refused-1", token=False)
    assert answers.statuses == [401]
    assert header(answers, "X-Correlation-ID") == "refused-1"
    assert header(answers, "WWW-Authenticate") == "Bearer"


def test_a_body_in_chunks_is_read(web: WebProcess) -> None:
    chunks = f"{len(WHOAMI):x}\r\n".encode() + WHOAMI + b"\r\n0\r\n\r\n"
    answers = post(web, "Transfer-Encoding: chunked", body=chunks)
    assert answers.statuses == [200]


def test_a_body_beyond_a_mebibyte_is_413_on_its_announcement(web: WebProcess) -> None:
    lines = [f"POST {PATH} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += ["Content-Type: application/json", f"Content-Length: {(1 << 20) + 1}"]
    lines.append(f"Authorization: Bearer {make_token(APP, '', kind='entra')}")
    assert web.say("\r\n".join(lines).encode() + b"\r\n\r\n{").statuses == [413]
