"""The README's first call is the one that `make run` prints, and is answered as it says."""

import re
import shlex

import pytest
from django.conf import settings

from notifications_platform.runtime.banner import Banner
from tests.docs.demo_platform import Reader
from tests.docs.examples import Call, Token, steps

PAGE = settings.BASE_DIR / "README.md"


def call() -> list[str]:
    """The words of the README's curl line."""
    found = re.search(r"^curl .*?(?<!\\)$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found
    return shlex.split(found[0].replace("\\\n", " "))


def test_the_call_is_the_one_that_make_run_prints() -> None:
    printed = Banner("http://127.0.0.1:8000", sandbox=True, token="$TOKEN").curl_line()
    assert call() == shlex.split(printed)


@pytest.mark.django_db(transaction=True)
def test_the_call_is_answered_as_the_page_says(reader: Reader) -> None:
    words = iter(call()[2:])
    url = next(words)
    options = list(zip(words, words, strict=True))
    headers = dict(value.split(": ", 1) for name, value in options if name == "-H")
    body = next(value for name, value in options if name == "-d")
    token, answer, *_ = steps(PAGE)
    assert isinstance(token, Token)

    path = url.removeprefix(settings.PUBLIC_URL)
    reader.follow([token, Call(answer.line, "POST", path, headers, body), answer])

    assert not reader.found
