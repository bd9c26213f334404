"""An embedded PostgreSQL: one cluster in a folder, one server, its password in `var/secrets`."""

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg
from psycopg import sql

from notifications_platform.runtime.accounts import (
    STEP,
    USE_OTHER_DATABASE,
    Account,
    can_enter,
    server_account,
)
from notifications_platform.runtime.binaries import Program, find_postgres
from notifications_platform.runtime.embedded import EmbeddedServer
from notifications_platform.runtime.failure import (
    DISK_FULL,
    FREE_SPACE,
    StepError,
    tells_of_full_disk,
)
from notifications_platform.runtime.processes import (
    clean_environment,
    command_line,
    log_tail,
    start,
    wait_until,
    working_directory,
)

DATABASE = "notifications"
_USER = "postgres"
_BUILTIN_LOCALES = 17  # the first version with a locale provider of its own
_ASYNCHRONOUS_IO = 18
_TRIES = 3
_START_SECONDS = 120  # recovery after a crash may take its time

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    # One server without replicas: no sender, no replication launcher, less to log.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    # Tables that are queues: dead rows must go early.
    "autovacuum_naptime": "15s",
    "random_page_cost": "1.1",
    "jit": "off",
    # Errors quote values, and values are personal data: they stay out of the log.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Nothing goes on in it that nobody has asked for: the same plans and locks each time.
    "autovacuum": "off",
}


