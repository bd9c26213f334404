"""The embedded PostgreSQL, as a person meets it: started, killed, started again, misplaced."""

import os
import shutil
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from notifications_platform.runtime.failure import StepError
from notifications_platform.runtime.processes import command_line, wait_until
from tests.runtime.servers_here import postgres_in, query, started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cluster for the module: making it costs a second. Closed to others, as /root is."""
    folder = tmp_path_factory.mktemp("embedded")
    folder.chmod(0o700)
    with started(postgres_in(folder)):
        pass
    return folder


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    """A copy of the stopped cluster, to spoil."""
    shutil.copytree(folder, tmp_path / "copy", copy_function=shutil.copy2)
    for path in [tmp_path / "copy" / "postgres" / "data"]:
        owner = (folder / "postgres" / "data").stat()
        for inner in [path, *path.rglob("*")]:
            os.chown(inner, owner.st_uid, owner.st_gid)
    return tmp_path / "copy"


def test_its_rows_are_there_after_a_stop_and_a_second_start(folder):
    with started(postgres_in(folder)) as server:
        query(server, "CREATE TABLE kept_over_stop (n int)")
        query(server, "INSERT INTO kept_over_stop VALUES (1)")
        first = server.url
    with started(postgres_in(folder)) as server:
        assert query(server, "SELECT n FROM kept_over_stop") == [(1,)]
        assert server.url == first


def test_a_server_that_dies_as_soon_as_it_has_answered_is_a_failed_step_and_starts_again(
    copied, monkeypatch
):
    server = postgres_in(copied)
    start = server._start_on_a_port

    def dies(*given):
        start(*given)
        os.kill(_postmaster(copied), signal.SIGKILL)
        assert wait_until(lambda: not server.is_running(), seconds=5)

    monkeypatch.setattr(server, "_start_on_a_port", dies)
    with pytest.raises(StepError, match="went away"):
        server.start()
    monkeypatch.undo()
    with started(server):
        assert query(server, "SELECT 1") == [(1,)]


def test_committed_rows_survive_a_kill_of_the_server(folder):
    with started(postgres_in(folder)) as server:
        query(server, "CREATE TABLE kept_over_kill (n int)")
        query(server, "INSERT INTO kept_over_kill VALUES (2)")
        os.kill(_postmaster(folder), signal.SIGKILL)
        assert wait_until(lambda: not server.is_running(), seconds=5)

        server.start()

        assert query(server, "SELECT n FROM kept_over_kill") == [(2,)]


def test_a_server_that_outlived_its_supervisor_is_replaced(folder):
    with started(postgres_in(folder)):
        left_over = _postmaster(folder)

        with started(postgres_in(folder)) as server:
            assert query(server, "SELECT 1") == [(1,)]
            assert _postmaster(folder) != left_over


def test_a_pid_file_of_a_killed_machine_naming_somebody_else_harms_nobody(folder):
    with started(postgres_in(folder)):
        note = folder / "postgres" / "data" / "postmaster.pid"
        stale = note.read_text().splitlines()
    note.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")

    with started(postgres_in(folder)) as server:
        assert query(server, "SELECT 1") == [(1,)]


def test_nobody_gets_in_without_the_password(folder):
    with (
        started(postgres_in(folder)) as server,
        pytest.raises(psycopg.OperationalError, match="password"),
    ):
        psycopg.connect(server.url.replace(server.password, "wrong"))


def test_norwegian_letters_have_the_same_case_rules_on_every_machine(folder, monkeypatch):
    monkeypatch.setenv("LANG", "nb_NO.UTF-8")
    monkeypatch.setenv("LC_ALL", "no_SUCH.locale")
    with started(postgres_in(folder)) as server:
        assert query(server, "SELECT lower('ÆØÅ'), current_setting('TimeZone')") == [("æøå", "UTC")]


def test_another_port_is_taken_when_the_known_one_is_in_use(folder):
    with started(postgres_in(folder)) as server:
        known = urlsplit(server.url).port
    with (
        socket.create_server(("127.0.0.1", known)),
        started(postgres_in(folder)) as server,
    ):
        assert query(server, "SELECT 1") == [(1,)]
        assert urlsplit(server.url).port != known


def test_a_cluster_of_another_major_version_is_refused_and_left_alone(copied):
    version = copied / "postgres" / "data" / "PG_VERSION"
    version.write_text("13\n")

    with pytest.raises(StepError, match=r"is of PostgreSQL 13.*To mend it: .*pg_dump"):
        postgres_in(copied).start()

    assert version.read_text() == "13\n"


def test_a_cluster_that_was_only_half_made_is_made_anew(copied):
    (copied / "postgres" / "data").rename(copied / "postgres" / "initialising")

    with started(postgres_in(copied)) as server:
        assert query(server, "SELECT 1") == [(1,)]
    assert not (copied / "postgres" / "initialising").exists()


def test_a_password_that_does_not_fit_the_cluster_is_named_as_the_cause(copied):
    server = postgres_in(copied)
    server.password = "another"

    with pytest.raises(StepError, match=r"password kept in var/secrets"):
        server.start()

    assert not server.is_running()


def test_a_broken_configuration_shows_the_end_of_the_log(copied):
    (copied / "postgres" / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(StepError, match=r"(?s)To mend it: see .*postgres.log.*no_such_setting"):
        postgres_in(copied).start()


def _postmaster(folder: Path) -> int:
    pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
    assert "postgres" in command_line(pid)
    return pid
