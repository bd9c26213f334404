"""The README's first call is the one that `make run` prints, and is answered as it says."""

import io
import re
import shlex

import pytest
from django.conf import settings
from pytest_django.live_server_helper import LiveServer

from cases.models import Notifikasjon
from notifications_platform.runtime.banner import CASE_COMMANDS, Banner
from notifications_platform.runtime.demo_case import MOBILE, PRODUCER, CaseDemo
from notifications_platform.runtime.output import Output
from notifications_platform.runtime.web_client import WebClient
from notifications_platform.sandbox.models import Received
from tests.docs.demo_platform import Reader, let_workers_run, manage
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


@pytest.mark.django_db(transaction=True)
def test_the_commands_of_the_case_remind_expire_and_return(
    reader: Reader, live_server: LiveServer
) -> None:
    token = manage("token", "--client", PRODUCER, "--kind", "entra")
    web = WebClient((live_server.thread.host, live_server.thread.port), live_server.url)
    CaseDemo(web, Output(io.StringIO())).show(token)
    let_workers_run()
    remind, expire, back = clock_commands()

    assert not Received.objects.filter(recipient=MOBILE).exists()
    manage(*remind)
    let_workers_run()
    assert Received.objects.filter(recipient=MOBILE).count() == 1
    assert Notifikasjon.objects.get().tilstand == "NY"
    manage(*expire)
    let_workers_run()
    assert Notifikasjon.objects.get().tilstand == "UTGAATT"
    assert manage(*back).endswith("offset P0D")


def test_the_commands_of_the_case_are_those_that_make_run_prints() -> None:
    assert clock_commands() == [
        shlex.split(command.partition("manage.py ")[2]) for command, _effect in CASE_COMMANDS
    ]


def clock_commands() -> list[list[str]]:
    """As manage.py gets them, without what the page says about them."""
    found = re.findall(r"^\S+ manage\.py (clock .+?)(?: +#.*)?$", PAGE.read_text(), re.MULTILINE)
    return [shlex.split(command) for command in found]
