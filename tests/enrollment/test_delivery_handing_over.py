"""Notifications become messages of the engine, and are taken back (contract 6)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from enrollment import delivery
from enrollment.coordinates import owner_of
from enrollment.states import OWNER, Status
from notifications_platform.core import clock
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.states import Channel, Lane, State
from tests.enrollment.rows import notifications

pytestmark = pytest.mark.django_db(transaction=True)


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
    places = [one.fair_at for one in messages]
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
