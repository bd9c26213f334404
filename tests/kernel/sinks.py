"""The sandbox's sinks on an event loop of their own, at free ports."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from notifications_platform.core import connections
from notifications_platform.sandbox.sinks import running


@dataclass(frozen=True)
class Ports:
    smtp: int
    sms: int


@contextmanager
def running_sinks(reports_url: str = "http://127.0.0.1:1/") -> Iterator[Ports]:
    settings = running.SinkSettings(
        smtp_port=0,
        sms_port=0,
        reports_url=reports_url,
        reports_user="gateway",
        reports_password="secret",
    )
    loop = asyncio.new_event_loop()
    told: list[Ports] = []
    serving = loop.create_task(running.run(settings, lambda *ports: told.append(Ports(*ports))))
    thread = threading.Thread(target=_serve, args=(loop, serving))
    thread.start()
    try:
        yield eventually(lambda: told and told[0])
    finally:
        loop.call_soon_threadsafe(serving.cancel)
        thread.join(10)
        assert not thread.is_alive()


def _serve(loop: asyncio.AbstractEventLoop, serving: "asyncio.Task[None]") -> None:
    try:
        loop.run_until_complete(asyncio.wait([serving]))
        # Clients' tasks see their connections close.
        others = asyncio.all_tasks(loop)
        for other in others:
            other.cancel()
        if others:
            loop.run_until_complete(asyncio.wait(others))
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()


def forget_everything() -> None:
    with connections.separate("tests") as connection:
        connection.execute("DELETE FROM sandbox_received")
        connection.execute("DELETE FROM sandbox_pending_report")


def eventually(found: Callable[[], Any], seconds: float = 5) -> Any:
    """What `found` returns once it is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (result := found()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return result
