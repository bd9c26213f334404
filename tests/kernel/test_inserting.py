"""Rows of several tables in one statement."""

import uuid

import pytest
from django.db import IntegrityError, connection

from notifications_platform.audit import trail
from notifications_platform.audit.models import Entry
from notifications_platform.core import clock, connections
from notifications_platform.core.inserting import (
    Besides,
    copy_together,
    fresh,
    insert_together,
)
from notifications_platform.delivery.models import Content

pytestmark = pytest.mark.django_db(transaction=True)


def content(**changes) -> Content:
    facts = {"channel": "email", "body": "Hei", "retry_after": [60, 120], "created_at": clock.now()}
    return Content(**{**facts, **changes})


def entry(content: Content) -> list[Entry]:
    by = trail.By.client("ttd")
    return trail.entries("test.place", "content", [content.id], by=by, now=clock.now())


def test_what_was_written_reads_as_it_was_given(django_assert_num_queries):
    written = [
        content(placeholders=["$name$"], subject="100 % sikkert"),
        content(
            placeholders=['"{},', ""], subject="\\n \\u0041 \t\r\n '\"{}[]", body="æ \U0001f600"
        ),
    ]
    (noted,) = entry(written[0])
    noted.detail = {"told": ["null", None, 1.5, {"\\": "æ"}]}
    with django_assert_num_queries(1):
        insert_together([*written, noted])
    for row in [*written, noted]:
        stored = type(row)._default_manager.get(**({"pk": row.pk} if row.pk else {}))
        for field in [one for one in row._meta.concrete_fields if one.attname != "id" or row.pk]:
            assert getattr(stored, field.attname) == getattr(row, field.attname), field.name


def test_a_fresh_row_is_the_one_that_its_table_makes():
    now = clock.now()
    made = {"id": uuid.uuid4(), "channel": "sms", "body": "", "retry_after": [], "created_at": now}
    told, same = (dict(vars(row)) for row in (fresh(Content, **made), Content(**made)))
    assert vars(told.pop("_state")) == vars(same.pop("_state"))
    assert told == same
    assert fresh(Content).id != fresh(Content).id
    fresh(Content, **made).save()
    assert Content.objects.get().created_at == now
    with pytest.raises(TypeError, match=r"Content has no contents, text"):
        fresh(Content, text="Hei", contents=1)


def test_the_server_keeps_the_plan_of_a_statement_whatever_the_number_of_its_rows():
    for number in range(1, 4):
        insert_together([content() for _ in range(number)])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements"
            " WHERE statement LIKE 'INSERT INTO \"delivery_content\"%'"
        )
        assert cursor.fetchall() == [(3,)]


def test_all_rows_or_none():
    written = content()
    with pytest.raises(IntegrityError):
        insert_together([written, *entry(written), content(body=None)])
    assert not Content.objects.exists()
    assert not Entry.objects.exists()


def test_a_connection_that_the_server_closed_is_replaced():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    assert connection.is_usable()
    with connections.separate("test") as other:
        other.execute("SELECT pg_terminate_backend(%s, 500)", [backend])
    assert not connection.is_usable()
    connection.close()
    assert Content.objects.filter(pk=uuid.uuid4()).count() == 0


def test_another_change_goes_with_the_rows_or_not_at_all():
    earlier = content()
    insert_together([earlier])
    rename = Besides(
        "UPDATE delivery_content SET subject = %s WHERE id = %s", ["100 %", earlier.id]
    )

    with pytest.raises(IntegrityError):
        insert_together([content(), content(), content(body=None)], rename)
    assert Content.objects.get().subject == ""

    insert_together([content(), content(), *entry(earlier)], rename)
    assert Content.objects.count() == 3
    assert Content.objects.get(pk=earlier.pk).subject == "100 %"


def test_many_rows_of_a_table_read_as_they_were_given():
    many = [content(subject=f"100 % \t\\{number}", placeholders=["$a$", ""]) for number in range(3)]
    copy_together(many)
    for written, read in zip(many, Content.objects.order_by("id"), strict=True):
        for field in Content._meta.concrete_fields:
            assert getattr(read, field.attname) == getattr(written, field.attname), field.name

    notes = [*entry(many[0]), *entry(many[1])]
    notes[1].detail = {"a": ["b", None]}
    copy_together(notes)
    last = Entry.objects.latest("id")
    assert last.detail == {"a": ["b", None]}
    last.id += 7
    copy_together([last], with_keys=True)
    assert Entry.objects.latest("id").id == last.id

    copy_together([])
    with pytest.raises(IntegrityError):
        copy_together([content(), content(body=None)])
    assert Content.objects.count() == 3
