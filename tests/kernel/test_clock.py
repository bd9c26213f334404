"""The one clock, and moving it in the sandbox (runtime contract 5)."""

import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.sandbox import clock_moves
from notifications_platform.sandbox.models import ClockOffset
from notifications_platform.sandbox.offset import OffsetReader

URL = "/sandbox/api/v1/clock"
A_MOMENT = timedelta(seconds=5)
UNTIL_FOLLOWED = clock_moves._SECONDS_UNTIL_FOLLOWED


@pytest.fixture(autouse=True)
def _nobody_else_to_wait_for(monkeypatch):
    monkeypatch.setattr(clock_moves, "_SECONDS_UNTIL_FOLLOWED", 0)


def move(client, **body):
    return client.post(URL, body, content_type="application/json")


def close_to(moment: datetime) -> bool:
    return abs(clock.now() - moment) < A_MOMENT


def test_business_time_is_real_time_until_somebody_moves_it(client, sandbox_clock):
    shown = client.get(URL).json()

    assert shown["offset"] == "P0D"
    assert shown["now"].endswith("Z")
    assert abs(datetime.fromisoformat(shown["now"]) - clock.real()) < A_MOMENT


def test_the_process_that_moves_the_clock_follows_at_once(client, sandbox_clock):
    answer = move(client, advance="P7D")

    assert answer.status_code == 200
    assert answer.json()["offset"] == "P7D"
    assert clock.offset() == timedelta(days=7)
    assert client.get(URL).json()["offset"] == "P7D"


@pytest.mark.parametrize("advance", ["P7D", "-P7D"])
def test_when_the_answer_comes_every_process_follows(client, sandbox_clock, monkeypatch, advance):
    monkeypatch.setattr(clock_moves, "_SECONDS_UNTIL_FOLLOWED", UNTIL_FOLLOWED)
    another_process = OffsetReader()
    assert another_process() == timedelta(0)

    move(client, advance=advance)

    assert another_process() == clock.offset() != timedelta(0)
    another_process.close()


def test_leases_and_tokens_do_not_follow(client, sandbox_clock):
    move(client, advance="P7D")

    assert abs(clock.real() - datetime.now(UTC)) < A_MOMENT  # noqa: TID251


def test_moves_add_up_and_may_go_back(client, sandbox_clock):
    move(client, advance="P7D")
    move(client, advance="PT1H30M")
    answer = move(client, advance="-P8D")

    assert clock.offset() == timedelta(hours=1, minutes=30) - timedelta(days=1)
    assert answer.json()["offset"] == "-PT22H30M"


def test_months_are_calendar_months(client, sandbox_clock):
    move(client, now="2027-01-31T08:00:00Z")
    move(client, advance="P1M")

    assert close_to(datetime(2027, 2, 28, 8, tzinfo=UTC))


def test_the_clock_can_be_set_in_any_zone(client, sandbox_clock):
    answer = move(client, now="2026-12-24T08:00:00+01:00")

    assert answer.json()["now"].startswith("2026-12-24T07:00:00")
    assert close_to(datetime(2026, 12, 24, 7, tzinfo=UTC))


def test_a_reset_goes_back_to_real_time(client, sandbox_clock):
    move(client, advance="P1Y")

    assert move(client, reset=True).json()["offset"] == "P0D"
    assert clock.offset() == timedelta(0)


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "P7D",
        None,
        {"reset": False},
        {"reset": 1},
        {"advance": "7 days"},
        {"advance": "P"},
        {"advance": ""},
        {"advance": 7},
        {"advance": None},
        {"advance": "P0.5M"},
        {"advance": "P99999999999999999999D"},
        {"advance": "P8000Y"},
        {"advance": "-P200Y"},
        {"advance": "P1D", "reset": True},
        {"advance": "P1D", "by": "me"},
        {"now": "2026-12-24T08:00:00"},
        {"now": "2026-12-24"},
        {"now": "tomorrow"},
        {"now": 1798099200},
        {"now": "0001-01-01T00:00:00+14:00"},
        {"now": "9999-12-31T23:59:59-14:00"},
    ],
    ids=str,
)
def test_anything_else_is_refused_and_moves_nothing(client, db, body):
    move(client, advance="P1D")

    answer = client.post(URL, body, content_type="application/json")

    assert answer.status_code == 400
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer.json()["status"] == 400
    assert ClockOffset.objects.get().ahead == timedelta(days=1)


