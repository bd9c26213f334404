"""What a running platform tells other shells, and what of it survives its death."""

import os
import subprocess
import sys

import pytest

from notifications_platform.runtime.state import (
    ROOT,
    State,
    read_state,
    running_environment,
    state_file,
    write_state,
)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))


def test_other_shells_see_the_environment_while_the_supervisor_lives():
    write_state(State(os.getpid(), {"PORT": "8123"}, {}))

    assert running_environment() == {"PORT": "8123"}


def test_other_shells_see_nothing_once_it_is_gone():
    write_state(State(_dead_process(), {"PORT": "8123"}, {}))

    assert running_environment() == {}


def test_its_passwords_are_for_the_owner_only():
    write_state(State(os.getpid(), {"DATABASE_URL": "postgresql://u:p@h/d"}, {}))

    assert state_file().stat().st_mode & 0o077 == 0


def test_the_next_start_still_learns_which_processes_there_were():
    write_state(State(_dead_process(), {}, {"web": 42}))

    state = read_state()
    assert state is not None
    assert state.processes == {"web": 42}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}', "null"])
def test_a_spoiled_file_counts_as_none(content):
    state_file().parent.mkdir(parents=True)
    state_file().write_text(content)

    assert running_environment() == {}


def test_manage_py_takes_what_runs_and_its_own_variables_first(tmp_path):
    write_state(State(os.getpid(), {"PORT": "8123", "SMS_SENDER": "Running", "SANDBOX": "1"}, {}))
    asked = "from django.conf import settings as s; print(s.PORT, s.SMS_SENDER, s.SANDBOX)"

    shown = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", asked],
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SMS_SENDER": "Mine"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.split() == ["8123", "Mine", "True"]


def _dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
