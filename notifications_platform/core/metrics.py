"""The platform's own metrics, named once (runtime contract 7). Labels never hold personal data.

With PROMETHEUS_MULTIPROC_DIR set, all processes that share the directory count together.
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

# When a series began says nothing that its figures do not.
disable_created_metrics()  # type: ignore[no-untyped-call]

SENDS = Counter(
    "notifications_sends",
    "Attempts to hand a message to a provider, by what came of them.",
    ["channel", "result"],
)
LAST_SWEEP = Gauge(
    "notifications_last_sweep_timestamp_seconds",
    "Real time at which a sweep last finished.",
    ["sweep"],
    multiprocess_mode="max",
)
REQUEST_SECONDS = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte read to the answer, by route template.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