def test_other_processes_follow_within_a_second(client, sandbox_clock):
    elsewhere = OffsetReader()
    try:
        assert elsewhere() == timedelta(0)
        move(client, advance="P7D")
        tries = 0
        while elsewhere() != timedelta(days=7):
            assert (tries := tries + 1) < 50
            time.sleep(0.02)
    finally:
        elsewhere.close()


def test_the_command_moves_the_same_clock(sandbox_clock, capsys):
    call_command("clock", "--advance", "P7D")
    assert "offset P7D" in capsys.readouterr().out
    assert clock.offset() == timedelta(days=7)

    call_command("clock", "--now", "2026-12-24T08:00:00Z")
    assert "now 2026-12-24T08:00:00Z" in capsys.readouterr().out

    call_command("clock", "--reset")
    assert "offset P0D" in capsys.readouterr().out


def test_the_command_refuses_what_the_call_refuses(sandbox_clock):
    with pytest.raises(CommandError, match="no ISO 8601 duration"):
        call_command("clock", "--advance", "soon")
    assert clock.offset() == timedelta(0)


def test_reading_the_clock_neither_uses_nor_breaks_a_transaction(
    client, sandbox_clock, django_assert_num_queries
):
    move(client, advance="P7D")
    sandbox_clock.close()

    with transaction.atomic(), django_assert_num_queries(0):
        assert clock.offset() == timedelta(days=7)


def test_the_clock_can_be_read_in_a_broken_transaction(client, sandbox_clock):
    move(client, advance="P7D")
    sandbox_clock.close()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:  # noqa: PT012
        with pytest.raises(DatabaseError):
            cursor.execute("SELECT 1/0")
        assert clock.offset() == timedelta(days=7)
        cursor.execute("SELECT 1")


def test_threads_share_one_connection_for_the_clock(sandbox_clock):
    before = clock_connections()
    threads = [threading.Thread(target=clock.now) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    # Servers that other tests have started may have one of their own.
    assert len(clock_connections() - before) <= 1


def clock_connections() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity"
            " WHERE application_name = 'notifications clock' AND datname = current_database()"
        )
        return {row[0] for row in cursor.fetchall()}


def test_a_database_that_is_not_migrated_yet_counts_as_not_moved(sandbox_clock):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE sandbox_clock RENAME TO sandbox_clock_away")
            # Our own lock on the table makes others wait: they wait briefly, and never fail.
            assert clock.offset() == timedelta(0)
        transaction.set_rollback(True)


def test_while_the_database_is_away_the_last_offset_known_counts(
    client, sandbox_clock, monkeypatch
):
    move(client, advance="P7D")
    closed_port = {**parameters("clock"), "port": 1}
    monkeypatch.setattr(
        "notifications_platform.core.connections.parameters", lambda _purpose: closed_port
    )
    sandbox_clock._drop_connection()
    sandbox_clock._fresh_until = 0.0

    assert clock.offset() == timedelta(days=7)


def test_outside_the_sandbox_nothing_of_it_exists():
    urls = ["clock", "outbox", "jwks.json"]
    program = (
        "import django; django.setup()\n"
        "from django.core.management import get_commands\n"
        "from django.test import Client\n"
        "from notifications_platform.core import clock\n"
        f"paths = ['/sandbox/outbox', *('/sandbox/api/v1/' + url for url in {urls!r})]\n"
        "print([Client(SERVER_NAME='localhost').get(path).status_code for path in paths])\n"
        "commands = {'clock', 'token', 'sandbox_sinks', 'sandbox_staff'}\n"
        "print(sorted(commands & set(get_commands())))\n"
        "print(clock.offset())\n"
    )
    environment = {
        **os.environ,
        "SANDBOX": "0",
        "SECRET_KEY": "abcdefghij" * 5,
        "SIGNING_KEY": "unused",
    }
    environment["DJANGO_SETTINGS_MODULE"] = "notifications_platform.settings"

    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout.splitlines() == ["[404, 404, 404, 404]", "[]", "0:00:00"]
