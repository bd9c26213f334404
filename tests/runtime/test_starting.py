"""What is refused before anything starts: each in one line with its cause and its mend."""

import errno
import os
import shutil
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from notifications_platform.runtime import accounts
from notifications_platform.runtime.alone import only_supervisor
from notifications_platform.runtime.commands import run_step
from notifications_platform.runtime.failure import StepError, explained, with_full_disk
from notifications_platform.runtime.leftovers import end_leftovers
from notifications_platform.runtime.plan import make_plan
from notifications_platform.runtime.ports import PortBook
from notifications_platform.runtime.processes import command_line, wait_until
from notifications_platform.runtime.state import ROOT, State, read_state, write_state


def plan(tmp_path, **given: str):
    return make_plan(ROOT, tmp_path, given, PortBook(tmp_path / "ports.json"))


def test_a_taken_web_port_is_named_with_another_to_choose(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StepError, match=rf"port {port} .* is taken .*PORT={port + 1} make run"):
            plan(tmp_path, PORT=str(port))


@pytest.mark.parametrize("name", ["PORT", "WORKERS", "WEB_WORKERS"])
def test_a_number_that_is_none_is_named(tmp_path, name):
    with pytest.raises(StepError, match=f"{name} is 'many'"):
        plan(tmp_path, **{name: "many"})


def test_an_address_of_another_machine_is_refused(tmp_path):
    with pytest.raises(StepError, match="set HOST to an address of this machine"):
        plan(tmp_path, HOST="192.0.2.1", PORT=str(_free()))


def test_the_sandbox_gets_sinks_of_its_own(tmp_path):
    planned = plan(tmp_path, PORT=str(_free()))

    assert planned.own_sinks
    assert planned.settings["EMAIL_URL"] == f"smtp://127.0.0.1:{_setting(planned, 'SMTP')}"
    assert planned.settings["SMS_GATEWAY_URL"] == (
        f"pswin+http://sandbox:sandbox@127.0.0.1:{_setting(planned, 'SMS')}/"
    )


def test_given_gateways_are_kept_and_need_no_sinks(tmp_path):
    given = {"EMAIL_URL": "smtp://mail:25", "SMS_GATEWAY_URL": "pswin+http://u:p@gateway/"}
    planned = plan(tmp_path, PORT=str(_free()), **given)

    assert not planned.own_sinks
    assert given.items() <= planned.settings.items()


def test_outside_the_sandbox_there_are_no_sinks(tmp_path):
    planned = plan(tmp_path, PORT=str(_free()), SANDBOX="0")

    assert not planned.own_sinks
    assert "EMAIL_URL" not in planned.settings


def test_a_second_supervisor_of_the_folder_is_told_where_the_first_one_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    with only_supervisor(tmp_path):
        write_state(State(4711, {"PUBLIC_URL": "http://127.0.0.1:8123"}, {}))
        refused = pytest.raises(StepError, match=r"already runs .* at http://127.0.0.1:8123")
        with refused, only_supervisor(tmp_path):
            pass
    with only_supervisor(tmp_path):
        pass


def test_what_a_killed_run_left_is_ended_and_strangers_are_not(tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    ours = _sleeper([sys.executable, "-c", "import time; time.sleep(60)"])
    stranger = _sleeper(["/bin/sleep", "60"])
    with ours, stranger:
        write_state(State(4711, {}, {"web": ours.pid, "beat": stranger.pid}))

        end_leftovers()

        assert ours.wait(5) == -9
        assert stranger.poll() is None
        assert read_state() is None
        stranger.kill()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full .*free some space"), (errno.EACCES, "may not touch /x")],
)
def test_what_the_system_refuses_is_explained(number, words):
    with pytest.raises(StepError, match=words), explained("Starting PostgreSQL"):
        raise OSError(number, os.strerror(number), "/x")


def test_a_user_without_an_entry_is_asked_for_a_database_url(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 987654)
    with pytest.raises(StepError, match=r"uid 987654.*no entry.*DATABASE_URL"):
        accounts.server_account(tmp_path / "none")


def test_another_users_cluster_is_refused_with_its_owner(tmp_path, monkeypatch):
    somebody = os.stat("/").st_uid or 0
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    with pytest.raises(StepError, match=rf"belongs to another user \(uid {somebody}\)"):
        accounts.server_account(ROOT.__class__("/"))


