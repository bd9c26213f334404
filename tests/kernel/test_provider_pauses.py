"""How long a provider that fails as a whole is left alone (delivery contracts 1 and 3)."""

from datetime import datetime, timedelta

import pytest

from notifications_platform.core import clock
from notifications_platform.delivery import draining, providers
from notifications_platform.delivery.channels.base import ProviderUnavailable
from notifications_platform.delivery.models import Provider
from notifications_platform.delivery.states import Channel
from tests.factories import make_messages
from tests.transports import FakeTransport

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def pauses(*failures: ProviderUnavailable) -> list[timedelta]:
    """How long it is left alone at each of these failures, one after the other."""
    lengths = []
    for failure in failures:
        real = clock.real()
        Provider.objects.update(paused_until=None)
        providers.pause(
            Channel.SMS,
            "fake",
            answer=failure.answer,
            asked=failure.retry_in,
            passing=failure.passing,
            real=real,
        )
        lengths.append(paused_until() - real)
    return lengths


def paused_until() -> datetime:
    instant = Provider.objects.get(name="fake").paused_until
    assert instant
    return instant


def asked_for(wait: timedelta) -> ProviderUnavailable:
    return ProviderUnavailable("HTTP 503", wait)


def test_a_provider_that_asks_for_longer_than_the_growing_pause_gets_it():
    assert pauses(asked_for(5 * MINUTE)) == [5 * MINUTE]


def test_a_provider_that_asks_for_a_day_is_asked_again_after_the_longest_pause():
    assert pauses(asked_for(timedelta(days=1))) == [providers.LONGEST_PAUSE]


def test_a_provider_that_asks_for_a_second_is_left_alone_longer_each_time_all_the_same():
    soon = [asked_for(timedelta(seconds=1))] * 6
    assert pauses(*soon) == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, *[15 * MINUTE] * 2]


def test_a_shortage_of_ours_that_soon_passes_leaves_no_provider_alone_for_long():
    assert pauses(ProviderUnavailable("no file handles", passing=True)) == [timedelta(seconds=5)]


def test_the_engine_tells_which_it_is(monkeypatch):
    transport = FakeTransport(unavailable=ProviderUnavailable("no file handles", passing=True))
    monkeypatch.setattr(draining, "transports", lambda _channel: [transport])
    make_messages()
    draining.drain(Channel.EMAIL)
    assert paused_until() - clock.real() < timedelta(seconds=6)
