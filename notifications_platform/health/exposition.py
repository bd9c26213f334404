"""Which metrics a scrape sees: of all processes where they share a directory, else of this one."""

import os
from functools import lru_cache

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

from notifications_platform.health.queues import QueueCollector


@lru_cache(maxsize=1)
def registry() -> CollectorRegistry:
    """The processes' counters, and the queues as they stand at the moment of the scrape."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        exposed = CollectorRegistry()
        MultiProcessCollector(exposed)  # type: ignore[no-untyped-call]
    else:
        exposed = REGISTRY
    exposed.register(QueueCollector())
    return exposed
