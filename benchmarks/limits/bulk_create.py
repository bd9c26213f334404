"""The limit of fan-out in Django's own words: `bulk_create` of ready-made rows.

    python -m benchmarks.limits.bulk_create TABLE COUNT

copies the newest COUNT messages into model instances of TABLE, which has the columns, indexes
and constraints of theirs, and prints rows a second: of the call alone, by the batch size that
serves it best.
"""

import os
import sys
import time
from typing import Any

import django
from django.apps import apps
from django.db import connection, models

_BATCH_SIZES = (500, 1000, 2000)


def main(table: str, count: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notifications_platform.settings")
    django.setup()
    message: type[models.Model] = apps.get_model("delivery", "Message")
    rows: list[dict[str, Any]] = [*message._default_manager.order_by("-pk").values()[:count]]
    copied = _model(message, table)
    print(max(_rate(copied, rows, size) for size in _BATCH_SIZES))


def _model(message: type[models.Model], table: str) -> type[models.Model]:
    """The model of messages once more, on another table."""
    meta = type("Meta", (), {"app_label": "delivery", "managed": False, "db_table": table})
    fields: dict[str, Any] = {field.name: field.clone() for field in message._meta.local_fields}
    fields["content"].remote_field.related_name = "+"
    return type("Copied", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


def _rate(model: type[models.Model], rows: list[dict[str, Any]], batch_size: int) -> float:
    made = [model(**row) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table}")
    began = time.perf_counter()
    model._default_manager.bulk_create(made, batch_size=batch_size)
    return len(made) / (time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
