"""The limit of a letter to many: `bulk_create` of the rows that it left, ready-made.

    python -m benchmarks.limits.letter LETTER_ID ROUNDS

copies everything that belongs to this letter into instances of models whose tables have the same
columns, indexes and constraints, stores them in one transaction, and prints the seconds that this
took, a line a round.
"""

import os
import sys
import time
from typing import Any

import django
from django.apps import apps
from django.db import connection, models, transaction

# In the order in which they refer to each other; `letter`, `letters` are the values to ask for.
_OF_LETTER = "correspondence__letter_id"
_TABLES = (
    ("correspondence", "Letter", "id"),
    ("correspondence", "Correspondence", "letter_id"),
    ("correspondence", "StatusEntry", _OF_LETTER),
    ("correspondence", "LetterNotification", _OF_LETTER),
)


def main(letter: str, rounds: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")
    django.setup()
    tables = [_copy(model, rows) for model, rows in _stored(letter)]
    for _ in range(rounds):
        print(_seconds(tables), flush=True)


def _stored(letter: str) -> list[tuple[type[models.Model], list[dict[str, Any]]]]:
    """Every row that the letter has left, by table."""
    found = []
    for app, name, column in _TABLES:
        model = apps.get_model(app, name)
        found.append((model, list(model._default_manager.filter(**{column: letter}).values())))
    letters = [row["id"] for row in found[1][1]]
    orders = [row["order_id"] for row in found[3][1] if row["order_id"]]
    subjects = [*map(str, letters), *map(str, orders)]
    for app, name, column, wanted in (
        ("orders", "Order", "id__in", orders),
        ("correspondence", "Event", "resource_instance__in", [*letters, *orders]),
        ("audit", "Entry", "subject_id__in", subjects),
    ):
        model = apps.get_model(app, name)
        found.append((model, list(model._default_manager.filter(**{column: wanted}).values())))
    return found


def _copy(
    model: type[models.Model], rows: list[dict[str, Any]]
) -> tuple[type[models.Model], list[models.Model]]:
    table = f"limit_{model._meta.db_table}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {table} (LIKE {model._meta.db_table} INCLUDING ALL)"
        )
    copied = _model(model, table)
    return copied, [copied(**row) for row in rows]


def _model(model: type[models.Model], table: str) -> type[models.Model]:
    """The model once more, on another table; keys to others are plain values."""
    meta = type("Meta", (), {"app_label": "delivery", "managed": False, "db_table": table})
    fields: dict[str, Any] = {}
    for field in model._meta.local_fields:
        if isinstance(field, models.ForeignKey):
            fields[field.attname] = field.target_field.clone().__class__()
        else:
            fields[field.name] = field.clone()
    return type(
        f"Limit{model.__name__}", (models.Model,), {"__module__": __name__, "Meta": meta, **fields}
    )


def _seconds(tables: list[tuple[type[models.Model], list[models.Model]]]) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(model._meta.db_table for model, _ in tables)}")
    began = time.perf_counter()
    with transaction.atomic():
        for model, rows in tables:
            model._default_manager.bulk_create(rows)
    return time.perf_counter() - began


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
