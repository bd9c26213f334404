"""`make run` as a newcomer sees it: one whole run, from nothing to a stopped platform."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from notifications_platform.runtime.processes import command_line, wait_until
from notifications_platform.runtime.state import ROOT
from tests.terminal import SECONDS, Terminal


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path_factory.mktemp("run"))
    try:
        terminal.wait_for("Try it:\ncurl")
        yield terminal
    finally:
        if terminal.process.poll() is None:
            terminal.stop()


def test_one_order_is_placed_and_both_its_messages_are_shown_delivered(terminal):
    mark = re.search(r"email delivered to welcome@demo\.example .*\((\w{6})\)", terminal.text)

    assert mark
    assert re.search(rf"sms   delivered to \+4740000100 .*\({mark[1]}\)", terminal.text)


def test_the_line_to_paste_places_an_order(terminal):
    line = next(line for line in terminal.text.splitlines() if line.startswith("curl "))

    answer = _as_curl(shlex.split(line))

    assert answer.status_code == 202
    assert answer.json()["orderId"]


def test_the_commands_of_the_case_remind_and_expire_it(terminal):
    printed = re.search(
        r"A case to look at +(\S+/admin/cases/sak/[0-9a-f-]{36}/change/)", terminal.text
    )
    remind, expire, back = re.findall(
        r"^ +\.venv/bin/python manage\.py (.+?) +#", terminal.text, re.M
    )
    assert printed
    root = f"http://127.0.0.1:{terminal.environment['PORT']}"
    assert requests.get(printed[1], allow_redirects=False, timeout=30).status_code == 302
    token = terminal.manage("token --kind entra --client fager")
    query = """{ mineNotifikasjoner(grupperingsid: "demo-1") { ... on NotifikasjonConnection {
        edges { node { ... on Oppgave { oppgave { tilstand } } } } } } }"""

    def state() -> str:
        answer = requests.post(
            f"{root}/api/graphql",
            json={"query": query},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        (edge,) = answer.json()["data"]["mineNotifikasjoner"]["edges"]
        return str(edge["node"]["oppgave"]["tilstand"])

    def reminders() -> int:
        outbox = f"{root}/sandbox/api/v1/outbox?channel=sms&to=%2B4740000101"
        return len(requests.get(outbox, timeout=30).json())

    assert (state(), reminders()) == ("NY", 0)
    terminal.manage(remind)
    wait_until(lambda: reminders() == 1, seconds=SECONDS, pause=0.2)
    assert (state(), reminders()) == ("NY", 1)
    terminal.manage(expire)
    wait_until(lambda: state() == "UTGAATT", seconds=SECONDS, pause=0.2)
    assert (state(), reminders()) == ("UTGAATT", 1)
    assert terminal.manage(back).endswith("offset P0D")


def test_another_shell_needs_no_settings(terminal):
    port = terminal.environment["PORT"]
    asked = "from django.conf import settings as s; print(s.PORT, s.SANDBOX, s.EMAIL_URL)"

    shown = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", asked],
        cwd=ROOT,
        env={name: terminal.environment[name] for name in ("PATH", "VAR_DIR")},
        capture_output=True,
        text=True,
        check=True,
    )

    assert re.fullmatch(rf"{port} True smtp://127\.0\.0\.1:\d+", shown.stdout.strip())


def test_a_second_start_says_where_the_first_one_runs(terminal):
    second = subprocess.run(
        [sys.executable, "-m", "notifications_platform.runtime"],
        cwd=ROOT,
        env=terminal.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert second.returncode == 1
    assert f"already runs from this folder at http://127.0.0.1:{terminal.environment['PORT']}" in (
        second.stdout
    )


def test_ctrl_c_stops_everything_it_started(terminal):
    started = _processes(terminal.folder)
    assert len(started) > 6

    assert terminal.stop() == 0

    assert [command for pid in started if (command := command_line(pid))] == []
    assert not (terminal.folder / "run" / "state.json").exists()


def _processes(folder: Path) -> list[int]:
    services = json.loads((folder / "run" / "state.json").read_text())["processes"].values()
    postgres = (folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0]
    return [*services, int(postgres), int((folder / "valkey" / "valkey.pid").read_text())]


def _as_curl(words: list[str]) -> requests.Response:
    """What curl would do with these words; not every machine has one."""
    program, _show_headers, url, *options = words
    values = [*zip(options[::2], options[1::2], strict=True)]
    assert program == "curl"
    return requests.post(
        url,
        data=dict(values)["-d"],
        headers=dict(value.split(": ", 1) for name, value in values if name == "-H"),
        timeout=10,
    )
