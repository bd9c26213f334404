"""What a worker does that has lost its lease, and what becomes of its late word (delivery
contract 1).
"""

import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import Settings

from notifications_platform.core import clock
from notifications_platform.delivery import claiming, dispatching, draining, providers, sweeping
from notifications_platform.delivery.channels.base import Parcel, Sent, Verdict
from notifications_platform.delivery.channels.handover import TOO_LATE, is_too_late
from notifications_platform.delivery.models import Message
from notifications_platform.delivery.pace import Pace
from notifications_platform.delivery.states import Channel, State
from tests.factories import make_messages
from tests.transports import FakeTransport, Use

pytestmark = pytest.mark.django_db(transaction=True)


def reclaim_late() -> None:
    sweeping.reclaim(real=clock.real() + timedelta(minutes=5), now=clock.now())


def test_a_worker_paused_for_longer_than_its_lease_hands_over_nothing_afterwards(
    use: Use, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=0.3)
    # The whole process stands still: nobody prolongs anything.
    monkeypatch.setattr(dispatching.Dispatch, "_prolong", lambda _dispatch: None)
    elsewhere: set[UUID] = set()
    first = threading.Lock()

    def stand_still() -> None:
        with first:
            if elsewhere:
                return
            time.sleep(0.4)
            settings.DELIVERY_LEASE = timedelta(minutes=1)
            reclaim_late()
            claim = claiming.claim(Channel.EMAIL, limit=1000, now=clock.now())
            elsewhere.update(one.parcel.id for one in claim.messages)
            connection.close()

    def answer(parcel: Parcel) -> Verdict:
        if is_too_late(parcel):
            return TOO_LATE
        handed_over.append(parcel.id)
        return Sent()

    handed_over: list[UUID] = []
    use(FakeTransport(before=stand_still, answer=answer)).batch = 1
    make_messages(50)

    draining.drain(Channel.EMAIL)

    assert len(elsewhere) == 50
    assert handed_over == []
    assert Message.objects.filter(state=State.CLAIMED).count() == 50


def test_a_worker_that_finds_its_lease_lost_begins_nothing_more(
    use: Use, settings: Settings
) -> None:
    settings.DELIVERY_LEASE = timedelta(seconds=0.03)
    transport = use(FakeTransport())
    make_messages(50)
    claim = claiming.claim(Channel.EMAIL, limit=50, now=clock.now())
    choice = [providers.Usable(transport, recovering=False)]
    dispatch = dispatching.Dispatch(Channel.EMAIL, claim, choice, Pace(), lambda: None)
    reclaim_late()
    time.sleep(0.02)
    settings.DELIVERY_LEASE = timedelta(minutes=1)

    dispatch.tend()
    dispatch.start()
    while not dispatch.over:
        dispatch.tend()

    assert transport.sent == []
    assert Message.objects.filter(state=State.QUEUED, attempts=1).count() == 50
