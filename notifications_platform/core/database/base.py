"""Django's PostgreSQL backend, without three of its costs.

At the first query of each request Django asks whether the connection still lives, by a query
of its own. A server that went away closes its end, which the system tells for nothing; only a
connection on which something waits is asked the expensive way.

And Django reads each `timestamptz` by regular expressions in Python, some 5 µs apiece, three
to a claimed message; the standard library reads what PostgreSQL writes for UTC in C.

And Django tells the driver to prepare no statement, whoever asks for it: core.prepared does.
"""

import select
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db.backends.postgresql import base, operations
from psycopg.adapt import Loader
from psycopg.types.datetime import TimestamptzLoader


class UtcLoader(Loader):
    timezone = UTC  # Django asks for it

    def load(self, data: psycopg.abc.Buffer) -> datetime:
        try:
            return datetime.fromisoformat(bytes(data).decode())
        except ValueError:  # before Christ, infinity: psycopg has words for them
            return TimestamptzLoader(self.oid, self.connection).load(data)


class DatabaseOperations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """A prepared statement, whose text the driver does not keep, is told as it was given."""
        return super().last_executed_query(cursor, sql, params) or sql


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection:
        connection: psycopg.Connection = super().get_new_connection(conn_params)
        if self.timezone is UTC:
            connection.adapters.register_loader("timestamptz", UtcLoader)
        # The driver's own default. Django's cursors, which write values into the text, never
        # prepare whatever it says.
        connection.prepare_threshold = 5
        return connection

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return not waiting.poll(0) or super().is_usable()
