"""Empties the database after a test that has committed what it wrote.

Django truncates every table there is, makes permissions and content types anew, and connects
again: a third of a second, hundreds of times over. Most tests have written to a few tables only.
"""

from typing import Any

from django.db import connection
from django.test import TransactionTestCase

# Made by the migrations, from the models themselves, and never changed by anybody.
_KEPT = ["auth_permission", "django_content_type", "django_migrations"]


def empty() -> None:
    """Truncate what has been written to, on the connection of the test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname) FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            " AND relname <> ALL(%s) AND pg_relation_size(oid) > 0",
            [_KEPT],
        )
        written = ", ".join(name for (name,) in cursor.fetchall())
        if written:
            # What refers to a table that is emptied is to be empty as well.
            cursor.execute(f"TRUNCATE {written} CASCADE")


def install() -> None:
    """Let each test with `transactional_db` end with `empty`, instead of Django's flush."""
    changed: Any = TransactionTestCase
    changed._fixture_teardown = lambda _test: empty()
    # Tests that roll back stay connected, too.
    changed._should_reload_connections = lambda _test: False
