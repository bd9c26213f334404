"""Nobody changes what the trail says."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from notifications_platform.audit import trail
from notifications_platform.audit.models import Entry
from notifications_platform.core import clock

pytestmark = pytest.mark.django_db

ALL = Entry.objects.order_by("pk")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


WAYS: dict[str, Callable[[], object]] = {
    "save": lambda: ALL.get().save(),
    "update": lambda: ALL.update(actor="nobody"),
    "bulk update": lambda: Entry.objects.bulk_update([ALL.get()], ["actor"]),
    "delete one": lambda: ALL.get().delete(),
    "delete all": ALL.delete,
    "of no row at all": lambda: ALL.filter(pk=F("pk") + 1).delete(),
    "upsert": lambda: _execute(
        "INSERT INTO audit_entry SELECT * FROM audit_entry ON CONFLICT (id) DO UPDATE SET actor=''"
    ),
    "merge": lambda: _execute(
        "MERGE INTO audit_entry e USING (VALUES (1)) v ON TRUE WHEN MATCHED THEN DELETE"
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_entry_stays_as_it_was_written(way: str) -> None:
    trail.record("orders.place", "order", ["7"], by=trail.By.client("ttd"), now=clock.now())
    before = list(ALL.values())
    with pytest.raises(IntegrityError, match="The trail only grows"), transaction.atomic():
        WAYS[way]()
    assert list(ALL.values()) == before
