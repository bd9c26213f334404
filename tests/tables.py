"""Empties the database after a test that has committed what it wrote.

Django truncates every table there is, and makes permissions and content types anew: a third of
a second, hundreds of times over. Most tests have written to a few tables only.
"""

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import TransactionTestCase

# Made from the models themselves, and never changed by anybody.
_KEPT = {ContentType, Permission}


def empty() -> None:
    """Truncate what holds a row, on the connection of the test."""
    with connection.cursor() as cursor:
        cursor.execute(_full_ones())
        full = ", ".join(name for (name,) in cursor.fetchall())
        if full:
            # What refers to a table that is emptied is to be empty as well.
            cursor.execute(f"TRUNCATE {full} CASCADE")


def _full_ones() -> str:
    models = apps.get_models(include_auto_created=True)
    names = {
        connection.ops.quote_name(model._meta.db_table)
        for model in models
        if model._meta.managed and model not in _KEPT
    }
    return " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})"  # noqa: S608 names of our own
        for name in sorted(names)
    )


def install() -> None:
    """Let each test with `transactional_db` end with `empty`, instead of Django's flush."""
    TransactionTestCase._fixture_teardown = lambda _test: empty()  # type: ignore[attr-defined]
