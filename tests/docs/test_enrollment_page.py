"""What docs/enrollment.md shows is what the platform answers."""

import re
from typing import Any

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from enrollment.grants import Grant
from enrollment.results import Code
from enrollment.states import Status
from notifications_platform.delivery.channels.webhook import signed_headers
from notifications_platform.runtime.demo_enrollment import SECRET
from tests.docs.demo_platform import Reader
from tests.docs.examples import steps

PAGE = settings.BASE_DIR / "docs" / "enrollment.md"


@pytest.mark.django_db(transaction=True)
def test_every_example_of_the_page_is_answered_as_it_says(
    reader: Reader, live_server: LiveServer
) -> None:
    reader.names |= {"PLATFORM": live_server.url, "PUBLIC": settings.PUBLIC_URL}

    compared = reader.follow(list(steps(PAGE)))

    assert not reader.found, "\n".join(reader.found)
    assert compared >= 15


def test_the_python_of_the_page_knows_a_genuine_call() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(code, namespace)  # noqa: S102 it is our own page
    is_genuine = namespace["is_genuine"]

    headers = signed_headers("een_1", b"{}", [SECRET])
    assert is_genuine(headers, b"{}", SECRET)
    assert not is_genuine(headers, b"{ }", SECRET)
    assert not is_genuine(headers | {"webhook-timestamp": "1"}, b"{}", SECRET)


def test_the_page_names_every_status_code_and_grant() -> None:
    text = PAGE.read_text()
    words = [*Status, *Grant, *(code for code in Code if "POEE" not in code)]
    assert [str(word) for word in words if f"`{word}`" not in text] == []
