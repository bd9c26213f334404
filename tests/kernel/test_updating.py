"""Many rows, each changed to values of its own, by one statement."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from notifications_platform.core import clock
from notifications_platform.core.updating import update_together
from notifications_platform.delivery.models import Content
from notifications_platform.delivery.states import Channel

pytestmark = pytest.mark.django_db


def contents(count: int) -> list[Content]:
    now = clock.now()
    several = [
        Content(channel="email", body=f"Hei {number}", retry_after=[60], created_at=now)
        for number in range(count)
    ]
    return Content.objects.bulk_create(several)


def test_each_row_gets_its_own_values_and_keeps_the_others(django_assert_num_queries):
    *several, other = contents(4)
    moment = clock.now() + timedelta(days=1)
    for number, content in enumerate(several):
        content.subject = f'100 % "{number}", {{æ}}\\ \n'
        content.retry_for = None if number else 7
        content.retry_last_repeats = bool(number)
        content.created_at = moment
        content.body = "not to be stored"
    several[0].channel = Channel.SMS

    with django_assert_num_queries(1):
        update_together(
            several, ["subject", "retry_for", "retry_last_repeats", "created_at", "channel"]
        )

    stored = Content.objects.in_bulk()
    for number, content in enumerate(several):
        row = stored[content.id]
        assert row.body == f"Hei {number}"
        assert row.subject == content.subject
        assert (row.retry_for, row.retry_last_repeats) == (None if number else 7, bool(number))
        assert row.created_at == moment
        assert row.channel == ("email" if number else "sms")
    assert stored[other.id].subject == ""


def test_nothing_changes_when_one_row_cannot():
    several = contents(2)
    for content in several:
        content.subject = "new"
    several[1].created_at = None  # type: ignore[assignment]

    with pytest.raises(IntegrityError), transaction.atomic():
        update_together(several, ["subject", "created_at"])
    assert set(Content.objects.values_list("subject", flat=True)) == {""}


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        update_together([], ["subject"])
