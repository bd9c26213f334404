"""Wake-ups: folded, and never waited for."""

import socket
import time
from collections.abc import Iterator

import pytest
import redis
from django.conf import settings
from django.core.cache import cache

from notifications_platform.core import jobs
from tests.kernel.sinks import eventually

TASK = "delivery.sweep"


@pytest.fixture
def silent_broker(settings) -> Iterator[None]:
    """It takes connections and never answers, like a broker whose machine hangs."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        # Who waits for it waits long.
        own = {"LOCATION": url, "OPTIONS": {"socket_timeout": 60}}
        settings.CACHES = {"default": {**settings.CACHES["default"], **own}}
        yield
    eventually(lambda: jobs._broker_rests_until and not jobs._announcer._wanted)
    jobs._broker_rests_until = 0.0


def test_a_broker_that_hangs_is_not_waited_for(silent_broker):
    began = time.monotonic()
    for _ in range(100):
        jobs.wake(TASK)
    assert time.monotonic() - began < 5


def test_the_wake_ups_of_a_busy_moment_are_one():
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        for _ in range(100):
            jobs.wake(TASK)
        eventually(lambda: broker.llen("lifecycle"))
        time.sleep(3 * jobs._FOLD_SECONDS)
        assert broker.llen("lifecycle") == 1


def test_a_wake_up_after_its_task_has_started_wakes_it_again():
    jobs.wake(TASK)
    eventually(lambda: cache.get(jobs._pending_key(TASK, ())))
    jobs.awake(TASK)
    jobs.wake(TASK)
    eventually(lambda: cache.get(jobs._pending_key(TASK, ())))


def test_a_wake_up_that_was_lost_does_not_hold_back_others_for_long(monkeypatch):
    # Sweeps, 5 s apart at most, wake again: together well within the promised 15 s.
    assert jobs._PENDING_SECONDS == 5
    monkeypatch.setattr(jobs, "_PENDING_SECONDS", 1)
    with redis.Redis.from_url(settings.CELERY_BROKER_URL) as broker:
        jobs.wake(TASK)
        eventually(lambda: broker.llen("lifecycle"))
        broker.delete("lifecycle")

        def awake() -> int:
            jobs.wake(TASK)
            return int(broker.llen("lifecycle"))

        eventually(awake)
