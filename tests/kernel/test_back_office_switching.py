"""Switching providers off and on, ending their pauses (delivery/switching.py)."""

from datetime import timedelta

import pytest

from notifications_platform.audit.models import Entry
from notifications_platform.core import clock
from notifications_platform.delivery import draining, providers, switching
from notifications_platform.delivery.models import Provider
from notifications_platform.delivery.states import Channel
from tests.factories import make_messages
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def transport(monkeypatch: pytest.MonkeyPatch) -> FakeTransport:
    only = FakeTransport()
    monkeypatch.setattr(draining, "transports", lambda _channel: [only])
    providers.usable(Channel.EMAIL, [only], real=clock.real())
    return only


def switch_off() -> None:
    switching.switch_off("fake", because="Spam run.", user="olga", now=clock.now())


def switch_on() -> None:
    switching.switch_on("fake", because="Over.", user="olga", now=clock.now())


def end_pause() -> None:
    now = clock.now()
    switching.end_pause("fake", because="They say so.", user="olga", now=now, real=clock.real())


def pause() -> None:
    providers.pause(Channel.EMAIL, "fake", answer="421 busy", asked=None, real=clock.real())


def test_a_provider_switched_off_gets_nothing_until_it_is_on_again(
    transport: FakeTransport,
) -> None:
    make_messages(2)
    switch_off()
    draining.drain(Channel.EMAIL)
    assert transport.sent == []

    switch_on()
    draining.drain(Channel.EMAIL)
    assert len(transport.sent) == 2


def test_the_row_tells_who_switched_it_off_and_why(transport: FakeTransport) -> None:
    switch_off()
    row = Provider.objects.get()
    assert (row.switched_off_by, row.switched_off_because) == ("olga", "Spam run.")
    switch_on()
    row = Provider.objects.get()
    assert (row.switched_off, row.switched_off_by, row.switched_off_because) == (False, "", "")


def test_a_pause_ended_by_staff_lets_the_provider_be_tried_at_once(
    transport: FakeTransport,
) -> None:
    make_messages()
    pause()
    draining.drain(Channel.EMAIL)
    assert transport.sent == []

    end_pause()
    draining.drain(Channel.EMAIL)

    assert len(transport.sent) == 1


def test_the_next_pause_is_longer_all_the_same(transport: FakeTransport) -> None:
    pause()
    end_pause()
    pause()
    row = Provider.objects.get()
    assert row.paused_until is not None
    assert row.paused_until - clock.real() > timedelta(seconds=110)


def test_every_switch_stands_in_the_trail(transport: FakeTransport) -> None:
    switch_off()
    switch_on()
    pause()
    end_pause()
    assert list(Entry.objects.order_by("id").values_list("action", "subject_id", "reason")) == [
        ("delivery.switch_off", "fake", "Spam run."),
        ("delivery.switch_on", "fake", "Over."),
        ("delivery.end_pause", "fake", "They say so."),
    ]


def test_what_is_as_asked_already_is_refused(transport: FakeTransport) -> None:
    for switch in (switch_on, end_pause):
        with pytest.raises(switching.NothingToSwitch):
            switch()
    switch_off()
    with pytest.raises(switching.NothingToSwitch):
        switch_off()
    assert Entry.objects.count() == 1


def test_an_unknown_provider_cannot_be_switched() -> None:
    with pytest.raises(switching.ProviderNotFound):
        switch_off()