@pytest.mark.parametrize(
    ("name", "url", "step"),
    [
        ("DATABASE_URL", "postgresql://u:the-secret@127.0.0.1:{port}/x", "database"),
        ("REDIS_URL", "redis://:the-secret@127.0.0.1:{port}/0", "server"),
        ("BROKER_URL", "amqp://u:the-secret@127.0.0.1:{port}/x", "broker"),
    ],
)
def test_a_given_server_that_does_not_answer_is_named_without_its_password(name, url, step):
    port = _free()
    with pytest.raises(StepError) as refused:
        run_step(
            [sys.executable, "-m", "notifications_platform.runtime.outside"],
            "Reaching the given servers",
            "correct them",
            ROOT,
            {"PATH": os.environ["PATH"], name: url.format(port=port)},
        )

    assert f"Reaching the {step} of {name} failed: 127.0.0.1:{port}" in str(refused.value)
    assert "the-secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_setting_of_production_is_one_clear_line(tmp_path):
    with pytest.raises(StepError) as refused:
        run_step(
            [sys.executable, "-c", "import notifications_platform.settings"],
            "Reading the settings",
            "correct it",
            ROOT,
            {"PATH": os.environ["PATH"], "SANDBOX": "0", "VAR_DIR": str(tmp_path)},
        )

    assert "SECRET_KEY is not set" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SWEEP_SECONDS", "often", "SWEEP_SECONDS is 'often': not a number"),
        ("SWEEP_SECONDS", "0", "SWEEP_SECONDS is 0.0: give a number above zero"),
        ("DELIVERY_LEASE_SECONDS", "-1", "DELIVERY_LEASE_SECONDS is -1.0: give a number above"),
        ("ORDERS_SMS_HOURS", "25-3", "ORDERS_SMS_HOURS: '25-3' is no window"),
        ("CASES_SMS_HOURS", "8:30-14", "CASES_SMS_HOURS: '8:30-14' is no window: write it as 9-17"),
        ("LOG_FORMAT", "yaml", "LOG_FORMAT is 'yaml': give console or json"),
        ("SANDBOX", "maybe", "SANDBOX is 'maybe': give 1 or 0"),
        ("OUTBOUND_ALLOW_PRIVATE", "2", "OUTBOUND_ALLOW_PRIVATE is '2': give 1 or 0"),
        ("ALLOWED_HOSTS", "other.example", "ALLOWED_HOSTS lacks the host of PUBLIC_URL: add it"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_in_one_line(tmp_path, name, value, says):
    assert says in _refusal({"SANDBOX": "1", "VAR_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize("key", ["short", "a" * 50])
def test_a_weak_secret_key_stops_the_start_outside_the_sandbox(tmp_path, key):
    given = {"SANDBOX": "0", "VAR_DIR": str(tmp_path), "SECRET_KEY": key, "SIGNING_KEY": "x"}
    assert "SECRET_KEY is too weak" in _refusal(given)


def test_a_setting_that_a_check_refuses_is_a_step_of_its_own(tmp_path):
    with pytest.raises(StepError) as refused:
        run_step(
            [sys.executable, "manage.py", "migrate"],
            "Migrating the database",
            "see below",
            ROOT,
            {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SANDBOX": "1"}
            | {"TOKEN_ISSUERS": '[{"kind": "guesswork"}]'},
        )

    assert str(refused.value).startswith(
        "Checking the settings failed: TOKEN_ISSUERS[0].kind: 'guesswork' is none of altinn, "
    )
    assert "\n" not in str(refused.value)


def test_a_web_server_started_by_hand_says_what_is_missing_without_a_traceback(tmp_path):
    started = subprocess.run(
        [sys.executable, "-c", "import notifications_platform.wsgi"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SANDBOX": "0"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert started.returncode == 1
    assert started.stderr == (
        "Reading the settings failed: SECRET_KEY is not set. It is required when SANDBOX=0.\n"
    )


def _refusal(environment: dict[str, str]) -> str:
    """What is said of the settings; one line."""
    with pytest.raises(StepError) as refused:
        run_step(
            [sys.executable, "-c", "import notifications_platform.settings"],
            "Reading the settings",
            "correct it",
            ROOT,
            {"PATH": os.environ["PATH"], **environment},
        )
    assert "\n" not in str(refused.value)
    return str(refused.value)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _setting(planned, sink: str) -> str:
    return str(planned.settings[f"SANDBOX_{sink}_PORT"])


def _sleeper(command: list[str]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command, start_new_session=True)
    assert wait_until(lambda: command[0] in command_line(process.pid), seconds=5)
    return process


def test_a_failure_on_a_full_disk_names_the_disk(tmp_path, monkeypatch):
    failure = StepError("Migrating the database", "the server went away", "see below")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=4096))

    assert with_full_disk(failure, tmp_path).step == failure.step
    assert str(with_full_disk(failure, tmp_path)).startswith(
        "Migrating the database failed: the disk is full. To mend it: free some space"
    )