@dataclass
class Postgres(EmbeddedServer):
    """A cluster, made at the first start if there is none, in `folder`/data."""

    name: ClassVar[str] = "PostgreSQL"
    step: ClassVar[str] = STEP
    # Fast shutdown: open transactions are rolled back.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    stop_seconds: ClassVar[int] = 20

    @property
    def url(self) -> str:
        return f"postgresql://{_USER}:{self.password}@127.0.0.1:{self._port}/{DATABASE}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        account = server_account(self._data)
        program = find_postgres(account)
        self._initialise(program, account)
        self._refuse_other_version(program)
        self.stop()
        self._end_leftover()
        self._start_on_a_port(program, account)
        self._create_database()

    def _initialise(self, program: Program, account: Account | None) -> None:
        if self._data.exists():
            return
        work = self.folder / "initialising"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(mode=0o700)
        (work / "data").mkdir(mode=0o700)
        password = work / "password"
        password.touch(mode=0o600)
        password.write_text(self.password + "\n")
        if account:
            for path in (work, work / "data", password):
                os.chown(path, account.uid, account.gid)
        self._run_initdb(program, account, work)
        # Only a finished cluster gets the name under which a start looks for it.
        (work / "data").rename(self._data)
        shutil.rmtree(work)

    def _run_initdb(self, program: Program, account: Account | None, work: Path) -> None:
        as_seen = _as_seen_by(account, work / "data")
        command = [
            str(program.path.with_name("initdb")),
            f"--pgdata={as_seen}",
            f"--pwfile={as_seen}/../password",
            f"--username={_USER}",
            "--encoding=UTF8",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            *_locale_options(program),
            *([] if self.durable else ["--no-sync"]),
        ]
        with self.log.open("wb") as output:
            done = start(
                command,
                environment=clean_environment(),
                directory=work / "data",
                output=output,
                death_signal=signal.SIGKILL,
                account=account,
            ).wait()
        if done != 0:
            raise self._failed(f"initdb ended with code {done}")

    def _refuse_other_version(self, program: Program) -> None:
        with suppress(FileNotFoundError):
            made_by = (self._data / "PG_VERSION").read_text().strip()
            if made_by == str(program.major):
                return
            raise StepError(
                STEP,
                f"the data in {self._data} is of PostgreSQL {made_by}, "
                f"the server found is version {program.major}",
                f"put PostgreSQL {made_by} on PATH and pg_dump the data, or move {self.folder} "
                f"away to start empty, or {USE_OTHER_DATABASE}",
            )
        raise StepError(
            STEP,
            f"{self._data} holds no PostgreSQL cluster (PG_VERSION is missing)",
            f"move {self._data} away to start empty",
        )

    def _end_leftover(self) -> None:
        """Stop a server that outlived its supervisor; forget one that died without goodbye."""
        note = self._data / "postmaster.pid"
        try:
            pid = int(note.read_text().splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return
        if not self._is_our_server(pid):
            note.unlink(missing_ok=True)
            return
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        if not wait_until(lambda: not self._is_our_server(pid), seconds=self.stop_seconds):
            raise StepError(
                STEP,
                f"an earlier server of this folder (process {pid}) does not stop",
                f"kill -QUIT {pid}",
            )

    def _is_our_server(self, pid: int) -> bool:
        # The number alone proves nothing: after a reboot it may be anybody's.
        if "postgres" not in command_line(pid):
            return False
        standing_in = working_directory(pid)
        if standing_in is not None:
            return standing_in == self._data.resolve()
        return str(self._data) in command_line(pid)

    def _start_on_a_port(self, program: Program, account: Account | None) -> None:
        self._port = self.ports.port("postgres")
        for _ in range(_TRIES):
            self._launch(program, account)
            if self._answers():
                return
            self.stop()
            last_words = self.log.read_text(errors="replace")
            if "Address already in use" in last_words:  # somebody was faster
                self._port = self.ports.another("postgres")
            elif "is still in use" in last_words:  # processes of a killed server are just leaving
                time.sleep(1)
            else:
                break
        raise self._failed("the server ended, or gave no answer")

    def _launch(self, program: Program, account: Account | None) -> None:
        """Start the server; come back when it answers or has ended."""
        options = dict(_OPTIONS, port=str(self._port))
        if program.major >= _ASYNCHRONOUS_IO:
            options["io_method"] = "sync"  # else three more processes, for nothing on this load
        if not self.durable:
            options |= _THROW_AWAY
        with self.log.open("wb") as output:
            process = self._process = start(
                [
                    program.path,
                    f"-D{_as_seen_by(account, self._data)}",
                    *(f"--{name}={value}" for name, value in options.items()),
                ],
                environment=clean_environment(),
                directory=self._data,
                output=output,
                death_signal=signal.SIGINT,
                account=account,
            )
        wait_until(lambda: process.poll() is not None or self._answers(), seconds=_START_SECONDS)

    def _answers(self) -> bool:
        if not self.is_running():
            return False  # whoever answers on that port is somebody else
        try:
            with self._connect() as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StepError(
                    STEP,
                    "the password kept in var/secrets is not the one this cluster was made with",
                    f"put the old file back, or move {self.folder} away to start empty",
                ) from error
            return False
        return True

    def _create_database(self) -> None:
        try:
            self._create_missing_database()
        except psycopg.OperationalError as error:
            # It has answered before: it ended since, or is coming up anew after losing a process.
            raise self._failed("the server went away as soon as it had answered") from error

    def _create_missing_database(self) -> None:
        with self._connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self._port,
            user=_USER,
            password=self.password,
            dbname="postgres",
            connect_timeout=5,
            autocommit=True,
        )

    def _failed(self, cause: str) -> StepError:
        tail = log_tail(self.log)
        if tells_of_full_disk(tail):
            return StepError(STEP, DISK_FULL, FREE_SPACE, tail)
        return StepError(STEP, cause, f"see {self.log}, or {USE_OTHER_DATABASE}", tail)


def _locale_options(program: Program) -> list[str]:
    """The same order and case rules on every machine, as far as the version has its own."""
    if program.major >= _BUILTIN_LOCALES:
        return ["--locale-provider=builtin", "--locale=C.UTF-8"]
    return ["--locale-provider=libc", f"--locale={'C' if sys.platform == 'darwin' else 'C.UTF-8'}"]


def _as_seen_by(account: Account | None, folder: Path) -> Path:
    """A path by which the server's user reaches `folder`, in which it is started.

    Root's own folders are often closed to everybody else. A process is free to name the
    folder it stands in without passing its parents, so that the cluster can stay in `var`
    and nobody's permissions change.
    """
    if can_enter(account, folder):
        return folder
    if sys.platform.startswith("linux"):
        return Path("/proc/self/cwd")
    raise StepError(
        STEP,
        f"the user {account.name if account else ''} cannot enter {folder}",
        f"set VAR_DIR to a folder below public ones, or {USE_OTHER_DATABASE}",
    )
