"""Can this process do its work? Each part is asked anew, over connections of the probe's own."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import psycopg
import structlog
from celery import current_app
from django.db.migrations.loader import MigrationLoader

from notifications_platform.core import connections

log = structlog.get_logger(__name__)

_VALID_SECONDS = 1.0
_BROKER_SECONDS = 2.0

Findings = Mapping[str, str]
"""Each part, and what keeps it from working; empty where nothing does."""


class Readiness:
    """Remembers its findings for a second, so that asking often costs the servers nothing."""

    def __init__(self, look: Callable[[], Findings]) -> None:
        self._look = look
        self._lock = threading.Lock()
        self._found: Findings = {}
        self._valid_until = 0.0

    def __call__(self) -> Findings:
        with self._lock:
            if time.monotonic() >= self._valid_until:
                self._found = self._look()
                self._valid_until = time.monotonic() + _VALID_SECONDS
            return self._found


def look() -> Findings:
    """Ask database and broker at the same time; at most two seconds or so."""
    with ThreadPoolExecutor(2) as both:
        database = both.submit(_database)
        broker = both.submit(_broker)
        findings = {**database.result(), "broker": broker.result()}
    for part, trouble in findings.items():
        if trouble:
            log.warning("health.not_ready", part=part, trouble=trouble)
    return findings


def _database() -> Findings:
    try:
        with connections.separate("readiness") as connection:
            return {"database": "", "migrations": _missing_migrations(connection)}
    except psycopg.Error as error:
        return {"database": f"cannot be reached ({type(error).__name__})", "migrations": ""}


def _missing_migrations(connection: psycopg.Connection) -> str:
    try:
        rows = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    except psycopg.errors.UndefinedTable:
        rows = []
    missing = _newest_migrations() - {(app, name) for app, name in rows}
    named = ", ".join(sorted(".".join(migration) for migration in missing))
    return f"not applied: {named}" if missing else ""


@lru_cache(maxsize=1)
def _newest_migrations() -> frozenset[tuple[str, str]]:
    """The last migration of each app, as this process's code has them."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _broker() -> str:
    with current_app.connection_for_write() as connection:
        options = connection.transport_options or {}
        if "socket_timeout" in options:
            # Workers have more patience with a broker that does not answer.
            connection.transport_options = {**options, "socket_timeout": _BROKER_SECONDS}
        try:
            # Establishing only, without Celery's patience for a broker that comes up later.
            established = connection.transport.establish_connection()
            connection.transport.close_connection(established)
        except (*connection.connection_errors, *connection.channel_errors) as error:
            return f"cannot be reached ({type(error).__name__})"
    return ""


readiness = Readiness(look)
