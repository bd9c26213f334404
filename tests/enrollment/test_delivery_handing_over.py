"""Notifications become messages of the engine, and are taken back (contract 6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from enrollment import delivery
from enrollment.coordinates import owner_of
from enrollment.states import OWNER, Status
from notifications_platform.audit.trail import By
from notifications_platform.core import clock
from notifications_platform.core.connections import parameters
from notifications_platform.delivery.models import Content, Message
from notifications_platform.delivery.states import Channel, Lane, State
from tests.enrollment.rows import definition_of, notifications
from tests.enrollment.telling import claim

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def in_another_connection() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**parameters("tests") | {"autocommit": False}) as other:
        yield other
        other.rollback()


def test_those_that_are_ready_get_a_message_each_in_a_fixed_number_of_statements() -> None:
    ready = notifications(30, status=Status.READY, correlation_id="c-1")
    others = [
        *notifications(1, status=Status.FAILED),
        *notifications(1, status=Status.READY, obsolete=True),
    ]
    now = clock.now()
    counts = []
    for some in (ready[:1], [*ready[1:], *others]):
        with CaptureQueriesContext(
            connection,
        ) as statements:
            delivery.hand_over([one.pk for one in some], now=now, lane=Lane.BULK)
        counts.append(len(statements))

    messages = Message.objects.order_by("id")
    assert [one.owner_id for one in messages] == [owner_of(one.pk) for one in ready]
    assert counts[0] == counts[1]
    places = [one.fair_at for one in messages if one.fair_at]
    assert places == sorted(set(places))
    first = messages[0]
    assert (first.owner_kind, first.client, first.channel) == (OWNER, "payer-a", Channel.WEBHOOK)
    assert (first.state, first.lane, first.not_before) == (State.QUEUED, Lane.BULK, now)
    assert first.content_id == ready[0].content_id
    assert first.address == f"enrollment:{ready[0].definition_id}"
    assert first.values == {"webhook-id": f"een_{ready[0].pk}"}
    assert first.correlation_id == "c-1"
    assert all(one.id.version == 7 for one in messages)
    assert abs((first.id.int >> 80) / 1000 - clock.real().timestamp()) < 60


def test_a_new_cycle_takes_the_schedule_in_force(settings: Settings) -> None:
    settings.ENROLLMENT_RETRY_SCHEDULE = (3, 4)
    (one,) = notifications(1, status=Status.READY)
    text = Content.objects.values("body").get(pk=one.content_id)
    definition = definition_of()
    for schedule, in_force in (([1, 2], [1, 2]), ([], []), (None, [3, 4])):
        definition.retry_schedule = schedule
        definition.save()
        delivery.hand_over([one.pk], now=clock.now())
        content = Content.objects.get(pk=one.content_id)
        assert content.retry_after == in_force == list(delivery.schedule_in_force(definition))
        assert content.body == text["body"]


def test_a_text_that_is_being_erased_is_not_waited_for() -> None:
    """Its notification is about to go, and who erases it waits for who resends it."""
    (one,) = notifications(1, status=Status.READY)
    definition_of()
    with in_another_connection() as other:
        other.execute("SELECT FROM delivery_content FOR UPDATE")
        delivery.hand_over([one.pk], now=clock.now())
    assert Message.objects.count() == 1


def test_what_waits_is_taken_back_and_named() -> None:
    waiting, claimed, idle = notifications(3, status=Status.READY)
    delivery.hand_over([claimed.pk], now=clock.now())
    claim()
    delivery.hand_over([waiting.pk], now=clock.now())
    ids = [one.pk for one in (waiting, claimed, idle)]
    assert delivery.withdraw(ids, now=clock.now()) == [waiting.pk]
    states = dict(Message.objects.values_list("owner_id", "state"))
    assert states == {
        owner_of(waiting.pk): State.CANCELLED,
        owner_of(claimed.pk): State.CLAIMED,
    }
    waiting.refresh_from_db()
    assert waiting.status == Status.READY


def test_what_is_forgotten_leaves_no_text_behind() -> None:
    (waiting,) = notifications(1, status=Status.WAITING)
    (ready,) = notifications(1, status=Status.READY, person="P-2")
    (kept,) = notifications(1, status=Status.READY, person="P-3")
    delivery.hand_over([ready.pk, kept.pk], now=clock.now())
    delivery.forget([waiting.pk, ready.pk], by=By.client("payer-a"), now=clock.now())
    bodies = Content.objects.in_bulk()
    assert [bool(bodies[one.content_id].body) for one in (waiting, ready, kept)] == [
        False,
        False,
        True,
    ]
    assert Message.objects.get(owner_id=owner_of(ready.pk)).state == State.CANCELLED
