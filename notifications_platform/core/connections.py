"""A database connection of one's own, beside the one Django gives each thread.

For what must neither take part in a caller's transaction nor open one connection per thread:
reading the sandbox clock, the probe of readiness, the sinks.
"""

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

_DJANGOS_OWN = ("cursor_factory", "context", "prepare_threshold", "pool")


def parameters(purpose: str) -> dict[str, Any]:
    """What psycopg needs to reach the default database. `purpose` shows in pg_stat_activity.

    Connecting gives up after two seconds, and so does a connection whose peer went silent.
    """
    known = connections[DEFAULT_DB_ALIAS].get_connection_params()
    return {
        **{key: value for key, value in known.items() if key not in _DJANGOS_OWN},
        "application_name": f"notifications {purpose}",
        "connect_timeout": 2,
        "tcp_user_timeout": 2000,
        "autocommit": True,
    }


def separate(purpose: str) -> psycopg.Connection:
    """A new connection in autocommit, on which no statement waits longer than a second.

    The caller closes it. Raises psycopg.OperationalError.
    """
    connection = psycopg.connect(**parameters(purpose))
    # Statements, not start-up options: connection poolers refuse the latter.
    connection.execute("SET statement_timeout = 1000; SET lock_timeout = 500")
    return connection
